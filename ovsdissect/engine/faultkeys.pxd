# C types of faultkeys.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class FaultKeys:
    cdef Reader reader
    cdef Output output

    cdef int name(self, int row) except -1 nogil
    cdef int key(self, int row) except -1 nogil
