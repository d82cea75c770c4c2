# C types of room.py.

cdef class Room:
    cdef public long long most
    cdef public long long left
    cdef public long long refused

    cpdef bint take(self) except -1
