# C types of upcallsummary.py.

from ovsdissect.engine.attributes cimport Attributes
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.ovswords cimport OvsWords
from ovsdissect.engine.packetsummary cimport PacketSummary
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.tokentext cimport TokenText

cdef class UpcallSummary:
    cdef Reader reader
    cdef Output output
    cdef OvsWords words
    cdef TokenText values
    cdef PacketSummary packets
    cdef Attributes key
    cdef Attributes tunnel
    cdef const int[::1] packet_in
    cdef int packet_in_count
    # numbers of attributes
    cdef int packet_packet, packet_key, packet_actions, packet_userdata, packet_egress, packet_probe, packet_mru, packet_len
    cdef int ethernet, ethertype, recirc_id, ct_state, ct_zone, ct_mark, skb_mark, tunnel_key
    cdef int tunnel_id, ipv4_src, ipv4_dst, ipv6_src, ipv6_dst
    # places of members among the tokens of a cookie
    cdef int sflow_output, slow_reason, sample_set, sample_domain, sample_point, sample_port, ipfix_port
    cdef int continuation, controller_reason, rule_cookie

    cdef int write(self, int what, Attributes attrs) except -1 nogil
    cdef int packet(self, Attributes attrs) except -1 nogil
    cdef int conditions(self, Attributes attrs) except -1 nogil
    cdef int condition(self, int number, char *before, bint hexed) except -1 nogil
    cdef int ends(self, char *word, int t) except -1 nogil
    cdef int address(self, int old, int new) except -1 nogil
    cdef int reason(self, int t) except -1 nogil
    cdef int told(self, int kind, int first) except -1 nogil
    cdef int out(self, int t) except -1 nogil
    cdef int controller(self, int first) except -1 nogil
