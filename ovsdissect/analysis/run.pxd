# C types of run.py.

cimport cython

from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.exchange cimport Asked, Request
from ovsdissect.analysis.facts cimport Fact, FlowFact
from ovsdissect.analysis.ports cimport Counters
from ovsdissect.analysis.side cimport Side
from ovsdissect.analysis.sides cimport Sides
from ovsdissect.analysis.table cimport Table
from ovsdissect.analysis.transactions cimport Transactions, is_dump
from ovsdissect.analysis.upcalls cimport Upcalls

cdef int ACTION, DATAPATH_REPLY, DATAPATH_REQUEST, DEL_CMD, DONE, ERROR, EXECUTE, FLOW_DEL, FLOW_GET, FLOW_REPLY, FLOW_SET, MISS, OFFLOAD
cdef int CONVERSATION_SHIFT, LAST_OF_DATAPATHS, PUT, REPLY, REQUEST, VPORT_REPLY, VPORT_REQUEST

cdef class Analysis:
    cdef public Sides sides
    cdef public Transactions transactions
    cdef public object timeline
    cdef public Upcalls upcalls
    cdef public object failures
    cdef public long long messages
    cdef public object first_ns
    cdef public long long last_ns
    cdef public long long flow_dumps
    cdef public long long modifies
    cdef public long long flushes
    cdef public list offloads
    cdef public bint cut_short
    cdef public long long offload_count
    cdef dict _names
    cdef long long _due_ns

    @cython.locals(fact=Fact, due=cython.longlong)
    cpdef feed(self, batch)
    cdef long long _advance(self, long long now_ns) except? 1
    cdef _see(self, Fact fact)
    cdef _set(self, Fact fact)
    @cython.locals(side=Side)
    cdef _delete(self, Fact fact)
    cdef _get(self, Fact fact)
    @cython.locals(asked=Asked, table=Table)
    cdef _flow_reply(self, Fact fact)
