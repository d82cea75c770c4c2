# C types of search.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.matchcodes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.rules cimport Rules

cdef class Search:
    cdef Reader reader
    cdef Rules rules
    cdef const int[::1] states
    cdef const int[::1] pairs
    cdef const int[::1] slices
    cdef int quantifier
    cdef bint met
    cdef bint unsure

    cdef int begin(self, int quantifier) except -1 nogil
    cdef int outcome(self) except -1 nogil
    cdef int below(self, int state, int first, int last) except -1 nogil
    cdef int visit(self, int state, int token) except -1 nogil
    cdef int said(self, int truth) except -1 nogil
