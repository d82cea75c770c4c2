# C types of body.py.

from ovsdissect.tree.tree cimport Tree

cpdef list generic(Tree tree, family, Py_ssize_t start, Py_ssize_t end, path)
cpdef list done(Tree tree, flags, Py_ssize_t start, Py_ssize_t end)
