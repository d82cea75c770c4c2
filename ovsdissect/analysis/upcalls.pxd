# C types of upcalls.py.

cimport cython

from ovsdissect.analysis.actions cimport Actions, Lists
from ovsdissect.analysis.answers cimport sort
from ovsdissect.analysis.churn cimport Comings
from ovsdissect.analysis.entry cimport Entry
from ovsdissect.analysis.exchange cimport Execute, Open, Put
from ovsdissect.analysis.facts cimport Fact, FlowFact, PacketFact
from ovsdissect.analysis.handlers cimport Handler
from ovsdissect.analysis.ports cimport Counters, Port
from ovsdissect.analysis.side cimport Side
from ovsdissect.analysis.sides cimport Sides
from ovsdissect.analysis.transactions cimport Transactions
from ovsdissect.analysis.window cimport Window

cdef int MISS, EEXIST, OPEN, SOME
cdef long long NEVER, FINAL_NS, UNANSWERED_NS, CYCLE_NS

cdef class Upcalls:
    cdef public object executes
    cdef public object puts
    cdef public list unpaired
    cdef public Window window
    cdef public bint cut
    cdef public long long hurried
    cdef Sides _sides
    cdef Transactions _transactions
    cdef object _sink
    cdef object _timeline
    cdef Lists _lists
    cdef object _queue
    cdef dict _last_puts

    cpdef upcall(self, PacketFact fact)
    cpdef put(self, FlowFact fact)
    @cython.locals(handler=Handler)
    cpdef execute(self, PacketFact fact)
    @cython.locals(upcall=Open, waits=cython.bint)
    cpdef advance(self, long long now_ns)
    cpdef finish(self, long long last_ns)
    @cython.locals(side=Side, put=Put, execute=Execute, took_ns=cython.longlong, queue=cython.longlong)
    cdef _final(self, Open upcall, end)
