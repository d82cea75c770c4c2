# C types of agreement.py.

from ovsdissect.engine.agreement_key cimport KeyLevel
from ovsdissect.engine.agreement_transport cimport Transport
from ovsdissect.engine.reader cimport Reader

cdef class Agreement:
    cdef KeyLevel key
    cdef Transport transport
    # places of members in their structs
    cdef int ipv4_frag
    cdef int ipv6_label
    cdef int ipv6_proto
    cdef int ipv6_tclass
    cdef int ipv6_frag
    cdef int arp_op
    cdef int nsh_base
    cdef int nsh_ttl
    cdef int nsh_mdtype
    cdef int vlan_mask
    # the message
    cdef int stop
    cdef bint action

    cdef int differs(self, Reader reader, int key_start, int key_end, int packet_start, int packet_end, bint action) except -1 nogil
    cdef int number16(self, Reader reader, int at) except -1 nogil
    cdef int nonzero(self, Reader reader, int at, int end) except -1 nogil
    cdef int without_ethernet(self, Reader reader) except -2 nogil
    cdef int link(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int network(self, Reader reader, int number, int at, int end) except -1 nogil
    cdef int ipv4(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int ipv6(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int extensions(self, Reader reader, int ours, int proto, int at, int end) except -1 nogil
    cdef int later(self, Reader reader, int ours) except -1 nogil
    cdef int arp(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int mpls(self, Reader reader, int ours, int at, int end) except -1 nogil
    cdef int nsh(self, Reader reader, int at, int end) except -1 nogil
