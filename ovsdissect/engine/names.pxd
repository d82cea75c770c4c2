# C types of names.py.

from ovsdissect.engine.codes cimport *

cdef class Names:
    cdef unsigned long long[:, ::1] slots
    cdef const unsigned char[::1] texts
    cdef int filled
    cdef object _arena
    cdef int _used
    cdef int _live

    cdef int find(self, unsigned long long key) except -2 nogil
    cdef int said(self, unsigned long long key, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef int start(self, int slot) except -2 nogil
    cdef int end(self, int slot) except -2 nogil
    cdef int length(self, int slot) except -2 nogil
    cdef bint plain(self, int slot) except -1 nogil
