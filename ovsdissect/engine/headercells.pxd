# C types of headercells.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.timecells cimport TimeCells
from ovsdissect.engine.walk cimport Walk

cdef class HeaderCells:
    cdef Walk walk
    cdef Answer answer
    cdef Reader reader
    cdef Output output
    cdef TimeCells times
    cdef const int[::1] protocols
    cdef int protocol_end
    cdef int plain_flags
    cdef int ack_flags
    cdef int get_flags
    cdef int dump_flags

    cdef int write(self, int what) except -1 nogil
    cdef int kind(self) except -1 nogil
    cdef int protocol(self, char *before) except -1 nogil
    cdef int flags(self) except -1 nogil
    cdef int names(self, int wire, int flags) except -1 nogil
    cdef int signed32(self, unsigned int value) except -1 nogil
