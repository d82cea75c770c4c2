# C types of rarewords.py.

from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class RareWords:
    cdef Reader reader
    cdef Output output
    cdef const int[::1] words

    cdef int write(self, int kind, int at, int end, int number) except -1 nogil
    cdef int big16(self, int at) except -1 nogil
    cdef int named(self, int table, int number, char *other) except -1 nogil
    cdef int vni(self, int at) except -1 nogil
    cdef int sctp(self, int at, int end) except -1 nogil
    cdef int groups(self, int at, int end, int size) except -1 nogil
    cdef int igmp(self, int at, int end) except -1 nogil
    cdef int cfm(self, int at, int end) except -1 nogil
    cdef int stp(self, int at, int rooted) except -1 nogil
    cdef int lacp(self, int at, int end) except -1 nogil
    cdef int lldp(self, int at, int end) except -1 nogil
    cdef int identifier(self, int kind, int at, int end) except -1 nogil
    cdef int captured(self, int at, int end) except -1 nogil
    cdef int dhcp(self, int at, int end) except -1 nogil
