# C types of side.py.

from ovsdissect.analysis.churn cimport Comings
from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.handlers cimport Handler
from ovsdissect.analysis.latency cimport Histogram
from ovsdissect.analysis.pairing cimport Pairing
from ovsdissect.analysis.ports cimport Counters
from ovsdissect.analysis.table cimport Table

cdef class Side:
    cdef public long long dp
    cdef object _interface
    cdef public Counters counters
    cdef public Pairing pairing
    cdef public Comings comings
    cdef object _ended
    cdef public Table table
    cdef public dict handlers
    cdef public object sorts
    cdef public Histogram to_flow
    cdef public object seen
    cdef public object keys
    cdef public object errors
    cdef public object limit
    cdef public long long slowest_dump_ns
    cdef public tuple slow_dump_at
    cdef public list slowest

    cpdef Handler handler(self, long long pid)
    cpdef took(self, long long duration, long long number)
