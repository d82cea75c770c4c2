# C types of agreement_transport.py.

from ovsdissect.engine.agreement_key cimport KeyLevel
from ovsdissect.engine.reader cimport Reader

cdef class Transport:
    cdef KeyLevel key
    cdef int nd_sll
    cdef int nd_tll

    cdef int differs(self, Reader reader, int proto, int at, int end, int stop) except -1 nogil
    cdef int malformed(self, Reader reader, int proto, int at, int end) except -1 nogil
    cdef int extension(self, Reader reader, int proto, int at, int end) except -1 nogil
    cdef int ports(self, Reader reader, int number, int at) except -1 nogil
    cdef int flags(self, Reader reader, int at) except -1 nogil
    cdef int icmp(self, Reader reader, int number, int at, int end) except -1 nogil
    cdef int neighbour(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int address(self, Reader reader, int ours, int theirs) except -1 nogil
