# C types of flowtext.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.keyvalues cimport KeyValues
from ovsdissect.engine.nshtext cimport NshText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.tunneltext cimport TunnelText

cdef class FlowText:
    cdef Reader reader
    cdef Output output
    cdef readonly Places places
    cdef readonly FieldText fields
    cdef readonly NshText nsh
    cdef TunnelText tunnels
    cdef KeyValues values
    cdef const int[::1] words
    cdef const unsigned char[::1] counting
    cdef int kinds
    cdef int masks
    cdef int ethernet
    cdef int ethertype
    cdef int packet_type
    cdef int types
    # what the release does
    cdef bint log_skips
    cdef bint eth_beside_type
    # how the text that is being written reads
    cdef bint verbose
    cdef bint logged
    cdef bint is_mask
    # what is known of the attribute that was written last, if something is odd about it
    cdef int odd_length
    cdef bint odd_begun
    cdef int unknown_size

    cdef int key(self, int start, int end, bint verbose, bint named) except -1 nogil
    cdef int mask(self, int start, int end) except -1 nogil
    cdef int flow(self, int start, int end, int mask, int mask_end, bint verbose, bint named) except -1 nogil
    cdef int logged_flow(self, int start, int end, int mask, int mask_end) except -1 nogil
    cdef int done(self, int said, int begin) except -1 nogil
    cdef int attributes(self, int start, int end, int mask, int mask_end, bint named, int depth) except -1 nogil
    cdef int attribute(self, int kind, int at, int end, int mask, bint named, int depth) except -1 nogil
    cdef bint fits(self, int word, int length) except -1 nogil
    cdef int odd(self, int start, int end, bint begun, int depth) except -1 nogil
    cdef int bad_length(self, int start, int end, int mask, int size) except -1 nogil
    cdef int expected(self, int size) except -1 nogil
    cdef int empty(self, int word, int mask, int length) except -1 nogil
    cdef int alone(self, int kind, int start, int end, int mask, bint verbose) except -1 nogil
