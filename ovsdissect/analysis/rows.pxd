# C types of rows.py.

from ovsdissect.analysis.factcolumns cimport *
from ovsdissect.analysis.facts cimport Fact, FlowFact, PacketFact
from ovsdissect.engine.columns cimport Columns

cdef class Rows:
    cdef Columns columns
    cdef list families
    cdef list commands
    cdef const int[::1] events
    cdef int replies
    cdef unsigned long long[::1] halves
    cdef public long long last_number
    cdef public long long last_time
    cdef public long long until_number
    cdef public long long until_time
    cdef public bint relative
    cdef readonly bint ended

    cdef Fact fact(self, int n)
    cdef Fact offload(self, int n)
    cdef int place(self, Fact found, int n) except -1
    cdef PacketFact packet(self, int n)
    cdef FlowFact flow(self, int n)
    cdef object datapath(self, int n)
    cdef object vport(self, int n)
    cdef long long number(self, int row, int column)
    cdef unsigned long long natural(self, int row, int column)
    cdef long long of_host(self, int row, int column)
    cdef bint there(self, int row, int column) except -1
    cdef object order(self, int row)
    cdef bytes octets(self, int row, int column)
    cdef bytes digest(self, int row, int column)
