# C types of engine.py.

from ovsdissect.engine.agreement cimport Agreement
from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.faults cimport Faults
from ovsdissect.engine.match cimport Match
from ovsdissect.engine.matchcodes cimport *
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.topattributes cimport read_message
from ovsdissect.engine.walk cimport Walk

cdef class Engine:
    cdef readonly Walk walk
    cdef Reader reader
    cdef readonly Answer answer
    cdef BackEnd back_end
    cdef Agreement agreement
    cdef int packet
    cdef int key
    cdef int action
    cdef Match match
    cdef readonly int verdict
    cdef bint idle
    cdef bint irregular
    cdef readonly int told_start
    cdef readonly int told_stop

    cdef int go(self) except -1 nogil
    cdef int one(self) except -1 nogil
    cdef int disagrees(self) except -1 nogil
