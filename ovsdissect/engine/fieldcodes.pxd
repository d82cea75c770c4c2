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

    FAMILY_NAME = 0
    REQUEST_ATTRS = 1
    OTHERS = 2
