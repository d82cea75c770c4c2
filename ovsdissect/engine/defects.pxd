# C types of defects.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reading cimport Reading

cdef int undeclared(Reading reading, int w, int kind, int start, int length) except -1 nogil
cdef int bad_length(Reading reading, int row, int start, int end, int size) except -1 nogil
cdef int part_of_struct(Reading reading, int w, int row, int start, int end) except -1 nogil
cdef int alien(Reading reading, int w, int kind, int start, int length, bint ordered) except -1 nogil
cdef int repeated(Reading reading, int row, int start, int length) except -1 nogil
cdef int goes_on(Reading reading, int token, int at, int end) except -1 nogil
cdef int cut_off(Reading reading, int wire, int row, int start, int end) except -1 nogil
