# C types of reading.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.faults cimport Faults

cdef class Reading:
    cdef const int[::1] wires
    cdef const int[::1] rows
    cdef const int[::1] index
    cdef const unsigned char[::1] data
    cdef int[::1] tokens
    cdef int count
    cdef int depth
    cdef int limit
    cdef int cut
    cdef int lost
    cdef int whole_length
    cdef Faults faults
    cdef bint strict
    cdef int unknown
    cdef int value_row
    cdef int mask_row

    cdef int host16(self, int at) except -1 nogil
    cdef unsigned long long number(self, int at, int size, bint network) except? 0xE7C1A9B35D2F8641 nogil
    cdef int token(self, int what, int row, int start, int end) except -1 nogil
    cdef int close(self, int what, int opened) except -1 nogil
    cdef int value(self, int wire, int row, int start, int end) except -1 nogil
    cdef int members(self, int w, int start) except -1 nogil
    cdef int attributes(self, int w, int op, int row, int start, int end) except -1 nogil
