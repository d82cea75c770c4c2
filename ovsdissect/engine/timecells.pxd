# C types of timecells.py.

from ovsdissect.engine.clock cimport Clock
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.walk cimport Walk

cdef class TimeCells:
    cdef Walk walk
    cdef Output output
    cdef Clock clock
    cdef int style
    cdef int digits
    cdef bint told
    cdef long long before

    cdef int shown(self) except -1 nogil
    cdef int time(self) except -1 nogil
    cdef int relative(self) except -1 nogil
    cdef int fraction(self, long long time, int digits) except -1 nogil
    cdef int seconds(self, long long time, int digits) except -1 nogil
