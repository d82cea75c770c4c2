# C types of output.py, and the short methods that other modules inline.

from libc.string cimport memcpy, strlen

cdef void _two_digits(unsigned char *into, unsigned int value) noexcept nogil

cdef class Output:
    cdef const unsigned char[::1] texts
    cdef unsigned char[::1] out
    cdef readonly int capacity
    cdef readonly int used

    cdef inline int room(self, int length) except -1 nogil:
        return self.used + length <= self.capacity

    cdef inline int char(self, int code) except -1 nogil:
        self.out[self.used] = <unsigned char>code
        self.used += 1
        return 0

    cdef inline int literal(self, char *text) except -1 nogil:
        # the compiler knows the length of a constant
        cdef int length = <int>strlen(text)
        if length:
            self.out[self.used + length - 1] = 0
            memcpy(&self.out[self.used], text, length)
        self.used += length
        return 0

    cdef inline int text(self, int at, int length) except -1 nogil:
        if length <= 16:
            memcpy(&self.out[self.used], &self.texts[at], 16)
        else:
            memcpy(&self.out[self.used], &self.texts[at], length)
        self.used += length
        return 0

    cdef inline int key(self, int at, int length) except -1 nogil:
        # there is room for the comma and the text; the last byte written is read to see whether a comma is needed
        cdef unsigned char *into = &self.out[self.used - 1]
        cdef int comma = into[0] != 123 and into[0] != 91  # { [
        into[1] = 44
        if length <= 16:
            memcpy(into + 1 + comma, &self.texts[at], 16)
        else:
            memcpy(into + 1 + comma, &self.texts[at], length)
        self.used += comma + length
        return 0

    cdef int raw(self, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef inline int decimal(self, unsigned long long value) except -1 nogil:
        return self.char(48 + <int>value) if value < 10 else self.digits(value)

    cdef int digits(self, unsigned long long value) except -1 nogil
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
