"""The numbers that the tables and the compiled modules agree on.  `codes.pxd` says the same to C; a test holds the two equal."""

from __future__ import annotations

from typing import Final

# Operations of wire types: what a reader does with a payload.  Leaves come first; SET and what follows it are made of other values.
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

# Tokens that are no leaf.
OPEN_OBJECT: Final = -1
OPEN_LIST: Final = -2
CLOSE_OBJECT: Final = -3
CLOSE_LIST: Final = -4
PLAIN_BYTES: Final = -5

# Widths of the tables' rows and of a token, in integers.
WIRE: Final = 8
ROW: Final = 5
PART: Final = 5
COMMAND: Final = 16
TOKEN: Final = 5

# Why a pass stopped.
END: Final = 0  # the buffer holds no further whole record
FULL: Final = 1  # take the output
ASK: Final = 2  # this message is the tree's
ODD: Final = 3  # the rest of this record is the tree's
TOLD: Final = 4  # the message was dealt with, and it tells a name: of a family, a datapath or a port
BLOCK: Final = 5  # a pcapng block that is no plain packet
INTERFACE: Final = 6  # the record is of another conversation than the one before
MET: Final = 7  # a message was met

# What a message is, where it has no command of a decoded family.
UNKNOWN: Final = -1  # the tree's
BARE: Final = -2  # headers only: another protocol, or a family that is not decoded
ANSWER: Final = -3  # an error, an acknowledgement or the end of a dump

# What a command tells a name of, and what else a reply may do with it.
TELLS_FAMILY: Final = 1
TELLS_DATAPATH: Final = 2
TELLS_PORT: Final = 3
TELLS_DELETED: Final = 4  # added to one of these
TELLS_KEY: Final = 8  # of a flow, where the pass wants to know

# How records stand in a buffer.
PCAP: Final = 0
PCAPNG: Final = 1

# Limits.  tables.py asserts that what it makes keeps within them.
MAX_TOKENS: Final = 16384
MAX_DEPTH: Final = 31  # of attributes below those of a message: ovsdissect.tree.tree.MAX_DEPTH counts these too
DEEP: Final = 1000  # no depth
MAX_ATTRIBUTE: Final = 62
RESERVE: Final = 1024  # bytes of output that a leaf needs at most beside two digits for each byte of its payload
RING: Final = 4096  # requests that are remembered, a power of two
NAMES: Final = 256  # names that a table holds room for at first, a power of two
BODY: Final = 16384  # bytes that are kept of a request
BODIES: Final = 1048576  # bytes that are kept of all of them
