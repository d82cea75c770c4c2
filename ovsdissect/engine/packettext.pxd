# C types of packettext.py.

from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.packetsummary cimport PacketSummary
from ovsdissect.engine.reader cimport Reader

cdef class PacketText:
    cdef Reader reader
    cdef Output output
    cdef PacketSummary summary
    cdef int ethernet
    cdef int ethertype

    cdef int without_ethernet(self, int end) except? -2
