# C types of actiontext.py.

from ovsdissect.engine.cttext cimport CtText
from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.flowtext cimport FlowText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.userspacetext cimport UserspaceText

cdef class ActionText:
    cdef Reader reader
    cdef Output output
    cdef Places places
    cdef FieldText fields
    cdef FlowText flows
    cdef CtText cts
    cdef readonly UserspaceText userspaces
    cdef const int[::1] words
    cdef const int[::1] rows
    cdef const int[::1] texts
    cdef int kinds
    cdef int hashes
    cdef unsigned int hash_count
    cdef int nsh
    cdef int longest_masked
    cdef int sample_set
    cdef int check_set
    cdef int dec_ttl_set
    cdef int psample_set

    cdef int actions(self, int start, int end, bint named) except -1 nogil
    cdef int sequence(self, int start, int end, bint named, int depth) except -1 nogil
    cdef int action(self, int word, int at, int end, bint named, int depth) except -1 nogil
    cdef bint holds(self, int form) except -1 nogil
    cdef int bad_length(self, int kind, int start, int end, int size) except -1 nogil
    cdef int hash(self, int word, int at) except -1 nogil
    cdef int alone(self, int at, int end, bint cuts=*) except? -2 nogil
    cdef int overwrite(self, int at, int end) except -1 nogil
    cdef int overwrite_masked(self, int at, int end) except -1 nogil
    cdef int psample(self, int at, int end) except -1 nogil
    cdef int sample(self, int at, int end, bint named, int depth) except -1 nogil
    cdef int check_pkt_len(self, int at, int end, bint named, int depth) except -1 nogil
    cdef int dec_ttl(self, int at, int end, bint named, int depth) except -1 nogil
