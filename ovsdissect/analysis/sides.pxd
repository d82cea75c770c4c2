# C types of sides.py.

cimport cython

from ovsdissect.analysis.room cimport Room
from ovsdissect.analysis.side cimport Side

cdef class Sides:
    cdef object _ended
    cdef bint _spread
    cdef dict _sides
    cdef dict _clocks
    cdef Side _last
    cdef public object interfaces
    cdef public Room ports
    cdef public Room flows
    cdef public long long left_out

    @cython.locals(last=Side)
    cpdef bint takes(self, long long dp) except -1
    @cython.locals(last=Side)
    cpdef Side side(self, long long dp)
