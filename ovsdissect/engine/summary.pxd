# C types of summary.py.

from ovsdissect.engine.attributes cimport Attributes
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.configurationsummary cimport ConfigurationSummary
from ovsdissect.engine.flowsummary cimport FlowSummary
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.ovswords cimport OvsWords
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.tokentext cimport TokenText
from ovsdissect.engine.upcallsummary cimport UpcallSummary

cdef class Summary:
    cdef Reader reader
    cdef Output output
    cdef OvsWords words
    cdef Attributes attrs
    cdef Attributes key
    cdef ConfigurationSummary configuration
    cdef UpcallSummary upcalls
    cdef FlowSummary flows
    cdef const int[::1] rare
    cdef const int[::1] says
    cdef int packet_key, packet_actions, flow_key, key_in_port, port_no, port_name, vport

    cdef int open(self, int command) except -1 nogil
    cdef int said(self, int command, int flags) except -1 nogil
    cdef bint shows(self, int command, int first) except -1 nogil
    cdef int top(self, int first, int token) except -1 nogil
    cdef bint prints(self, int command, int number) except -1 nogil
    cdef int port(self, int command) except -1 nogil
