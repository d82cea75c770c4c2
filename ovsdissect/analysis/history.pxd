# C types of history.py.

cimport cython

from ovsdissect.analysis.index cimport half

cdef int BITS, LEAST, WIDTH


cdef class Generation:
    cdef public long long[:, ::1] values
    cdef public int count
    cdef int[::1] _slots
    cdef unsigned long long[:, ::1] _keys
    cdef unsigned long long _one
    cdef unsigned long long _two
    cdef int _power

    cdef _make(self, int power)
    @cython.locals(mask=cython.longlong, at=cython.longlong, row=cython.int)
    cdef long long _slot(self, unsigned long long first, unsigned long long second) except -1
    cpdef int find(self, unsigned long long first, unsigned long long second) except -2
    @cython.locals(row=cython.int)
    cpdef int add(self, unsigned long long first, unsigned long long second) except -2
    @cython.locals(row=cython.int, column=cython.int, count=cython.int)
    cdef _double(self)


cdef Generation NOTHING


cdef class Histories:
    cdef public long long[:, ::1] values
    cdef int _half
    cdef Generation _new
    cdef Generation _old

    @cython.locals(first=cython.ulonglong, second=cython.ulonglong, row=cython.int, before=cython.int, column=cython.int, old=Generation)
    cpdef int find(self, bytes key) except -2
    cpdef int add(self, bytes key) except -2
    @cython.locals(row=cython.int)
    cdef int _add(self, unsigned long long first, unsigned long long second) except -2
    @cython.locals(row=cython.int)
    cpdef delete(self, bytes key, long long time_ns)
