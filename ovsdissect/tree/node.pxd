# C types of node.py.

cpdef plain(node, opaque)
cpdef _set(node, opaque)
cpdef dict _struct(node, opaque)
cpdef dict _members(node, opaque)
