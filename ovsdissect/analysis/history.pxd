# C types of history.py.

cdef class History:
    cdef public long long put
    cdef public long long puts
    cdef public object deleted_ns
    cdef public bint missed

    cpdef delete(self, long long time_ns)
