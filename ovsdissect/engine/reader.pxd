# C types of reader.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.compounds cimport masked_set, options, variant
from ovsdissect.engine.defects cimport alien, bad_length, cut_off, goes_on, part_of_struct, repeated
from ovsdissect.engine.reading cimport Reading

cdef class Reader(Reading):
    cdef const int[::1] parts
    cdef const int[::1] commands
    cdef int last
    cdef int shallow
    cdef int whole
    cdef int[::1] starts
    cdef int[::1] ends
    cdef int[::1] firsts
    cdef unsigned long long there
    cdef bint lossy

    cdef int begin(self) except -1 nogil
    cdef unsigned long long extended_sign(self, int at, int size, bint network) except? 0xE7C1A9B35D2F8641 nogil
    cdef int name(self, int w, int at, int size) except -2 nogil
    cdef int compound(self, int w, int op, int row, int start, int end) except -1 nogil
    cdef int unnamed(self, int w, int start) except -1 nogil
