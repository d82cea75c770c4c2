# C types of places.py.

from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.reader cimport Reader

cdef class Places:
    cdef Reader reader
    cdef const int[::1] sets
    cdef int[::1] starts
    cdef int[::1] lengths
    cdef unsigned long long[::1] there
    cdef int kind

    cdef int host16(self, int at) except -1 nogil
    cdef int attribute(self, int at, int end) except? -2 nogil
    cdef int cut(self, int at, int end) except? -2 nogil
    cdef int gather(self, int first, int place, int start, int end, bint cuts=*) except -1 nogil
    cdef int has(self, int place, int slot) except -1 nogil
    cdef int start(self, int place, int slot) except? -3 nogil
    cdef int length(self, int at) except? -2 nogil
