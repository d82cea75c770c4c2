# C types of tokentext.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class TokenText:
    cdef Reader reader
    cdef Output output

    cdef unsigned long long value(self, int t) except? 0xE7C1A9B35D2F8641 nogil
    cdef int number(self, int t) except -1 nogil
    cdef int signed(self, int t) except -1 nogil
    cdef int text(self, int t) except -1 nogil
    cdef int name(self, int t) except -1 nogil
    cdef int key(self, int t) except -1 nogil
    cdef int flags(self, int t) except -1 nogil
