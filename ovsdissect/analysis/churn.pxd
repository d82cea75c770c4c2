# C types of churn.py.

cimport cython

from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.latency cimport Histogram
from ovsdissect.analysis.table cimport Clock

cdef class Comings:
    cdef public long long puts
    cdef public long long deleted
    cdef public long long flushes
    cdef public long long never_hit
    cdef public object first_put
    cdef public object last_put
    cdef public Histogram lifetimes
    cdef public object spread
    cdef Clock _clock
    cdef dict _ages
    cdef object _cycles
    cdef dict _repeated

    cpdef put(self, Entry entry)
    @cython.locals(age=object, at=object)
    cpdef ended(self, Entry entry)


@cython.locals(used=object, offset_ns=object, used_ns=object, last=object)
cpdef idle_age(Entry entry, Clock clock)
cpdef why(Entry entry, Clock clock, max_idle_ns)
