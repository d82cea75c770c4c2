# C types of cells.py.

from ovsdissect.engine.listcodes cimport *
from ovsdissect.engine.output cimport Output

cdef class Cells:
    cdef Output output
    cdef int form
    cdef const int[::1] columns
    cdef int last
    cdef int width
    cdef const int[::1] styles
    cdef const unsigned char[::1] begins
    cdef const unsigned char[::1] ellipsis
    cdef int ellipsis_length
    # the line
    cdef int begun
    cdef int start
    cdef int left
    cdef int tone

    cdef int begin(self, int tone) except -1 nogil
    cdef int open(self, int place) except -1 nogil
    cdef int close(self, int place, int more) except -1 nogil
    cdef int end(self) except -1 nogil
    cdef int insert(self, int at, int count) except -1 nogil
    cdef int spaces(self, int at, int count) except -1 nogil
    cdef int pad(self, int place, int more) except -1 nogil
    cdef int quote(self) except -1 nogil
    cdef int paint(self, int place, int more) except -1 nogil
