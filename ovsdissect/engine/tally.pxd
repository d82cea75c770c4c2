# C types of tally.py.

cdef class Tally:
    cdef unsigned long long[:, ::1] slots
    cdef int filled

    cdef int add(self, unsigned long long first, unsigned long long second, unsigned long long message) except -1 nogil
