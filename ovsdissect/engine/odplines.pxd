# C types of odplines.py.

from ovsdissect.engine.actiontext cimport ActionText
from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.flowtext cimport FlowText
from ovsdissect.engine.jsonline cimport JsonLines
from ovsdissect.engine.messagetext cimport MessageText
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.topattributes cimport read_message
from ovsdissect.engine.walk cimport Walk

cdef class OdpLines(BackEnd):
    cdef readonly JsonLines lines
    cdef FlowText flows
    cdef MessageText texts
    cdef unsigned char[::1] body
    cdef Reader past_reader
    cdef MessageText past
    cdef Names ports
    cdef int end
    cdef bint alone
    cdef int flow
    cdef int packet
    cdef const int[::1] families
    cdef const unsigned char[::1] answered

    cdef int message(self) except -1 nogil
    cdef int object(self) except -1 nogil
    cdef int said(self) except -1 nogil
    cdef bint echoes(self) except -1 nogil
    cdef bint answers(self) except -1 nogil
