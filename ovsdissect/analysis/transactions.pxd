# C types of transactions.py.

cimport cython

from ovsdissect.analysis.exchange cimport Asked, Request
from ovsdissect.analysis.facts cimport Fact

cdef class Sequence:
    cdef long long seq
    cdef long long run
    cdef bint handles
    cdef long long gap
    cdef long long gap_at


cdef class Transactions:
    cdef public long long replies
    cdef public long long unmatched
    cdef public list strays
    cdef public long long skipped
    cdef public list skips
    cdef dict _sequences
    cdef public list unanswered
    cdef dict _due
    cdef object _start_ns
    cdef set _under_way
    cdef bint _lasts
    cdef long long _last_pid
    cdef unsigned int _last_seq
    cdef int _last_kind
    cdef Asked _last_asked
    cdef dict _dumps
    cdef dict _new
    cdef dict _old
    cdef long long _until_ns

    cpdef advance(self, long long now_ns)
    cpdef finish(self, long long now_ns)
    cdef _lack(self, Asked asked)
    cpdef request(self, Fact fact, what, bint probe=*)
    cpdef Asked answer(self, Fact fact)
    cpdef stray(self, Fact fact)
    cpdef note(self, Fact fact, Asked asked)
    @cython.locals(sequence=Sequence, step=cython.longlong)
    cdef _follow(self, Fact fact, bint handles)
    cdef _note(self, Fact fact, Asked asked)
    cdef _dump(self, long long pid, unsigned int seq, Request request)
    @cython.locals(dump=Request)
    cpdef Asked find(self, long long pid, long long seq, int kind)
    cpdef Request done(self, long long pid, long long seq)


cpdef bint is_dump(Fact fact)
