# C types of exchange.py.

from ovsdissect.analysis.actions cimport Actions
from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.facts cimport Fact, FlowFact, PacketFact, plain_hash
from ovsdissect.analysis.ports cimport Port

cdef class Asked:
    cdef public long long number
    cdef public long long time_ns
    cdef public long long dp


cdef class Put(Asked):
    cdef public int place
    cdef public int size
    cdef public unsigned int seq
    cdef public bytes key
    cdef public bytes ufid
    cdef public Actions actions
    cdef public bytes as_put
    cdef public Open upcall
    cdef public bint ambiguous
    cdef public long long error
    cdef public Entry flow
    cdef public Entry met


cdef class Execute(Asked):
    cdef public int place
    cdef public int size
    cdef public unsigned int handler
    cdef public bint drop
    cdef public long long error


cdef class Request(Asked):
    cdef public int kind
    cdef public int event
    cdef public bint probe
    cdef public object what


cdef class Open:
    cdef public long long number
    cdef public long long time_ns
    cdef public long long dp
    cdef public str order
    cdef public PacketFact fact
    cdef public Port port
    cdef public bint miss
    cdef public object hash
    cdef public Put put
    cdef public Execute execute
    cdef public list subs
    cdef public long long last_ns
    cdef public int sort
    cdef public object deleted_ns
    cdef public tuple parent
    cdef public bint ambiguous
