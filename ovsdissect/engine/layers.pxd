# C types of layers.py.

from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.reader cimport Reader

cdef class Layers:
    cdef Reader reader
    cdef const unsigned char[::1] following
    cdef int depth
    cdef int[::1] layers
    cdef int count
    cdef bint malformed
    cdef int next
    cdef int start
    cdef int end
    cdef int frames
    cdef int packets
    cdef bint whole
    cdef bint quoted
    cdef bint unsaid

    cdef int begin(self) except -1 nogil
    cdef int deep(self) except -1 nogil
    cdef int big16(self, int at) except -1 nogil
    cdef int follow(self, int table, int number, int start, int end) except -1 nogil
    cdef int layer(self, int kind, int number) except -1 nogil
    cdef int lacks(self, int size) except -1 nogil
    cdef int until(self, int declared) except -1 nogil
