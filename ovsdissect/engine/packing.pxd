# C types of packing.py.

cdef class Packing:
    cdef const long long[::1] values
    cdef const unsigned char[::1] valid

    cdef int narrow(self, unsigned char[::1] into, int first, int rows, int size) except -1

cdef class Codes:
    cdef long long[::1] keys
    cdef int[::1] places
    cdef int filled

    cdef int start(self, long long number) except -1
    cdef int find(self, long long number) except -2

cdef class Lists:
    cdef const int[::1] ends
    cdef const int[::1] word_ends
    cdef const unsigned char[::1] text
    cdef list _lists
