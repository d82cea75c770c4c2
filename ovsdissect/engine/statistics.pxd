# C types of statistics.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.tally cimport Tally
from ovsdissect.engine.walk cimport Walk

cdef class Statistics(BackEnd):
    cdef readonly Tally headers
    cdef readonly Tally failures
    cdef long long[::1] commands
    cdef long long[::1] controls
    cdef long long[::1] problems
    cdef bint begun
    cdef long long first
    cdef long long last

    cdef int message(self) except -1 nogil
    cdef int fault(self) except -1 nogil
    cdef int bare(self) except -1 nogil
    cdef int answered(self) except -1 nogil
