# C types of addedlines.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.walk cimport Walk

cdef class AddedLines(BackEnd):
    cdef readonly BackEnd lines
    cdef bint inner
    cdef object told
    cdef bint telling
    cdef const int[::1] families
    cdef int packets
    cdef int packet
    cdef int key
    cdef int cut_length
    cdef int ethernet

    cdef int message(self) except -1 nogil
    cdef int has_ethernet(self, int key) except -1 nogil
    cdef int add(self, int used, bint packet) except -1
    cdef dict held(self)
