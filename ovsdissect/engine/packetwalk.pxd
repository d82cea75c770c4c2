# C types of packetwalk.py.

from ovsdissect.engine.layers cimport Layers
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.tunnelwalk cimport TunnelWalk

cdef class PacketWalk:
    cdef Layers met
    cdef TunnelWalk inner

    cdef int run(self, int start, int end, int ethertype) except -1 nogil
    cdef int step(self, int kind) except -1 nogil
    cdef int typed(self, int kind, int size) except -1 nogil
    cdef int mpls(self) except -1 nogil
    cdef int arp(self) except -1 nogil
    cdef int ipv4(self) except -1 nogil
    cdef int source_route(self, int at, int end) except -1 nogil
    cdef int ipv6(self) except -1 nogil
    cdef int extension(self, int kind) except -1 nogil
    cdef int fragment(self) except -1 nogil
    cdef int tcp(self) except -1 nogil
    cdef int udp(self) except -1 nogil
    cdef bint names(self, int port) except -1 nogil
    cdef int port(self, int at) except -1 nogil
    cdef bint may_stream(self, int at) except -1 nogil
    cdef bint may_be_dns(self, int at, int end) except -1 nogil
    cdef int icmp(self) except -1 nogil
    cdef int icmpv6(self) except -1 nogil
