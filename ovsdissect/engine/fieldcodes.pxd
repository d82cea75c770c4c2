# C types of fieldcodes.py: the numbers, as C constants.

cdef enum:
    STATE = 3
    TARGET = 2
    STEP = 4

    NUMBER = 0
    SLICE = 1
    LENGTH = 2
    THERE = 3
    SPELLED = 4
    DIGITS = 5
    OCTETS = 6
    OBJECT = 7
    BELOW = 8
    IDENTIFIER = 9
    ELEMENTS = 10

    FAMILY_NAME = 0
    REQUEST_ATTRS = 1
    SORT = 2
    ABOUT_FAMILY = 3
    ABOUT_COMMAND = 4
    KIND_AND_FLAGS = 5
    REQUEST_FAMILY_NAME = 6
    DATAPATH_NAME = 7
    PORT_NAME = 8
    OTHERS = 9
