"""The numbers that tables of columns and the back end agree on.  `columncodes.pxd` says the same to C; a test holds the two equal."""

from __future__ import annotations

from typing import Final

ENTRY: Final = 8  # integers of an entry

# Headers: what a value of every message is.
OF_KIND: Final = 0  # the command of the tables, or BARE or ANSWER
OF_NUMBER: Final = 1
OF_RECORD: Final = 2
OF_PLACE: Final = 3  # in the record
OF_SIZE: Final = 4  # messages in the record
OF_TIME: Final = 5  # nanoseconds
OF_LENGTH: Final = 6
OF_TYPE: Final = 7
OF_FLAGS: Final = 8
OF_SEQUENCE: Final = 9
OF_PORTID: Final = 10
OF_PROTOCOL: Final = 11
OF_INTERFACE: Final = 12
OF_ORDER: Final = 13  # 1: of a big-endian host
OF_START: Final = 14  # where the message stands in its record
OF_DATAPATH: Final = 15
OF_VERSION: Final = 16
OF_ERROR: Final = 17  # of an error, an acknowledgement, the end of a dump
OF_REQUEST: Final = 18  # number of the message that it answers
OF_REQUESTED: Final = 19  # the command of that
OF_REQUESTED_FAMILY: Final = 20  # the family of that
OF_CONVERSATION: Final = 21

# Attributes: what is kept of one.
VALUE: Final = 32  # a number of up to 64 bits, or one slice of it
PRESENCE: Final = 33
SIZE: Final = 34
CONTENT: Final = 35  # two columns: its bytes, or the first of them: where they begin in `bytes`, and how many they are
ENDING: Final = 36  # the same of the last of them
DIGEST: Final = 37  # two columns: 128 bits

# Items of a tuple that is made of a row.
ITEM: Final = 3  # integers of an item
CONSTANT: Final = 64  # an object
SIGNED_ITEM: Final = 65  # a number, None where there is none
UNSIGNED_ITEM: Final = 66
OR_ZERO: Final = 67  # an unsigned number, 0 where there is none
TRUTH: Final = 68  # whether there is a value
BYTES_ITEM: Final = 69  # bytes, None where there are none
OR_EMPTY: Final = 70  # bytes, b"" where there are none
DIGEST_ITEM: Final = 71  # a digest as 16 bytes, None where there is none
OF_HOST: Final = 72  # the lower 32 bits of a number, plus the conversation's number times 2**32
NESTED: Final = 73  # a tuple of other items
CALLED: Final = 74  # what a function makes of bytes and the byte order; it is given None where there are none
NUMBERS_ITEM: Final = 75  # a tuple of unsigned numbers in columns that stand side by side, None where one is missing
ORDER_ITEM: Final = 76  # "little" or "big"
