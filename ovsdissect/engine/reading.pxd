# C types of reading.py, and the short methods that other modules inline.

cimport cython

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
    cdef bint big
    cdef int unknown
    cdef int value_row
    cdef int mask_row

    # Accessing both ends first lets the compiler combine the accesses.

    @cython.final
    cdef inline int host16(self, int at) except -1 nogil:
        cdef int second = self.data[at + 1]
        cdef int first = self.data[at]
        return first << 8 | second if self.big else first | second << 8

    @cython.final
    cdef inline unsigned int host32(self, int at) except? 0xE7C1A9B3 nogil:
        return self.big32(at) if self.big else self.little32(at)

    @cython.final
    cdef inline unsigned int big32(self, int at) except? 0xE7C1A9B3 nogil:
        cdef unsigned int last = self.data[at + 3]
        cdef const unsigned char *first = &self.data[at]
        return <unsigned int>first[0] << 24 | <unsigned int>first[1] << 16 | first[2] << 8 | first[3]

    @cython.final
    cdef inline unsigned int little32(self, int at) except? 0xE7C1A9B3 nogil:
        cdef unsigned int last = self.data[at + 3]
        cdef const unsigned char *first = &self.data[at]
        return <unsigned int>first[3] << 24 | <unsigned int>first[2] << 16 | first[1] << 8 | first[0]

    @cython.final
    cdef inline int token(self, int what, int row, int start, int end) except -1 nogil:
        cdef int at = self.count * TOKEN
        cdef int *into
        if self.count >= MAX_TOKENS:
            return 1
        self.tokens[at + 3] = end
        into = &self.tokens[at]
        into[0], into[1], into[2] = what, row, start
        self.count += 1
        return 0

    @cython.final
    cdef inline int close(self, int what, int opened) except -1 nogil:
        self.tokens[opened * TOKEN + 4] = self.count
        return self.token(what, -1, 0, 0)

    cdef unsigned long long number(self, int at, int size, bint network) except? 0xE7C1A9B35D2F8641 nogil
    cdef int value(self, int wire, int row, int start, int end) except -1 nogil
    cdef int members(self, int w, int start) except -1 nogil
    cdef int attributes(self, int w, int op, int row, int start, int end) except -1 nogil
