# C types of configurationsummary.py.

from ovsdissect.engine.attributes cimport Attributes
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.tokentext cimport TokenText

cdef class ConfigurationSummary:
    cdef Reader reader
    cdef Output output
    cdef Attributes inner
    cdef TokenText values
    cdef const int[::1] phrases
    cdef const int[::1] counters
    cdef const int[::1] first
    cdef int kbps
    cdef int family_id
    cdef int family_name
    cdef int policy
    cdef int op_policy
    cdef int success
    cdef int fail
    cdef int band_type
    cdef int band_rate
    cdef int band_burst
    cdef int band_stats
    cdef int group_name
    cdef int group_id
    cdef int policy_type

    cdef int write(self, int family, Attributes attrs) except -1 nogil
    cdef int phrase(self, int p, int op, Attributes attrs, int t) except -1 nogil
    cdef int count(self, int first, int counters, int t) except -1 nogil
    cdef int filled(self, int t) except -1 nogil
    cdef int elements(self, int t) except -1 nogil
    cdef int options(self, int t) except -1 nogil
    cdef int option(self, int t) except -1 nogil
    cdef int lost(self, int t) except -1 nogil
    cdef int bands(self, int t, bint kilobits) except -1 nogil
    cdef int limits(self, int t) except -1 nogil
    cdef int policies(self, Attributes attrs) except -1 nogil
    cdef int groups(self, int t) except -1 nogil
    cdef int family(self, Attributes attrs) except -1 nogil
