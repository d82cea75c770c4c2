# C types of subject.py.

cpdef dp_ifindex(message)
cpdef datapath_name(message)
cpdef told_port(message)
cpdef port_name(message)
