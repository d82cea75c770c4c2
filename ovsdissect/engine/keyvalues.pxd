# C types of keyvalues.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output

cdef class KeyValues:
    cdef Output output
    cdef FieldText fields
    cdef const int[::1] words
    cdef const int[::1] field_rows

    cdef int number(self, int word, int at, int mask, bint verbose) except -1 nogil
    cdef int flags(self, int word, int at, int mask, bint verbose) except -1 nogil
    cdef int labels(self, int at, int end, int mask) except -1 nogil
    cdef unsigned int net32(self, int at) except? 0xE7C1A9B3 nogil
    cdef int generic(self, int at, int end, int mask) except -1 nogil
