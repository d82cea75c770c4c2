# C types of headermatch.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.matchcodes cimport *
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.rules cimport Rules
from ovsdissect.engine.subject cimport Subject
from ovsdissect.engine.walk cimport Walk

cdef class HeaderMatch:
    cdef Walk walk
    cdef Reader reader
    cdef Answer answer
    cdef Rules rules
    cdef Subject subject
    cdef const int[::1] conditions
    cdef const int[::1] roots
    cdef const long long[::1] numbers
    cdef const unsigned char[::1] answers
    cdef const int[::1] verbs
    cdef int acknowledged
    cdef int plain
    cdef int answered
    cdef bint clean
    cdef int family
    cdef int quantifier

    cdef int read(self) except -1 nogil
    cdef int sort(self) except -1 nogil
    cdef int error(self) except -3 nogil
    cdef int choice(self, int c) except -1 nogil
    cdef int number(self, int c) except -1 nogil
    cdef int about(self, int c) except -1 nogil
    cdef int own_name(self, int rule) except -1 nogil
    cdef int listed(self, int c) except -1 nogil
    cdef int name(self, int c) except -1 nogil
