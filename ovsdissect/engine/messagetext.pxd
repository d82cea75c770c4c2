# C types of messagetext.py.

from ovsdissect.engine.actiontext cimport ActionText
from ovsdissect.engine.fieldtext cimport FieldText
from ovsdissect.engine.flowtext cimport FlowText
from ovsdissect.engine.odp_codes cimport *
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader

cdef class MessageText:
    cdef Reader reader
    cdef Output output
    cdef FieldText fields
    cdef FlowText flows
    cdef ActionText lists
    cdef const int[::1] messages
    cdef const int[::1] letters
    cdef int letter_count
    cdef bint named
    cdef bint line_named
    cdef bint log_skips
    cdef int wanted
    cdef bint doubtful
    cdef MessageText past
    cdef int asked

    cdef int texts(self, int command, int flags, bint answers) except -1 nogil
    cdef int begin(self, char *name) except -1 nogil
    cdef int there(self, int number) except -1 nogil
    cdef int key(self, int number, bint named) except -1 nogil
    cdef int actions(self, int number, bint named) except -1 nogil
    cdef int line(self, int row, int flags, bint answers) except -1 nogil
    cdef int execute(self, int row) except -1 nogil
    cdef int put(self, int row, int flags) except -1 nogil
    cdef int deleted(self, int row) except -1 nogil
    cdef int answered(self, MessageText reply, int row) except -1 nogil
    cdef int told(self, int row) except -1 nogil
    cdef int logged(self, int row) except -1 nogil
    cdef bint identified(self, int number) except -1 nogil
    cdef int ufid(self, int number, char *after) except -1 nogil
    cdef int stats(self, int row) except -1 nogil
