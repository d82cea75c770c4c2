# C types of listline.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.answersummary cimport AnswerSummary
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.cells cimport Cells
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.headercells cimport HeaderCells
from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.problems cimport LONGEST_PROBLEM, Problems
from ovsdissect.engine.subject cimport Subject
from ovsdissect.engine.summary cimport Summary
from ovsdissect.engine.timecells cimport TimeCells
from ovsdissect.engine.walk cimport Walk

cdef class ListLines(BackEnd):
    cdef readonly TimeCells times
    cdef Cells cells
    cdef HeaderCells headers
    cdef Summary summary
    cdef Subject subject
    cdef Problems problems
    cdef AnswerSummary answers
    cdef const int[::1] what
    cdef const int[::1] says
    cdef const int[::1] families
    cdef const unsigned char[::1] down
    cdef const unsigned char[::1] up
    cdef const int[::1] interfaces
    cdef const unsigned char[::1] names
    cdef int interface_count
    cdef int columns
    cdef int down_length
    cdef int up_length
    cdef int down_more
    cdef int up_more
    cdef bint everything
    cdef readonly long long hidden
    cdef readonly long long hidden_errors

    cdef int message(self) except -1 nogil
    cdef int line(self) except -1 nogil
    cdef int growth(self) except -1 nogil
    cdef int tone(self) except -1 nogil
    cdef int cell(self, int place) except -1 nogil
    cdef int arrow(self) except -1 nogil
    cdef int family(self) except -1 nogil
    cdef int cmd(self) except -1 nogil
    cdef unsigned int datapath_number(self) except? 0xE7C1A9B3 nogil
    cdef int port(self) except -1 nogil
    cdef int datapath(self) except -1 nogil
    cdef int faulty(self) except -1 nogil
    cdef int command(self) except -2 nogil
    cdef int passed_over(self) except -1 nogil
    cdef int said(self) except -1 nogil
