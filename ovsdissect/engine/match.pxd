# C types of match.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.headermatch cimport HeaderMatch
from ovsdissect.engine.matchcodes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.search cimport Search
from ovsdissect.engine.walk cimport Walk

cdef class Match:
    cdef Walk walk
    cdef Reader reader
    cdef Answer answer
    cdef HeaderMatch headers
    cdef const int[::1] conditions
    cdef const int[::1] roots
    cdef Search search
    # the filter
    cdef int root
    cdef const int[::1] nodes
    cdef const int[::1] children
    cdef const int[::1] states
    cdef const int[::1] pairs
    cdef const unsigned long long[::1] alive
    cdef const int[::1] families
    cdef bint everything
    cdef bint asks_problems
    # the message
    cdef int taken

    cdef int test(self) except -1 nogil
    cdef int test_clean(self) except -1 nogil
    cdef int passes(self) except -1 nogil
    cdef int node(self, int number) except -1 nogil
    cdef int condition(self, int number) except -1 nogil
    cdef int attributes(self, int c) except -1 nogil
    cdef int echoed(self, int c) except -1 nogil
    cdef int extended(self, int c) except -1 nogil
    cdef int take(self) except -1 nogil
