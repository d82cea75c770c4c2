# C types of tunnelwalk.py.

from ovsdissect.engine.layers cimport Layers
from ovsdissect.engine.listcodes cimport *

cdef class TunnelWalk:
    cdef Layers met

    cdef int step(self, int kind) except -1 nogil
    cdef int llc(self) except -1 nogil
    cdef int geneve(self) except -1 nogil
    cdef int gre(self) except -1 nogil
    cdef int erspan(self) except -1 nogil
    cdef int nsh(self) except -1 nogil
    cdef int lldp(self) except -1 nogil
    cdef int stp(self) except -1 nogil
