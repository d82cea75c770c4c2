# C types of fieldtext.py.

from ovsdissect.engine.names cimport Names
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class FieldText:
    cdef Reader reader
    cdef Output output
    cdef const int[::1] fields
    cdef const int[::1] slices
    cdef const int[::1] texts
    cdef int fragments
    cdef int tci
    cdef int lse
    cdef public Names ports
    cdef public unsigned int datapath

    cdef unsigned long long number(self, int at, int size, bint network) except? 0xE7C1A9B35D2F8641 nogil
    cdef int extent(self, int at, int size) except -1 nogil
    cdef int comma(self) except -1 nogil
    cdef int hash_hex(self, unsigned long long value) except -1 nogil
    cdef int prefixed(self, unsigned long long value) except -1 nogil
    cdef int four_digits(self, unsigned long long value) except -1 nogil
    cdef int wide(self, int at) except -1 nogil
    cdef int bytes_number(self, int start, int end) except -1 nogil
    cdef int spaced(self, int start, int end) except -1 nogil
    cdef int port(self, unsigned int number, bint named) except -1 nogil
    cdef int string(self, int start, int end) except -1 nogil
    cdef int escaped(self, int code) except -1 nogil
    cdef int value(self, int style, int at, int size, bint network) except -1 nogil
    cdef int bits(self, int style, int at, int size, bint network) except -1 nogil
    cdef int no_bits(self, int style) except -1 nogil
    cdef int field(self, int number, int at, int mask, bint verbose) except -1 nogil
    cdef int members(self, int first, int count, int at, int mask, bint verbose) except -1 nogil
    cdef int part(self, int number, unsigned long long value, unsigned long long mask, bint exact, bint verbose) except -1 nogil
    cdef int flags(self, unsigned long long value, int first, int count, int separator) except -1 nogil
    cdef int signed_flags(self, unsigned long long value, unsigned long long mask, int first, int count) except -1 nogil
    cdef int control(self, int value, int mask, bint verbose) except -1 nogil
    cdef int entry(self, unsigned int value, unsigned int mask, bint masked) except -1 nogil
