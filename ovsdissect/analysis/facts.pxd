# C types of facts.py. No fact refers to another: the collector need not know them.

cimport cython

@cython.no_gc
cdef class Fact:
    cdef public long long number
    cdef public long long record
    cdef public int place
    cdef public int size
    cdef public long long time_ns
    cdef public int event
    cdef public str family
    cdef public object cmd
    cdef public int type
    cdef public int flags
    cdef public unsigned int seq
    cdef public long long pid
    cdef public long long dp
    cdef public str order
    cdef public object body


@cython.no_gc
cdef class PacketFact(Fact):
    cdef public bytes key
    cdef public bytes key_digest
    cdef public object in_port
    cdef public unsigned int recirc_id
    cdef public bytes packet_digest
    cdef public int length
    cdef public bytes head
    cdef public bytes tail
    cdef public object hash
    cdef public bytes actions
    cdef public unsigned int upcall_pid
    cdef public bint probe
    cdef public object reason
    cdef public unsigned int slow_path
    cdef public bint cut


@cython.no_gc
cdef class FlowFact(Fact):
    cdef public bytes key
    cdef public bytes key_digest
    cdef public bytes mask
    cdef public bytes actions
    cdef public bytes ufid
    cdef public unsigned int ufid_flags
    cdef public bint probe
    cdef public bint clear
    cdef public unsigned long long packets
    cdef public unsigned long long bytes
    cdef public unsigned long long used
    cdef public int tcp_flags
    cdef public bint counted
    cdef public bint cut


cpdef plain_hash(value)
