# C types of entry.py.

cimport cython

from ovsdissect.analysis.alike cimport Alike
from ovsdissect.analysis.facts cimport FlowFact

# a byte where Cython's own bint takes four
cdef extern from *:
    """
    typedef unsigned char flag;
    """
    ctypedef bint flag

@cython.no_gc
cdef class Ended:
    cdef public long long number
    cdef public long long time_ns
    cdef public str why


# neither refers to anything that refers to it: the collector need not know them
@cython.no_gc
cdef class Entry:
    cdef public long long number
    cdef public long long time_ns
    cdef public Alike kin
    cdef public unsigned long long first
    cdef public unsigned long long second
    cdef public bytes odd
    cdef public bytes kept
    cdef public bytes mask
    cdef public bytes actions
    cdef public tuple reported
    cdef public Ended end
    cdef public long long linked
    cdef public unsigned long long packets
    cdef public unsigned long long bytes
    cdef public unsigned long long used
    cdef public long long stats_ns
    cdef public int puts
    cdef public flag put
    cdef public flag probe
    cdef public flag counted
    cdef public flag named
    cdef public flag remembered
    cdef public unsigned char tcp_flags
    cdef public unsigned char absent
