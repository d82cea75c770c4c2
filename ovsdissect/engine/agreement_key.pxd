# C types of agreement_key.py.

from ovsdissect.engine.reader cimport Reader

cdef class KeyLevel:
    # numbers of attributes
    cdef int encap
    cdef int ethernet
    cdef int vlan
    cdef int ethertype
    cdef int ipv4
    cdef int ipv6
    cdef int tcp
    cdef int udp
    cdef int sctp
    cdef int icmp
    cdef int icmpv6
    cdef int arp
    cdef int nd
    cdef int tcp_flags
    cdef int mpls
    cdef int nsh
    cdef int packet_type
    cdef const int[::1] sizes
    cdef const int[::1] members
    cdef const int[::1] runs
    cdef unsigned long long there
    cdef int[::1] starts
    cdef int[::1] ends

    cdef int read(self, Reader reader, int which, int start, int end) except -1 nogil
    cdef int start(self, int number) except -2 nogil
    cdef int differs(self, Reader reader, int number, int ours, int theirs) except -1 nogil
