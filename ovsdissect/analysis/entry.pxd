# C types of entry.py.

from ovsdissect.analysis.facts cimport FlowFact
from ovsdissect.analysis.history cimport History

cdef class Ended:
    cdef public long long number
    cdef public long long time_ns
    cdef public str why


cdef class Entry:
    cdef public long long number
    cdef public long long time_ns
    cdef public long long dp
    cdef public str order
    cdef public unsigned long long first
    cdef public unsigned long long second
    cdef public bytes odd
    cdef public bytes key
    cdef public bytes mask
    cdef public bytes actions
    cdef public tuple dumped
    cdef public History history
    cdef public Ended end
    cdef public long long put_for
    cdef public unsigned long long packets
    cdef public unsigned long long bytes
    cdef public unsigned long long used
    cdef public long long stats_ns
    cdef public long long seen
    cdef public int puts
    cdef public bint put
    cdef public bint probe
    cdef public bint counted
    cdef public bint named
    cdef public unsigned char tcp_flags
    cdef public unsigned char absent

    cpdef count(self, History history)
    cpdef told(self, FlowFact fact)
