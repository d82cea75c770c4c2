# C types of ovswords.py.

from ovsdissect.engine.actiontext cimport ActionText
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.flowtext cimport FlowText
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class OvsWords:
    cdef readonly Reader reader
    cdef readonly Output output
    cdef FlowText flows
    cdef ActionText lists
    cdef Names ports
    cdef unsigned int datapath
    cdef bint named

    cdef int call(self, Names ports, unsigned int datapath) except -1 nogil
    cdef int room(self) except -1 nogil
    cdef int name(self, Names names, int slot) except -1 nogil
    cdef int port(self, unsigned int number) except -1 nogil
    cdef int flow(self, int key, int mask) except -1 nogil
    cdef int actions(self, int t) except -1 nogil
    cdef int cookie(self, int t) except -1 nogil
