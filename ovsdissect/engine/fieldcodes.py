"""The numbers that tables of fields and their back end agree on. `fieldcodes.pxd` repeats them for C; a test compares the two."""

from __future__ import annotations

from typing import Final

STATE: Final = 3  # integers of a state: the first row that it knows, how many follow, where its targets begin
TARGET: Final = 2  # integers of a target: its first step, and how many
STEP: Final = 4  # integers of a step: what is done, the column, two parameters

# What is done with a token.
NUMBER: Final = 0  # its number, in two's complement if signed
SLICE: Final = 1  # some of its bits: the lowest, and how many
LENGTH: Final = 2  # its length in bytes
THERE: Final = 3  # 1: it is present
SPELLED: Final = 4  # the text of its value in JSON
DIGITS: Final = 5  # its bytes in hex
OCTETS: Final = 6  # its bytes
OBJECT: Final = 7  # the JSON text of its value
IDENTIFIER: Final = 9  # like SLICE, as a number in hex
ELEMENTS: Final = 10  # the elements of a list of numbers of 32 bits
BELOW: Final = 8  # descend into it, with the state that the first parameter names

# Columns that no token fills; -1 if they are not wanted.
FAMILY_NAME: Final = 0  # of a message of a family that is not decoded; of an answer, its request's
REQUEST_ATTRS: Final = 1  # the JSON text of the attributes that an error echoes
SORT: Final = 2  # 0 a message, 1 an error, 2 an acknowledgement, 3 the end of a dump
ABOUT_FAMILY: Final = 3  # the message's family; of an answer, its request's
ABOUT_COMMAND: Final = 4  # the command, likewise
KIND_AND_FLAGS: Final = 5  # its kind, by number of a word in the tables, times 2**16, plus nlmsg_flags
REQUEST_FAMILY_NAME: Final = 6  # the name of the request's family, if that is not decoded
DATAPATH_NAME: Final = 7
PORT_NAME: Final = 8
OTHERS: Final = 9
