# C types of rules.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.matchcodes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef class Rules:
    cdef Walk walk
    cdef Reader reader
    cdef unsigned int datapath
    cdef const int[::1] rules
    cdef const unsigned long long[::1] ranges
    cdef const int[::1] tests
    cdef const int[::1] cuts
    cdef const unsigned char[::1] constants
    cdef unsigned char[::1] scratch

    cdef int number(self, int rule, unsigned long long value) except -1 nogil
    cdef int named(self, int rule, unsigned long long value) except -1 nogil
    cdef int leaf(self, int rule, int wire, int start, int end) except -1 nogil
    cdef int octets(self, int rule, bint copied, int start, int size) except -1 nogil
    cdef int cut(self, int rule, bint copied, int start, int size) except -3 nogil
    cdef int one(self, int test, bint copied, int start, int size) except -1 nogil
    cdef int compare(self, bint copied, int start, int size, int mask, int constant, int length) except -2 nogil
    cdef bint contains(self, bint copied, int start, int size, int constant, int length) except -1 nogil
    cdef int octet(self, bint copied, int at) except -1 nogil
