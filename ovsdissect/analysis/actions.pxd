# C types of actions.py.

cdef class Actions:
    cdef public bint drop
    cdef public object slow_path
    cdef public tuple recircs


cdef class Lists:
    cdef dict _known

    cpdef Actions of(self, bytes data, str order)
