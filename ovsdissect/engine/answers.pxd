# C types of answers.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef class Answer:
    cdef Walk walk
    cdef Reader reader
    cdef int extack
    cdef const int[::1] families
    # what the answer says
    cdef bint numbered
    cdef long long error
    cdef bint asked
    cdef long long request
    cdef int slot
    cdef int type
    cdef int family
    cdef int command
    cdef int echo
    cdef int echo_end
    cdef int echo_tokens
    cdef bint echoed
    cdef int cmd
    cdef int offset
    cdef int offender
    cdef bint irregular

    cdef int read(self) except -1 nogil
    cdef int extended(self, int start, int end) except -1 nogil
    cdef int failed(self) except -1 nogil
    cdef int attributes(self, int body, int end) except -1 nogil
    cdef int cut_off(self, int body, long long after, int end) except -1 nogil
    cdef int ended(self) except -1 nogil
    cdef int reply(self) except -1 nogil
    cdef int found(self, int slot) except -1 nogil
    cdef int undeclared(self, int cmd) except -1 nogil
    cdef int points(self, int start) except -1 nogil
    cdef int family_of(self, int type, int cmd) except -1 nogil
