# C types of fieldcells.py.

from ovsdissect.engine.output cimport Output

cdef class FieldCells:
    cdef Output output
    cdef readonly int width
    cdef readonly int step
    cdef readonly long long[::1] values
    cdef readonly unsigned char[::1] valid
    cdef readonly int[::1] filled

    cdef int set(self, int column, int row, long long value) except -1 nogil
    cdef int text(self, int column, int row, long long start, int size) except -1 nogil
    cdef int forget(self, int row) except -1 nogil
