# C types of packetsummary.py.

from ovsdissect.engine.layers cimport Layers
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport REFUSED
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.packetwalk cimport PacketWalk
from ovsdissect.engine.rarewords cimport RareWords
from ovsdissect.engine.reader cimport Reader

cdef class PacketSummary:
    cdef Reader reader
    cdef Output output
    cdef PacketWalk walk
    cdef Layers met
    cdef RareWords rare
    cdef const int[::1] words
    cdef const int[::1] flags

    cdef int write(self, int start, int end, int ethertype) except -1 nogil
    cdef int packet(self, int first) except -1 nogil
    cdef int body(self, int kind, int at, int end, int number) except -1 nogil
    cdef int other(self, int kind, int at, int number) except -1 nogil
    cdef int protocol(self, int number) except -1 nogil
    cdef int fragment(self, int units) except -1 nogil
    cdef int ports(self, int at) except -1 nogil
    cdef int tcp(self, int at, int flagged) except -1 nogil
    cdef int arp(self, int at, int plain) except -1 nogil
    cdef int echo(self, int at) except -1 nogil
    cdef int icmp(self, int at, int end) except -1 nogil
    cdef int mtu(self, long long number) except -1 nogil
    cdef int icmpv6(self, int at, int end) except -1 nogil
    cdef int word(self, int table, int number) except -1 nogil
