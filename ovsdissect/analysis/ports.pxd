# C types of ports.py.

cimport cython

from ovsdissect.analysis.latency cimport Histogram
from ovsdissect.analysis.room cimport Room

cdef class Port:
    cdef public long long dp
    cdef public object port_no
    cdef public str name
    cdef public object type
    cdef public tuple pids
    cdef public long long miss
    cdef public long long action
    cdef public long long in_window
    cdef public long long peak
    cdef public long long polls
    cdef public object success
    cdef public object fail
    cdef public object between
    cdef public tuple _last
    cdef public long long _at_poll
    cdef public Histogram latencies

    cpdef took(self, long long duration)


cdef class Counters:
    cdef public long long dp
    cdef public Port rest
    cdef Room _room
    cdef public str name
    cdef public dict ports
    cdef public tuple pids
    cdef public long long most_pids
    cdef public tuple fewest_pids
    cdef public object no_pid
    cdef public object pids_at
    cdef public bint vport_pids
    cdef public long long miss
    cdef public long long action
    cdef public long long polls
    cdef public long long polls_equal
    cdef public long long resets
    cdef public object hit
    cdef public object missed
    cdef public object lost
    cdef public object compared
    cdef public object first_poll
    cdef public object last_poll
    cdef public long long last_poll_ns
    cdef public object n_flows
    cdef public list losses
    cdef public long long late_misses
    cdef public tuple _last
    cdef public long long _miss_at_first
    cdef public long long _miss_at_last
    cdef public list _last_miss_ns
    cdef public long long in_window
    cdef public long long peak
    cdef public long long peak_number
    cdef public long long peak_ns
    cdef public long long neighbours_in_window
    cdef public Port peak_port
    cdef public double peak_share
    cdef public double peak_neighbours

    @cython.locals(found=Port)
    cpdef Port port(self, port_no)
    cpdef before_poll(self, long long time_ns)
    cpdef busiest(self, Port port, long long number, long long time_ns)
