# C types of tuples.py.

from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_SET_ITEM

from ovsdissect.engine.codes cimport *
from ovsdissect.engine.columncodes cimport *
from ovsdissect.engine.columns cimport Columns

cdef extern from "Python.h":
    ctypedef struct PyTypeObject
    object PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t count)


cdef inline object empty(object kind, int count):
    """A tuple of a type that has no items yet: each must be put in before anybody else sees it."""
    return PyType_GenericAlloc(<PyTypeObject *> kind, count)


cdef inline object put(object made, int place, object item):
    Py_INCREF(item)
    PyTuple_SET_ITEM(made, place, item)


cdef class Tuples:
    cdef Columns columns
    cdef const int[::1] items
    cdef const int[::1] shapes
    cdef list objects
    cdef list types
    cdef const int[::1] by_command
    cdef dict others
    cdef int kind
    cdef int place
    cdef int type
    cdef int protocol
    cdef int conversation
    cdef int order
    cdef int time
    cdef int flags
    cdef int replies
    cdef unsigned long long[::1] halves
    cdef public long long last_number
    cdef public long long last_time
    cdef public long long until_number
    cdef public long long until_time
    cdef public bint relative
    cdef readonly bint ended

    cdef object row(self, int row, int shape)
    cdef object item(self, int row, int i)
    cdef long long number(self, int row, int column)
    cdef unsigned long long natural(self, int row, int column)
    cdef bint there(self, int row, int column)
    cdef bytes octets(self, int row, int column)
