# C types of output.py.

cdef void _two_digits(unsigned char *into, unsigned int value) noexcept nogil

cdef class Output:
    cdef const unsigned char[::1] texts
    cdef unsigned char[::1] out
    cdef readonly int capacity
    cdef readonly int used

    cdef int room(self, int length) except -1 nogil
    cdef int char(self, int code) except -1 nogil
    cdef int literal(self, char *text) except -1 nogil
    cdef int text(self, int at, int length) except -1 nogil
    cdef int key(self, int at, int length) except -1 nogil
    cdef int raw(self, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef int decimal(self, unsigned long long value) except -1 nogil
    cdef int eight(self, unsigned int value) except -1 nogil
    cdef int integer(self, long long value) except -1 nogil
    cdef int padded(self, unsigned int value, int digits) except -1 nogil
    cdef int hex_digits(self, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef int hex_number(self, unsigned long long value) except -1 nogil
    cdef int hex_byte(self, int value) except -1 nogil
    cdef int ipv4(self, const unsigned char[::1] data, int at) except -1 nogil
    cdef int ipv6(self, const unsigned char[::1] data, int at) except -1 nogil
    cdef int mac(self, const unsigned char[::1] data, int at) except -1 nogil
    cdef int uuid(self, const unsigned char[::1] data, int at, bint big_words) except -1 nogil
    cdef int label(self, const unsigned char[::1] data, int at, bint big) except -1 nogil
