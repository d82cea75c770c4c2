# C types of jsonline.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.clock cimport Clock
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.jsonvalue cimport Json
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.problems cimport LONGEST_PROBLEM, Problems
from ovsdissect.engine.subject cimport Subject
from ovsdissect.engine.walk cimport Walk

cdef class JsonLines(BackEnd):
    cdef Clock clock
    cdef Subject subject
    cdef Json json
    cdef Problems problems
    cdef const int[::1] family_texts
    cdef const int[::1] protocols
    cdef const int[::1] errors
    cdef const int[::1] families
    cdef const int[::1] route_flags
    cdef int plain_flags
    cdef int ack_flags
    cdef int get_flags
    cdef int dump_flags
    cdef bint everything
    cdef readonly long long hidden
    cdef readonly long long hidden_errors
    cdef bint array

    cdef int message(self) except -1 nogil
    cdef int line(self) except -1 nogil
    cdef int head(self) except -1 nogil
    cdef int decoded(self) except -1 nogil
    cdef int bare(self) except -1 nogil
    cdef int family(self, int kind) except -1 nogil
    cdef int protocol(self) except -1 nogil
    cdef int names(self) except -1 nogil
    cdef int name(self, Names names, int slot) except -1 nogil
    cdef int asked(self) except -1 nogil
    cdef int answers(self) except -1 nogil
    cdef int answered(self) except -1 nogil
    cdef int request(self) except -1 nogil
