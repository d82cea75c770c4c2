# C types of recordwalk.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reader cimport Reader

cdef class RecordWalk:
    cdef Reader reader
    cdef const unsigned char[::1] data
    cdef int layout
    cdef bint container_big
    cdef int header
    cdef int first
    cdef int link_type
    cdef long long tick
    cdef long long[:, ::1] interfaces
    cdef int position
    cdef int size
    cdef int begin
    cdef int end
    cdef int messages
    cdef bint cuts
    cdef long long lacking
    cdef readonly long long count
    cdef long long time
    cdef readonly int interface_count
    cdef int device
    cdef bint several
    cdef bint expected_big
    cdef bint told
    cdef readonly int conversation
    cdef readonly int entered
    cdef long long foreign
    cdef int protocol

    cdef int begin_record(self) except -1 nogil
    cdef int begun(self, int status) except -1 nogil
    cdef int order(self) except -2 nogil
    cdef int filled(self, bint big) except -1 nogil
    cdef int _link(self, int link_type) except -1 nogil
    cdef int block(self) except -1 nogil
    cdef int pass_by(self) except -1 nogil
    cdef unsigned int outer32(self, int at) except? 0xE7C1A9B3 nogil
