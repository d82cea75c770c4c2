# C types of compounds.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.faults cimport Faults

cdef class Compounds:
    cdef const int[::1] wires
    cdef const int[::1] rows
    cdef const int[::1] index
    cdef const unsigned char[::1] data
    cdef int[::1] tokens
    cdef int count
    cdef int depth
    cdef int[::1] firsts
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
    cdef int undeclared(self, int w, int kind, int start, int length) except -1 nogil
    cdef int unused(self, int start, int end, unsigned long long numbers, int first) except -1 nogil
    cdef int absent(self, int start, unsigned long long numbers, int first) except -1 nogil
    cdef int bad_length(self, int row, int start, int end, int size) except -1 nogil
    cdef int part_of_struct(self, int w, int row, int start, int end) except -1 nogil
    cdef int alien(self, int w, int kind, int start, int length, bint ordered) except -1 nogil
    cdef int repeated(self, int row, int start, int length) except -1 nogil
    cdef int goes_on(self, int token, int at, int end) except -1 nogil
    cdef int cut_off(self, int wire, int row, int start, int end) except -1 nogil
    cdef int masked_set(self, int w, int row, int start, int end) except -1 nogil
    cdef int options(self, int w, int row, int start, int end) except -1 nogil
    cdef int variant(self, int w, int row, int start, int end) except -1 nogil
