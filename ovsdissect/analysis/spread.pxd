# C types of spread.py.

cimport cython

from ovsdissect.analysis.distinct cimport Distinct

cdef class Field:
    cdef public Distinct values
    cdef public Distinct without
    cdef public dict flows


cdef class Masked:
    cdef public bytes name
    cdef public bytes mask
    cdef public dict hashes
    cdef public Field field

    @cython.locals(found=object)
    cpdef hash(self, bytes value)


cdef class Plan:
    cdef public object bits
    cdef public object heads
    cdef public object unpack
    cdef public list fields
    cdef public Distinct flows


cdef class Spread:
    cdef dict _fields
    cdef dict _plans
    cdef dict _flows
    cdef int _count

    @cython.locals(plan=Plan, one=Masked, whole=cython.ulonglong, one_hash=cython.ulonglong, hashes=list, at=cython.int)
    cpdef add(self, bytes key, bytes mask, str order)
    @cython.locals(plan=Plan, plans=list, number=object, made=Plan)
    cdef Plan _plan(self, bytes key, bytes mask, str order)
