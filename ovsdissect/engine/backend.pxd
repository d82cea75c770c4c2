# C types of backend.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef class BackEnd:
    cdef Walk walk
    cdef Reader reader
    cdef Answer answer
    cdef Output output
    cdef bint cuts
    cdef bint irregular
    cdef readonly long long malformed

    cdef int message(self) except -1 nogil
