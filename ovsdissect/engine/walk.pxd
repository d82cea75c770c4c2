# C types of walk.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.requests cimport Requests

cdef class Walk:
    cdef Reader reader
    cdef const unsigned char[::1] data
    # how records stand in the buffer
    cdef int layout
    cdef bint container_big
    cdef int header
    cdef int first
    cdef int link_type
    cdef long long tick
    cdef long long[:, ::1] interfaces
    # where the pass stands
    cdef int position
    cdef int size
    cdef int begin
    cdef int end
    cdef int start
    cdef int stop
    cdef int place
    cdef bint cuts
    cdef long long lacking
    cdef int missing
    cdef readonly long long record
    cdef readonly long long number
    cdef long long time
    cdef readonly int interface_count
    cdef int device
    cdef bint several
    cdef bint expected_big
    cdef bint told
    cdef readonly int conversation
    cdef readonly int entered
    cdef long long little
    cdef long long bigs
    cdef bint keys
    cdef bint timed
    cdef long long first_time
    cdef long long foreign
    # the message that was met
    cdef int protocol
    cdef int type
    cdef int flags
    cdef unsigned int seq
    cdef unsigned int pid
    cdef int kind
    cdef unsigned long long key
    cdef unsigned int sort
    # the conversation
    cdef short[::1] families
    cdef const short[::1] by_command
    cdef Requests requests
    cdef Names ports
    cdef Names datapaths
    cdef Names family_names

    cdef int record_at(self) except -1 nogil
    cdef int begun(self, int status) except -1 nogil
    cdef int order(self) except -2 nogil
    cdef int messages(self, bint big) except -1 nogil
    cdef int _link(self, int link_type) except -1 nogil
    cdef int block(self) except -1 nogil
    cdef int meet(self) except -1 nogil
    cdef int after(self) except -1 nogil
    cdef int done(self) except -1 nogil
    cdef int note(self) except -1 nogil
    cdef unsigned int outer32(self, int at) except? 0xE7C1A9B3 nogil
    cdef int telling_command(self, int command) except -1 nogil
    cdef int tells(self) except -1 nogil
