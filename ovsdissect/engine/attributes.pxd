# C types of attributes.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reader cimport Reader

cdef class Attributes:
    cdef Reader reader
    cdef unsigned long long there
    cdef unsigned long long bad
    cdef int[::1] places

    cdef int take(self, int first, int last) except -1 nogil
    cdef int inside(self, int token) except -1 nogil
    cdef int token(self, int number) except -2 nogil
    cdef int after(self, int place) except -1 nogil
