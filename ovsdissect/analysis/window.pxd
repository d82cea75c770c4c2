# C types of window.py.

cimport cython

from ovsdissect.analysis.ports cimport Counters, Port

cdef class Window:
    cdef public long long peak
    cdef object _upcalls

    @cython.locals(other=Port, of=Counters, before=cython.longlong, was=cython.bint)
    cpdef count(self, Counters counters, Port port, long long number, long long time_ns, bytes head)
