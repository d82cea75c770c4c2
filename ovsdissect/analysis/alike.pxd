# C types of alike.py.

cimport cython

cdef int PLAIN
cdef int LONGEST
cdef int RUN


cdef class Alike:
    cdef public long long dp
    cdef public str order
    cdef list _models
    cdef dict _latest

    @cython.locals(size=cython.int, number=cython.int, packed=bytes)
    cpdef bytes pack(self, bytes key)
    @cython.locals(size=cython.int, at=cython.int, start=cython.int, model=bytes)
    cdef bytes _differences(self, int number, bytes key)
    @cython.locals(size=cython.int, at=cython.int, start=cython.int, model=bytes)
    cpdef bytes unpack(self, bytes packed)
