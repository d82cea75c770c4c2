# C types of latency.py.

cdef class Histogram:
    cdef public dict counts
    cdef public long long n
    cdef public long long max

    cpdef add(self, long long duration)


cpdef step(duration)
