# C types of truncation.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef int LONGEST_TRUNCATION

cdef class Truncation:
    cdef Walk walk
    cdef Reader reader
    cdef Output output

    cdef int object(self) except -1 nogil
    cdef int phrase(self) except -1 nogil
    cdef bint within(self) except -1 nogil
    cdef int path(self) except -1 nogil
    cdef int after(self, int token) except -1 nogil
    cdef int text(self) except -1 nogil
