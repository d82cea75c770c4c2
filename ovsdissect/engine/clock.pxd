# C types of clock.py.

from ovsdissect.engine.output cimport Output

cdef class Clock:
    cdef unsigned char[::1] iso
    cdef unsigned char[::1] epoch
    cdef long long second
    cdef long long time

    cdef int set(self, long long second) except -1 nogil
    cdef int two(self, int at, long long value) except -1 nogil
    cdef int write(self, Output output, long long time) except -1 nogil
    cdef int nanoseconds(self, Output output) except -1 nogil
