# C types of objects.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.jsonvalue cimport Json
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.topattributes cimport read_message

cdef class Objects:
    cdef Reader reader
    cdef Output output
    cdef Json json
    cdef list keys
    cdef list names
    cdef list parts
    cdef bytes texts

    cdef dict members(self, int first, int last)
    cdef list elements(self, int first, int last)
    cdef object value(self, int token)
    cdef object leaf(self, int wire, int start, int end)
    cdef int bits(self, dict into, int w, unsigned long long value) except -1
    cdef list flags(self, int place, unsigned long long value)
    cdef object name(self, int place)
    cdef str spelled(self)
