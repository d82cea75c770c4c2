# The numbers of columncodes.py for C.

cdef enum:
    ENTRY = 8
    OF_KIND = 0
    OF_NUMBER = 1
    OF_RECORD = 2
    OF_PLACE = 3
    OF_SIZE = 4
    OF_TIME = 5
    OF_LENGTH = 6
    OF_TYPE = 7
    OF_FLAGS = 8
    OF_SEQUENCE = 9
    OF_PORTID = 10
    OF_PROTOCOL = 11
    OF_INTERFACE = 12
    OF_ORDER = 13
    OF_START = 14
    OF_DATAPATH = 15
    OF_VERSION = 16
    OF_ERROR = 17
    OF_REQUEST = 18
    OF_REQUESTED = 19
    OF_REQUESTED_FAMILY = 20
    OF_CONVERSATION = 21
    VALUE = 32
    PRESENCE = 33
    SIZE = 34
    CONTENT = 35
    ENDING = 36
    DIGEST = 37
