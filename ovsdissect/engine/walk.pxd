# C types of walk.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.recordwalk cimport RecordWalk
from ovsdissect.engine.requests cimport Requests

cdef class Walk:
    cdef Reader reader
    cdef readonly RecordWalk records
    # where the pass stands
    cdef const unsigned char[::1] data
    cdef int start
    cdef int stop
    cdef int place
    cdef int missing
    cdef readonly long long number
    cdef long long little
    cdef long long bigs
    cdef bint keys
    cdef bint timed
    cdef long long first_time
    # the message that was met
    cdef int type
    cdef int flags
    cdef unsigned int seq
    cdef unsigned int pid
    cdef int kind
    cdef bint irregular
    cdef bint short
    cdef unsigned long long key
    cdef unsigned int sort
    # the conversation
    cdef short[::1] families
    cdef const short[::1] by_command
    cdef int declared
    cdef Requests requests
    cdef Names ports
    cdef Names datapaths
    cdef Names family_names

    cdef int meet(self) except -1 nogil
    cdef int done(self) except -1 nogil
    cdef int note(self) except -1 nogil
    cdef int telling_command(self, int command) except -1 nogil
    cdef int tells(self) except -1 nogil
