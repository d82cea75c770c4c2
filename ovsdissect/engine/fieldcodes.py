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
BELOW: Final = 8  # what is in it, in the state that the first of the two says

# Columns that no token makes: -1 where they are not asked for.
FAMILY_NAME: Final = 0  # of a message of a family that is not decoded
REQUEST_ATTRS: Final = 1  # the JSON text of the attributes that an error echoes
OTHERS: Final = 2
