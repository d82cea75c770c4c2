# C types of topattributes.py.

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.defects cimport goes_on, undeclared
from ovsdissect.engine.reader cimport Reader

cdef int read_message(Reader reader, int command, int start, int end, int missing, bint request) except -1 nogil
cdef int unused(Reader reader, int start, int end, unsigned long long numbers, int first) except -1 nogil
cdef int absent(Reader reader, int start, unsigned long long numbers, int first) except -1 nogil
