# C types of index.py.

cimport cython

from ovsdissect.analysis.entry cimport Entry

cdef int LEAST
cdef int BITS
cdef unsigned long long ALL

@cython.locals(value=cython.ulonglong, at=cython.int)
cpdef unsigned long long half(bytes identity, int start) except? 0


cdef class Index:
    cdef long long _count
    cdef int _power
    cdef unsigned long long _one
    cdef unsigned long long _two
    cdef list _slots

    cdef _clear(self, int power)
    cdef long long _home(self, unsigned long long first, unsigned long long second)
    @cython.locals(first=cython.ulonglong, second=cython.ulonglong, slots=list, mask=cython.longlong, at=cython.longlong, entry=Entry)
    cpdef Entry get(self, bytes identity)
    cpdef add(self, Entry entry)
    @cython.locals(slots=list, mask=cython.longlong, at=cython.longlong)
    cdef _place(self, Entry entry)
    @cython.locals(slots=list, mask=cython.longlong, at=cython.longlong, hole=cython.longlong, other=Entry)
    cpdef remove(self, Entry entry)
    @cython.locals(entry=Entry, before=list)
    cdef _resize(self, int power)
