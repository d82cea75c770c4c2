# C types of pairing.py.

cimport cython

from ovsdissect.analysis.exchange cimport Execute, Open, Put
from ovsdissect.analysis.facts cimport PacketFact, plain_hash
from ovsdissect.analysis.history cimport Histories

cdef int EARLY, FIRST, LATE, WAITING
cdef int DELETED_NS, MISSED, PUT, STATE, THERE
cdef long long NEVER

cdef class Pairing:
    cdef dict _open
    cdef dict _answered
    cdef dict _waiting
    cdef dict _by_hash
    cdef object _recent
    cdef public Histories histories
    cdef dict _recirculated
    cdef long long _mean_ns
    cdef bint _seen
    cdef bint _hashed

    @cython.locals(fact=PacketFact, value=object, key=tuple)
    cpdef upcall(self, Open upcall)
    @cython.locals(histories=Histories, row=cython.int)
    cdef _await(self, Open miss, bytes key)
    @cython.locals(row=cython.int, values="long long[:, ::1]", waiting=list, eligible=list, miss=Open, chosen=Open, key=bytes)
    cpdef put(self, Put put)
    @cython.locals(recent_ns=cython.longlong, found=Open, miss=Open, all_recent=cython.bint)
    cdef Open _next(self, list eligible, Put put, long long before)
    @cython.locals(row=cython.int)
    cpdef refused(self, Put put)
    @cython.locals(value=object)
    cpdef str execute(self, Execute execute, PacketFact fact, Put put)
    @cython.locals(time_ns=cython.longlong, unanswered=list, upcall=Open, chosen=Open, oldest=Open, last=Open, before=Open)
    cdef str _by_packet(self, Execute execute, tuple key, Put put)
    @cython.locals(most=cython.longlong, chosen=Open, first=Open, upcall=Open)
    cdef Open _oldest_of_youngest(self, list unanswered)
    @cython.locals(alike=list, unanswered=list, upcall=Open, chosen=Open, time_ns=cython.longlong)
    cdef str _changed(self, Execute execute, in_port, value)
    @cython.locals(upcall=Open, other=PacketFact, time_ns=cython.longlong, head=bytes, tail=bytes)
    cdef bint _carried_out(self, Execute execute, PacketFact fact) except -1
    cpdef recirculates(self, Execute execute, PacketFact fact, tuple recircs)
    @cython.locals(time_ns=object, number=object)
    cdef _find_parent(self, Open upcall)
    @cython.locals(fact=PacketFact, value=object, key=tuple)
    cpdef forget(self, Open upcall)
    @cython.locals(row=cython.int, key=bytes)
    cpdef bint followed(self, Open miss) except -1


cdef tuple _key(Open upcall)
@cython.locals(upcall=Open)
cdef bint _another(list unanswered, Open chosen) except -1
cdef _further(Open upcall, Execute execute)
cdef _move(Put put, Open miss)
@cython.locals(equal=object)
cdef _insert(dict index, key, Open upcall)
@cython.locals(equal=object)
cdef list _all(dict index, key)
@cython.locals(equal=object)
cdef _drop(dict index, key, Open upcall)
