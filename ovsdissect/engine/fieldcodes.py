"""The numbers that tables of fields and their back end agree on.  `fieldcodes.pxd` says the same to C; a test holds the two equal."""

from __future__ import annotations

from typing import Final

STATE: Final = 3  # integers of a state: the first row that it knows, how many follow, where their targets begin
TARGET: Final = 2  # integers of a target: its first step, and how many
STEP: Final = 4  # integers of a step: what is done, the column, two more

# What is done with a token.
NUMBER: Final = 0  # its number, in two's complement where it is signed
SLICE: Final = 1  # some bits of it: their lowest, and how many
LENGTH: Final = 2  # how many bytes it has
THERE: Final = 3  # 1
SPELLED: Final = 4  # the text that its value is in JSON
DIGITS: Final = 5  # its bytes in hex
OCTETS: Final = 6  # its bytes
OBJECT: Final = 7  # the JSON text of its value
IDENTIFIER: Final = 9  # as SLICE, as a number in hex
ELEMENTS: Final = 10  # the elements of a list of numbers, 32 bits each
BELOW: Final = 8  # what is in it, in the state that the first of the two says

# Columns that no token makes: -1 where they are not asked for.
FAMILY_NAME: Final = 0  # of a message of a family that is not decoded, of an answer that of its request
REQUEST_ATTRS: Final = 1  # the JSON text of the attributes that an error echoes
SORT: Final = 2  # 0 a message, 1 an error, 2 an acknowledgement, 3 the end of a dump
ABOUT_FAMILY: Final = 3  # the family that it is of, of an answer that of its request
ABOUT_COMMAND: Final = 4  # the same of the command
KIND_AND_FLAGS: Final = 5  # what it is in the tables' words times 2**16, and nlmsg_flags
REQUEST_FAMILY_NAME: Final = 6  # the name of the family of the request, where that is not decoded
DATAPATH_NAME: Final = 7
PORT_NAME: Final = 8
OTHERS: Final = 9
