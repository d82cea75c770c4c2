# C types of compounds.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.reading cimport Reading

cdef int masked_set(Reading reading, int w, int row, int start, int end) except -1 nogil
cdef int options(Reading reading, int w, int row, int start, int end) except -1 nogil
cdef int variant(Reading reading, int w, int row, int start, int end) except -1 nogil
