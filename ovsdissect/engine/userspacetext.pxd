# C types of userspacetext.py.

from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.places cimport Places
from ovsdissect.engine.reader cimport Reader

cdef class UserspaceText:
    cdef Reader reader
    cdef Output output
    cdef Places places
    cdef FieldText fields
    cdef const int[::1] rows
    cdef const int[::1] cookies
    cdef int set
    cdef int size
    cdef unsigned int cases
    cdef int reasons
    cdef int reason_count

    cdef int userspace(self, int start, int end, bint named) except -1 nogil
    cdef int cookie(self, int start, int end, bint named) except -1 nogil
    cdef int members(self, int first, int count, int start, bint named) except -1 nogil
