# C types of tree.py.

cimport cython

@cython.final
cdef class Tree:
    cdef public object data
    cdef public str order
    cdef public list problems
    cdef public Py_ssize_t limit
    cdef public Py_ssize_t left
    cdef public bint cut
    cdef int _depth

    cpdef problem(self, kind, path, Py_ssize_t offset, Py_ssize_t length, text)
    @cython.locals(
        stop=Py_ssize_t, offset=Py_ssize_t, at=Py_ssize_t, after=Py_ssize_t, length=Py_ssize_t, kind=int, whole=Py_ssize_t,
        padding=Py_ssize_t, single=bint, ordered=bint, numbered=bint, nodes=list, seen=dict, table=dict,
    )
    cpdef tuple attrs(self, attrs, Py_ssize_t start, Py_ssize_t end, path)
    cpdef list remains(self, Py_ssize_t offset, Py_ssize_t end, name, path)
    cpdef value(self, row, wire, name, Py_ssize_t start, Py_ssize_t end, path)
    cpdef undecoded(self, Py_ssize_t start, Py_ssize_t end, name=*, row=*)
    cpdef tuple read(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple cut_off(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple payload(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple bad_length(self, row, wire, Py_ssize_t start, Py_ssize_t end, path, text=*)
    cpdef tuple scalar(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple text(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple set(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple struct(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef list members(self, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple array(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple options(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple variant(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)
    cpdef tuple masked(self, row, wire, Py_ssize_t start, Py_ssize_t end, path)


cpdef entry(attrs, number, order)
