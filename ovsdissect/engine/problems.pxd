# C types of problems.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.faultkeys cimport FaultKeys
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef int LONGEST_PROBLEM

cdef class Problems:
    cdef Walk walk
    cdef Answer answer
    cdef Reader reader
    cdef Output output
    cdef FaultKeys keys

    cdef int count(self) except -1 nogil
    cdef bint decoded(self) except -1 nogil
    cdef int first(self) except -1 nogil
    cdef int objects(self) except -1 nogil
    cdef int extent(self, int start, int length) except -1 nogil
    cdef int phrase(self) except -1 nogil
    cdef bint within(self) except -1 nogil
    cdef int place(self) except -1 nogil
    cdef int text(self) except -1 nogil
    cdef int kind(self, int at) except -1 nogil
    cdef int where(self, int at) except -1 nogil
    cdef int fault_text(self, int at) except -1 nogil
    cdef int path(self, int token) except -1 nogil
    cdef int after(self, int token) except -1 nogil
