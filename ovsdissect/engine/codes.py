"""The numbers that the tables and the compiled modules agree on. `codes.pxd` repeats them for C; a test compares the two."""

from __future__ import annotations

from typing import Final

# Operations of wire types: what a reader does with a payload. Leaves come first; SET and those after it are made of other values.
REFUSE: Final = 0
UINT: Final = 1
INT: Final = 2
HEX: Final = 3
ENUM: Final = 4
FLAGS: Final = 5
BITS: Final = 6
LABEL: Final = 7
IPV4: Final = 8
IPV6: Final = 9
MAC: Final = 10
UUID: Final = 11
WORDS: Final = 12
BYTES: Final = 13
PACKET: Final = 14
TEXT: Final = 15
FLAG: Final = 16
PAD: Final = 17
SET: Final = 18
LIST: Final = 19
STRUCT: Final = 20
ARRAY: Final = 21
OPTIONS: Final = 22
VARIANT: Final = 23
MASKED: Final = 24
MASKED_SET: Final = 25
SIZED: Final = 26
KEYED: Final = 27

# Tokens that are not leaves.
OPEN_OBJECT: Final = -1
OPEN_LIST: Final = -2
CLOSE_OBJECT: Final = -3
CLOSE_LIST: Final = -4
PLAIN_BYTES: Final = -5
BAD_BYTES: Final = -6  # the same for a value that is not of its type: its length is wrong, or the capture cut it

# Widths of the tables' rows and of a token, in integers.
WIRE: Final = 8
ROW: Final = 5
PART: Final = 5
COMMAND: Final = 18
TOKEN: Final = 5
FAULT: Final = 6

# Why a pass stopped.
END: Final = 0  # the buffer holds no further whole record
FULL: Final = 1  # the output must be taken
ASK: Final = 2  # the tree must handle this message
ODD: Final = 3  # the tree must handle the rest of this record
TOLD: Final = 4  # the message was processed, and it names a family, a datapath or a port
BLOCK: Final = 5  # a pcapng block that is not a plain packet
INTERFACE: Final = 6  # the record belongs to another conversation than the one before
MET: Final = 7  # a message was found

# What a message is if it has no command of a decoded family.
UNKNOWN: Final = -1  # the tree must tell
BARE: Final = -2  # headers only: another protocol, or a family that is not decoded
ANSWER: Final = -3  # an error, an acknowledgement or the end of a dump

# Whose name a command's messages tell, and what else a reply may do with it.
TELLS_FAMILY: Final = 1
TELLS_DATAPATH: Final = 2
TELLS_PORT: Final = 3
TELLS_DELETED: Final = 4  # added to one of these: the name is deleted
TELLS_KEY: Final = 8  # the key of a flow, if the pass wants to know it

# What is wrong with a message that the reader reads all the same: indexes in ovsdissect.problem.ProblemKind.
TRUNCATED: Final = 0
BAD_LENGTH: Final = 1
ALIEN: Final = 2
DUPLICATE: Final = 3
MISSING: Final = 7
UNEXPECTED: Final = 8
SHORT: Final = 16  # bad-length too: the message ends inside its headers

# The row of a token whose key is that of a fault: this number, less the fault's index.
KEY_OF_FAULT: Final = -1000

# The layout of records in a buffer.
PCAP: Final = 0
PCAPNG: Final = 1

# Limits. tables.py asserts that its tables keep within them.
MAX_TOKENS: Final = 16384
MAX_DEPTH: Final = 31  # of attributes below those of a message; ovsdissect.tree.tree.MAX_DEPTH counts these too
DEEP: Final = 1000  # deeper than any attribute
MAX_ATTRIBUTE: Final = 62
NO_LIMIT: Final = 0x7FFFFFFF  # where captured bytes end if the capture did not cut the message
MAX_FAULTS: Final = 8  # of one message; the tree reads one that has more
RESERVE: Final = 1024  # bytes of output that a leaf needs at most, apart from two digits for each byte of its payload
RING: Final = 4096  # number of requests remembered, a power of two
NAMES: Final = 256  # initial capacity of a table of names, a power of two
BODY: Final = 16384  # bytes kept of one request
BODIES: Final = 1048576  # bytes kept of all requests, a power of two
LONGER: Final = 4  # times as long are the rings of a pass ahead, a power of two
