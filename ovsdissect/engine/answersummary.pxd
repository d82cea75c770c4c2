# C types of answersummary.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.attributes cimport Attributes
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.problems cimport Problems
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.summary cimport Summary
from ovsdissect.engine.walk cimport Walk

cdef class AnswerSummary:
    cdef Walk walk
    cdef Answer answer
    cdef Output output
    cdef Problems problems
    cdef Reader reader
    cdef Reader past_reader
    cdef Summary echoed
    cdef Summary past
    cdef Attributes extack
    cdef unsigned char[::1] body
    cdef const int[::1] failures
    cdef const int[::1] protocols
    cdef int failure_count
    cdef int protocol_end
    cdef const int[::1] families
    cdef const int[::1] says
    cdef int message
    cdef int vport
    cdef bint seen
    cdef int length
    cdef unsigned int datapath

    cdef int open(self) except -1 nogil
    cdef int recall(self, int slot) except -1 nogil
    cdef bint expected(self) except -1 nogil
    cdef int said(self) except -1 nogil
    cdef int failure(self, long long number) except -1 nogil
    cdef int request(self) except -1 nogil
    cdef int asked(self, Summary summary, int flags) except -1 nogil
