# C types of fieldranges.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.walk cimport Walk

cdef class FieldRanges(BackEnd):
    cdef BackEnd lines
    cdef const unsigned char[::1] names
    cdef const int[::1] ranges
    cdef int generic
    cdef int end

    cdef int message(self) except -1 nogil
    cdef int fields(self) except -1 nogil
    cdef int span(self, int start, int end) except -1 nogil
    cdef int path(self, int place, int length) except -1 nogil
    cdef int name(self, int at, int length) except -1 nogil
    cdef int step(self, int number) except -1 nogil
    cdef int members(self, int first, int last, int place, int length) except -1 nogil
    cdef int after(self, int n) except -1 nogil
    cdef int member(self, int n, int place, int length, int number) except -1 nogil
    cdef int rest(self, int n, int place, int length) except -1 nogil
    cdef int elements(self, int n, int place, int length) except -1 nogil
    cdef int list_of(self, int wire, int size) except -2 nogil
    cdef int bits(self, int n, int place, int length) except -1 nogil
