# C types of kernelflow.py.

cimport cython

cdef class _Making:
    cdef public str order
    cdef public bytearray key
    cdef public bytearray mask
    cdef object _head

    cdef flow(self, dict key, dict mask)
    @cython.locals(inner=_Making, inside=dict, kind=bytes, network=object, arp=bytes, bits=bytes, only=bytes)
    cdef _packet(self, dict key, dict mask, int tags)
    cdef bytes _ethertype(self, dict key, dict mask)
    @cython.locals(header=bytes, protocol=cython.int, icmp=bytes)
    cdef _transport(self, int network, dict key, dict mask)
    @cython.locals(there=dict, bits=dict, inner=_Making, base=bytes, base_bits=bytes, md1=bytes, md1_bits=bytes)
    cdef _nsh(self, bytes key, bytes mask)
    @cython.locals(there=dict, bits=dict, inner=_Making)
    cdef _tunnel(self, bytes key, bytes mask)
    @cython.locals(there=dict, bits=dict, inner=_Making)
    cdef _vxlan(self, bytes key, bytes mask)
    @cython.locals(value=bytes, bits=bytes)
    cdef _unless_zero(self, int number, dict key, dict mask)
    cdef _flag(self, int number, dict key, dict mask)
    cdef bytes field(self, int number, dict key, dict mask)
    @cython.locals(head=bytes)
    cdef bytes put(self, int number, bytes value, bytes bits)
    cdef add(self, bytearray out, int number, bytes payload)


cdef bytes _sized(int number, bytes value)
cdef bytes _bits(int number, dict key, dict mask)
@cython.locals(bits=bytes)
cdef bytes _bits_of(int number, dict key, dict mask, int size)
cdef bytes _masked(bytes value, bytes bits)
cdef _number(bytes value, str order)
