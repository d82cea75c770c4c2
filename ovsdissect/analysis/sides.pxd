# C types of sides.py.

from ovsdissect.analysis.side cimport Side

cdef class Sides:
    cdef object _ended
    cdef bint _spread
    cdef dict _sides
    cdef dict _clocks
    cdef Side _last
    cdef public object interfaces

    cpdef Side side(self, long long dp)
