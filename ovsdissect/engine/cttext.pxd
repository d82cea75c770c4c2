# C types of cttext.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader

cdef class CtText:
    cdef Reader reader
    cdef Output output
    cdef Places places
    cdef FieldText fields
    cdef int set
    cdef int nat_set
    cdef bint timeout_comma

    cdef int ct(self, int start, int end) except -1 nogil
    cdef int string(self, int at) except -1 nogil
    cdef int nat(self, int start, int end) except -1 nogil
    cdef int range(self, int low, int high, unsigned int port, unsigned int last_port) except -1 nogil
    cdef int address(self, int at, bint bracketed) except -1 nogil
    cdef int order(self, int low, int high, int size) except? -2 nogil
    cdef unsigned int port(self, int slot) except? 0xE7C1A9B3 nogil
