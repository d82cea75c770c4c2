# C types of table.py.

cimport cython

from ovsdissect.analysis.alike cimport Alike
from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.exchange cimport Asked, Request
from ovsdissect.analysis.facts cimport Fact, FlowFact
from ovsdissect.analysis.history cimport Histories
from ovsdissect.analysis.index cimport Index, half
from ovsdissect.analysis.room cimport Room

cdef unsigned long long LONGEST_MS
cdef int NLM_F_CREATE, PUTS
cdef class Clock:
    cdef public bint seen
    cdef public long long least_ns

    @cython.locals(then=cython.longlong, offset=cython.longlong)
    cpdef see(self, unsigned long long used, long long time_ns)


cdef class Table:
    cdef public Index flows
    cdef public Clock clock
    cdef object _ended
    cdef dict _deleted
    cdef object _gone
    cdef dict _dumped
    cdef Alike _kin
    cdef bint _keyed
    cdef Room _room
    cdef dict _shared
    cdef dict _others
    cdef Histories _histories

    cpdef bytes identity(self, FlowFact fact)
    @cython.locals(identity=bytes)
    cpdef Entry there(self, FlowFact fact)
    @cython.locals(identity=bytes, there=Entry, entry=Entry)
    cpdef Entry put(self, FlowFact fact)
    @cython.locals(key=bytes)
    cdef _count(self, Entry entry, FlowFact fact)
    @cython.locals(row=cython.int)
    cdef int _puts(self, bytes key, int more) except? -1
    cdef bytes _remembered(self, Entry entry)
    @cython.locals(entry=Entry, kin=Alike)
    cdef Entry _new(self, FlowFact fact, bytes identity, bint put)
    cdef bytes _once(self, bytes data)
    @cython.locals(key=bytes)
    cpdef refuse(self, Entry entry, Fact fact)
    @cython.locals(identity=bytes, entry=Entry)
    cpdef Entry set(self, FlowFact fact)
    @cython.locals(identity=bytes, entry=Entry)
    cpdef list delete(self, FlowFact fact)
    @cython.locals(entry=Entry)
    cpdef list flush(self, Fact fact, str why)
    @cython.locals(entry=Entry)
    cpdef Entry gone(self, bytes identity, Fact fact)
    cpdef restore(self, Entry entry)
    @cython.locals(entry=Entry)
    cpdef Entry reply(self, FlowFact fact, Asked asked)
    @cython.locals(identity=bytes, entry=Entry, before=Entry)
    cdef Entry _met(self, FlowFact fact, Asked asked)
    @cython.locals(identity=bytes, entry=Entry)
    cpdef last_told(self, FlowFact fact, Asked asked, list entries)
    @cython.locals(entry=Entry)
    cpdef dumped(self, Request asked, bint whole)
    @cython.locals(at=cython.longlong, entry=Entry)
    cpdef forget(self, long long oldest)
    @cython.locals(at=cython.longlong, entry=Entry)
    cpdef finish(self)
    cdef _let_go(self, long long number, Entry entry)
    @cython.locals(identity=bytes, key=bytes)
    cdef _end(self, Entry entry, long long number, long long time_ns, str why)
    @cython.locals(used=object, offset_ns=object)
    cpdef used_ago(self, Entry entry, long long now_ns)


cdef tell(Entry entry, FlowFact fact)
