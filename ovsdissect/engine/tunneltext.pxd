# C types of tunneltext.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader

cdef class TunnelText:
    cdef Reader reader
    cdef Output output
    cdef Places places
    cdef FieldText fields
    cdef const int[::1] words
    cdef int kinds
    cdef int masks
    cdef int flags
    cdef int flag_count
    cdef int all_flags
    cdef int id_flag
    cdef int vxlan_set
    cdef int gbp_number
    cdef int gbp_parts
    cdef int gtpu_fields
    cdef int option_fields
    cdef int option_size
    cdef int option_words
    cdef int erspan_index
    cdef int erspan_bits
    cdef int erspan_parts

    cdef int tunnel(self, int start, int end, int mask, bint verbose, bint is_mask) except -1 nogil
    cdef int part(self, int word, int at, int end, int mask, bint verbose, bint is_mask) except -1 nogil
    cdef int vxlan(self, int at, int end, int mask, bint verbose) except -1 nogil
    cdef int geneve(self, int at, int end, int mask, bint verbose) except -1 nogil
    cdef int option(self, int at, int end, int mask, bint verbose) except -1 nogil
    cdef int gtpu(self, int at, int mask, bint verbose) except -1 nogil
    cdef int erspan(self, int at, int end, int mask, bint verbose) except -1 nogil
