# C types of fieldcolumns.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.columns cimport Columns
from ovsdissect.engine.fieldcells cimport FieldCells
from ovsdissect.engine.fieldcodes cimport *
from ovsdissect.engine.jsonvalue cimport Json
from ovsdissect.engine.names cimport Names
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.subject cimport Subject
from ovsdissect.engine.walk cimport Walk

cdef class FieldColumns(BackEnd):
    cdef readonly Columns heads
    cdef Json json
    cdef Subject subject
    cdef const int[::1] states
    cdef const int[::1] targets
    cdef const int[::1] steps
    cdef const int[::1] roots
    cdef const int[::1] others
    cdef const int[::1] families
    cdef int extack
    cdef readonly FieldCells cells

    cdef int message(self) except -1 nogil
    cdef int text(self, int column, int row, int start) except -1 nogil
    cdef int headers(self, int row) except -1 nogil
    cdef int family_name(self, int other, int kind, int row) except -1 nogil
    cdef int names(self, int row) except -1 nogil
    cdef int known(self, Names names, int slot, int other, int row) except -1 nogil
    cdef int answered(self, int row) except -1 nogil
    cdef int members(self, int state, int first, int last, int row) except -1 nogil
    cdef int take(self, int s, int n, int row) except -1 nogil
    cdef int elements(self, int n, int column, int row) except -1 nogil
    cdef int object(self, int n, int column, int row) except -1 nogil
