# C types of nshtext.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader

cdef class NshText:
    cdef Reader reader
    cdef Output output
    cdef Places places
    cdef FieldText fields
    cdef int set
    cdef int doubled
    cdef bint left_out

    cdef int key(self, int start, int end, int mask) except -1 nogil
    cdef int set_masked(self, int start, int end) except -1 nogil
    cdef int push(self, int start, int end) except -1 nogil
    cdef unsigned int of(self, int at, int offset, int size, unsigned int missing) except? 0xE7C1A9B3 nogil
    cdef int header(self, int base, unsigned int flags, unsigned int ttl) except -1 nogil
    cdef int contexts(self, int md1) except -1 nogil
    cdef int masked(self, int base, int base_mask, int md1, int md1_mask, unsigned int missing) except -1 nogil
    cdef int octet(self, char *label, unsigned int value, unsigned int mask) except -1 nogil
    cdef int word(self, unsigned int value, unsigned int mask, unsigned int full) except -1 nogil
