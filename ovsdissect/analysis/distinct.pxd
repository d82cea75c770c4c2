# C types of distinct.py.

cimport cython

cdef int BITS, EXACT, LEAST


cdef class Distinct:
    cdef public int halvings
    cdef unsigned long long[::1] _slots
    cdef int _power
    cdef int _filled
    cdef bint _zero

    cdef _make(self, int power)
    cpdef add(self, unsigned long long value)
    @cython.locals(mask=cython.longlong, at=cython.longlong)
    cdef _place(self, unsigned long long value)
    @cython.locals(value=cython.ulonglong, size=cython.longlong, at=cython.longlong)
    cdef _again(self, int power)
