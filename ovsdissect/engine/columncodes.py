"""The numbers that tables of columns and the back end agree on. `columncodes.pxd` repeats them for C; a test compares the two."""

from __future__ import annotations

from typing import Final

ENTRY: Final = 8  # integers of an entry

# Headers: values that every message has.
OF_KIND: Final = 0  # the number of its command in the tables, or BARE or ANSWER
OF_NUMBER: Final = 1
OF_RECORD: Final = 2
OF_PLACE: Final = 3  # the message's index in its record
OF_SIZE: Final = 4  # number of messages in the record
OF_TIME: Final = 5  # nanoseconds
OF_LENGTH: Final = 6
OF_TYPE: Final = 7
OF_FLAGS: Final = 8
OF_SEQUENCE: Final = 9
OF_PORTID: Final = 10
OF_PROTOCOL: Final = 11
OF_INTERFACE: Final = 12
OF_ORDER: Final = 13  # 1: from a big-endian host
OF_START: Final = 14  # the message's offset in its record
OF_DATAPATH: Final = 15
OF_VERSION: Final = 16
OF_ERROR: Final = 17  # of an error, an acknowledgement or the end of a dump
OF_REQUEST: Final = 18  # number of the message that this one answers
OF_REQUESTED: Final = 19  # that message's command
OF_REQUESTED_FAMILY: Final = 20  # that message's family
OF_CONVERSATION: Final = 21

# Attributes: what is kept of one.
VALUE: Final = 32  # a number of up to 64 bits, or one slice of its bits
PRESENCE: Final = 33
SIZE: Final = 34
CONTENT: Final = 35  # two columns: the offset of its bytes, or the first of them, in `bytes`, and how many they are
ENDING: Final = 36  # the same for its last bytes
DIGEST: Final = 37  # two columns: the halves of a 128-bit digest
