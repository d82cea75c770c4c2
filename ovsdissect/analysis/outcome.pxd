# C types of outcome.py.

from ovsdissect.analysis.exchange cimport Execute, Open, Put
from ovsdissect.analysis.facts cimport PacketFact
from ovsdissect.analysis.side cimport Side

cdef class Outcome:
    cdef readonly object number
    cdef readonly object time_ns
    cdef readonly object cmd
    cdef readonly object dp_ifindex
    cdef readonly object datapath
    cdef readonly object in_port
    cdef readonly object port
    cdef readonly object answer
    cdef readonly object why
    cdef readonly object flow
    cdef readonly object execute
    cdef readonly object to_flow_ns
    cdef readonly object to_execute_ns
    cdef readonly object batch_size
    cdef readonly object batch_index
    cdef readonly object order
    cdef readonly object key
    cdef readonly object packet
    cdef readonly object packet_length
    cdef Side _side
    cdef object _sort
    cdef Open _upcall
