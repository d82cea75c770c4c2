# C types of handlers.py.

cdef class Handler:
    cdef public long long pid
    cdef public long long executes
    cdef public long long answers
    cdef public long long max_queue
    cdef public object max_number
    cdef public list gaps
    cdef long long _arrived
    cdef long long _answered
    cdef list _answers
    cdef tuple _last

    cpdef long long answered(self, long long number, long long time_ns, long long execute) except -1
