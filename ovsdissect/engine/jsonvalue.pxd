# C types of jsonvalue.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.faultkeys cimport FaultKeys
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class Json:
    cdef Reader reader
    cdef Output output
    cdef FaultKeys keys
    cdef int write(self, int first, int last) except -1 nogil
    cdef int leaf(self, int wire, int start, int end) except -1 nogil
    cdef int quoted(self, int w, int start, int end) except -1 nogil
    cdef int flags(self, int wire, unsigned long long value) except -1 nogil
    cdef int bits(self, int w, unsigned long long value) except -1 nogil
