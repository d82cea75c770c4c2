# C types of flowsummary.py.

from ovsdissect.engine.attributes cimport Attributes
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.ovswords cimport OvsWords
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.tokentext cimport TokenText

cdef class FlowSummary:
    cdef Reader reader
    cdef Output output
    cdef OvsWords words
    cdef TokenText values
    # numbers of attributes
    cdef int key, actions, stats, tcp_flags, used, clear, mask, probe, ufid, ufid_flags

    cdef int write(self, int verb, bint request, bint dump, Attributes attrs) except -1 nogil
    cdef int identity(self, int verb, bint request, bint dump, Attributes attrs, int begun) except -1 nogil
    cdef int state(self, bint request, Attributes attrs, int begun) except -1 nogil
    cdef int comma(self, int begun) except -1 nogil
    cdef int word(self, int at) except -1 nogil
    cdef int last_used(self, int t) except -1 nogil
