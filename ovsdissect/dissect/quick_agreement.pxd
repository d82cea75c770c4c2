# C types of quick_agreement.py.

cpdef bint agrees(key, bytes packet) except -1
cdef bint _network(dict values, bytes packet, Py_ssize_t at) except -1
cdef bint _transport(dict values, bytes packet, Py_ssize_t at) except -1
cdef bint _neighbour(key, bytes packet, Py_ssize_t at, Py_ssize_t end) except -1
