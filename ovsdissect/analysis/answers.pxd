# C types of answers.py.

from ovsdissect.analysis.exchange cimport Execute, Open, Put
from ovsdissect.analysis.pairing cimport Pairing

cpdef reason(Open upcall)
cpdef slow_path(Open upcall)
cpdef sort(Open upcall, Pairing pairing, end)
cdef _why(Open upcall, str flow, str packet, Pairing pairing, end)
cdef _not_put(Open upcall, Pairing pairing)
