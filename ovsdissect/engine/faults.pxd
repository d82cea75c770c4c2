# C types of faults.py.

from ovsdissect.engine.codes cimport *

cdef class Faults:
    cdef int[::1] rows
    cdef int count
    cdef public bint accepted

    cdef int add(self, int kind, int token, int start, int length, int number, int row) except -1 nogil
