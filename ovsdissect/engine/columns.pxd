# C types of columns.py.

from ovsdissect.engine.answers cimport Answer
from ovsdissect.engine.backend cimport BackEnd
from ovsdissect.engine.codes cimport *
from ovsdissect.engine.columncodes cimport *
from ovsdissect.engine.digests cimport Digester
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.walk cimport Walk

cdef class Columns(BackEnd):
    cdef const int[::1] entries
    cdef const int[::1] plans
    cdef const int[::1] chains
    cdef int width
    cdef bint answers
    cdef bint everything
    cdef bint asks_requests
    cdef bint complete
    cdef Digester digester
    cdef readonly int capacity
    cdef readonly int rows
    cdef readonly int used
    cdef readonly long long[::1] values
    cdef readonly unsigned char[::1] valid
    cdef readonly unsigned char[::1] bytes
    cdef int row_step
    cdef int column_step
    cdef long long sized
    cdef int size

    cdef int message(self) except -1 nogil
    cdef int entry(self, int e) except -1 nogil
    cdef int header(self, int e, int what, int column) except -1 nogil
    cdef int set(self, int column, long long value) except -1 nogil
    cdef int find(self, int e) except -2 nogil
    cdef int copy(self, int column, int start, int end) except -1 nogil
    cdef int messages_of_record(self) except -1 nogil
    cdef int families_header(self) except -1 nogil
