# C types of distinct.py.

cdef int BITS

cdef class Distinct:
    cdef public int halvings
    cdef public set seen

    cpdef add(self, unsigned long long value)
