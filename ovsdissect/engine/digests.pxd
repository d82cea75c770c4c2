# C types of digests.py.

cdef class Digester:
    cdef unsigned long long low
    cdef unsigned long long high

    cdef int digest(self, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef unsigned long long word(self, const unsigned char[::1] data, int at, int size) except? 0xE7C1A9B35D2F8641 nogil
