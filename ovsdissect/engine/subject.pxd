# C types of subject.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef class Subject:
    cdef Walk walk
    cdef Answer answer
    cdef Reader reader
    cdef Reader past_reader
    cdef unsigned char[::1] body
    cdef const int[::1] families
    cdef int flow
    cdef int packet
    cdef int vport
    cdef int flow_key
    cdef int packet_key
    cdef int in_port
    cdef int port_name
    cdef int port_number
    cdef bint located
    cdef bint numbered
    cdef bint named
    cdef bint past
    cdef unsigned int datapath
    cdef unsigned int number
    cdef int start
    cdef int end

    cdef int look(self) except -1 nogil
    cdef int look_read(self) except -1 nogil
    cdef int requested(self) except -1 nogil
    cdef int port(self, Reader reader, int family, int start, int end) except -1 nogil
    cdef int find(self, Reader reader, int number, int start, int end) except -3 nogil
    cdef int take(self, Reader reader, int at) except -1 nogil
    cdef int name(self, Reader reader, int at) except -1 nogil
    cdef unsigned long long key(self) except? 0xE7C1A9B35D2F8641 nogil
