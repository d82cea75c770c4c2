"""The numbers that a filter's tables and the evaluator agree on. `matchcodes.pxd` repeats them for C; a test compares the two."""

from __future__ import annotations

from typing import Final

# Truth values.
NO: Final = 0
YES: Final = 1
UNSURE: Final = 2  # the tree must decide

# Widths of the tables' rows, in integers.
NODE: Final = 3
CONDITION: Final = 5
STATE: Final = 8
PAIR: Final = 2
SLICE: Final = 3
RULE: Final = 8
TEST: Final = 6
RANGE: Final = 3

# Nodes.
ALL: Final = 0
ANY: Final = 1
NOT: Final = 2
LEAF: Final = 3
LEFT_OPEN: Final = 4

# What a condition tests.
CHOICE: Final = 0  # one of a few values, each with its answer
NUMBER: Final = 1  # a number in the headers
NAME: Final = 2  # the name of a family; for an answer, its request's
REQUESTED_NAME: Final = 7  # the name of the request's family
ATTRIBUTES: Final = 3
ECHOED: Final = 4  # the attributes of the request that an error echoes
EXTENDED: Final = 5  # the attributes of an extended ACK
AHEAD: Final = 6  # what the whole capture tells about a message
TOLD_PORT: Final = 8  # the port that a message is about
TOLD_DATAPATH: Final = 9  # the datapath that a message is about

# How many of the values must pass.
SOME: Final = 0
EVERY: Final = 1
THERE: Final = 2

# Values from a small set.
KIND: Final = 0
DIRECTION: Final = 1
COMMAND_OF: Final = 2
REQUESTED: Final = 3  # the command of the request
ANSWERS: Final = 5  # whether there is a request
ERRNO: Final = 6
PRESENT: Final = 7  # always true
NUMBERED: Final = 8  # whether there is an error number
PROBLEMS: Final = 9  # false for a message without problems
COMMAND_TOLD: Final = 10  # the command; for an answer, its request's

# Kinds of messages.
MESSAGE: Final = 0
FAILURE: Final = 1
ACKNOWLEDGED: Final = 2
ENDED: Final = 3

# Numbers in the headers.
NUMBER_OF: Final = 0
RECORD_OF: Final = 1
PLACE_OF: Final = 2
TIME_OF: Final = 3
SINCE: Final = 4
PROTOCOL_OF: Final = 5
VERSION_OF: Final = 6
DATAPATH_OF: Final = 7
LENGTH_OF: Final = 8
TYPE_OF: Final = 9
FLAGS_OF: Final = 10
SEQUENCE_OF: Final = 11
PORTID_OF: Final = 12
CAPTURED: Final = 13
ERROR_OF: Final = 14  # of an error, an acknowledgement, the end of a dump
FAILED_OF: Final = 15  # of an error or an acknowledgement
REQUEST_NUMBER: Final = 16
ECHOED_LENGTH: Final = 17
ECHOED_TYPE: Final = 18
ECHOED_FLAGS: Final = 19
ECHOED_SEQUENCE: Final = 20
ECHOED_PORTID: Final = 21
INTERFACE_OF: Final = 22
RESERVED_OF: Final = 23

# What a rule compares.
NUMBERS: Final = 0
OCTETS: Final = 1
NAMED: Final = 2  # the name that a number has in the capture

# Tests of bytes.
EQUAL: Final = 0
UNEQUAL: Final = 1
LESS: Final = 2
NOT_MORE: Final = 3
MORE: Final = 4
NOT_LESS: Final = 5
BETWEEN: Final = 6
CONTAINS: Final = 7
HAS: Final = 8
FILLED: Final = 9
NONZERO: Final = 10
ALWAYS: Final = 11
NEVER: Final = 12
OPEN_TEST: Final = 13

# Places in the grammar.
NOWHERE: Final = -1
SAME: Final = -2  # an element of a list of actions: the object with a single key

# What a value at a place is compared with.
UNWANTED: Final = 0
BY_TYPE: Final = 1  # the rule of its type
PASSES: Final = 2  # nothing: it always passes
FAILS: Final = 3  # nothing: it never passes
BY_LENGTH: Final = 4  # its length is compared, by the rule of its type

UNDECLARED: Final = 63  # the bit for attributes that the set does not declare, which only the tree knows

SCRATCH: Final = 65536
