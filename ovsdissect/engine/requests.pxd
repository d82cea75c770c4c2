# C types of requests.py.

from ovsdissect.engine.codes cimport *

cdef class Requests:
    cdef readonly long long noted
    cdef long long[::1] heads
    cdef unsigned long long[:, ::1] ring
    cdef unsigned char[::1] bodies
    cdef const unsigned long long[:, ::1] older
    cdef const unsigned char[::1] older_bodies
    cdef long long written, since, kept, full, full_bodies

    cdef int note(self, unsigned long long key, unsigned int sort, int command, long long number, const unsigned char[::1] data, int start, int end) except -1 nogil
    cdef int keep(self, int at, const unsigned char[::1] data, int start, int length) except -1 nogil
    cdef int speak(self, unsigned long long key, unsigned int sort) except -1 nogil
    cdef int find(self, unsigned long long key, unsigned int sort) except -2 nogil
    cdef int latest(self, unsigned long long key, unsigned int protocol) except -2 nogil
    cdef int add(self, unsigned long long key, unsigned int sort, int command, long long number, long long place, int length) except -1 nogil
    cdef int make_room(self) except -1 nogil
    cdef int slot(self, long long entry) except -2 nogil
    cdef unsigned long long cell(self, int slot, int column) except? 0xE7C1A9B35D2F8641 nogil
    cdef int copied(self, const unsigned char[::1] bodies, long long place, int length, unsigned char[::1] into) except -1 nogil
    cdef int bucket(self, unsigned long long key) except -1 nogil
    cdef int recall(self, int slot, unsigned char[::1] into) except -2 nogil
    cdef int octet(self, int slot, int at) except -2 nogil
    cdef unsigned long long number_of(self, int slot) except? 0xE7C1A9B35D2F8641 nogil
    cdef int command_of(self, int slot) except? -99 nogil
    cdef int type_of(self, int slot) except -1 nogil
    cdef unsigned long long place_of(self, int slot) except? 0xE7C1A9B35D2F8641 nogil
    cdef int length_of(self, int slot) except -1 nogil
