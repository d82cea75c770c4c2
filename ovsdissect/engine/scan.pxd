# C types of scan.py.

cdef class Scan:
    # of each record
    cdef long long[::1] times
    cdef unsigned long long[::1] begins
    cdef unsigned int[::1] captured
    cdef unsigned int[::1] wire
    # of each message
    cdef unsigned int[::1] record
    cdef unsigned int[::1] offset
    cdef unsigned short[::1] type
    cdef unsigned short[::1] command
    cdef readonly int records
    cdef readonly int messages
    cdef readonly int position
    cdef readonly long long number
    cdef int begin
    cdef int end
    cdef int at
    cdef bint generic
    cdef readonly bint big
    cdef readonly bint odd
    cdef readonly int odd_length

    cdef int order(self, const unsigned char[::1] data, int link_type, long long wire, bint host_big, bint told) except -2 nogil
    cdef int whole(self, const unsigned char[::1] data, int first, bint big) except -1 nogil
    cdef bint fill(self, const unsigned char[::1] data, int size, long long start, bint file_big, bint host_big, bint told, long long tick, int header, int link_type) except -1 nogil
    cdef int cooked(self, const unsigned char[::1] data, int link_type) except -1 nogil
    cdef unsigned int number32(self, const unsigned char[::1] data, int at, bint big) except? 0xE7C1A9B3 nogil
    cdef int number16(self, const unsigned char[::1] data, int at, bint big) except -1 nogil
