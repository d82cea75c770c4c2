# C types of history.py.

cdef class History:
    cdef public long long put
    cdef public long long deleted_ns
    cdef public int puts
    cdef public bint gone
    cdef public bint missed
