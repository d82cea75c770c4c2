"""The numbers that the tables of Open vSwitch's text and the modules that write it agree on.

`odp_codes.pxd` repeats them for C; a test compares the two.
"""

from __future__ import annotations

from typing import Final

# The status of a text.
WRITTEN: Final = 0
REFUSED: Final = 1  # ovsdissect.odp must write it
NO_ROOM: Final = 2  # take the output, then call again

# Used instead of a mask's offset if there is no mask: every bit counts, or none does.
EXACT: Final = -1
WILDCARD: Final = -2

# Used instead of the length that OVS insists on if it checks none.
NO_SIZE: Final = -2

# Which bits of a mask are set.
NO_BITS: Final = 0
SOME_BITS: Final = 1
ALL_BITS: Final = 2

# How a number or an address, and its mask, is written (odp/styles.py).
DECIMAL: Final = 0  # 5, mask 0xf
HASH_HEX: Final = 1  # 0x5, and 0 for zero
HEX_FOUR: Final = 2  # 0x0800
DOTTED: Final = 3
IPV6_TEXT: Final = 4
COLONS: Final = 5
HASH_HEX_WIDE: Final = 6  # 128 bits in host byte order
FLOW_LABEL: Final = 7  # 20 bits; a mask of these is full
FRAGMENT: Final = 8
BARE_HEX: Final = 9  # 0x0 for zero, no mask
HEX_NUMBER: Final = 10  # 0x0 for zero
HEX_ID: Final = 11  # like HEX_NUMBER; without a mask only in verbose text
PORT_NAME: Final = 12  # cookies only
TRUTH: Final = 13  # cookies only: 1 for anything but zero

# What an attribute of a key has in its parentheses (odp/words.py); those from KEY_ENCAP on hold attributes.
NO_TEXT: Final = 0
KEY_NUMBER: Final = 1
KEY_FLAGS: Final = 2
KEY_FIELDS: Final = 3
KEY_BYTES: Final = 4
KEY_PORT: Final = 5
KEY_VLAN: Final = 6
KEY_PACKET_TYPE: Final = 7
KEY_MPLS: Final = 8
KEY_ENCAP: Final = 9
KEY_TUNNEL: Final = 10
KEY_NSH: Final = 11

# The same for the attributes of a tunnel.
PART_NUMBER: Final = 1
PART_SILENT: Final = 2
PART_VXLAN: Final = 3
PART_GENEVE: Final = 4
PART_ERSPAN: Final = 5
PART_GTPU: Final = 6

# The same for actions; those from ACTION_SAMPLE on hold actions.
ACTION_WORD: Final = 1
ACTION_NUMBER: Final = 2
ACTION_OUTPUT: Final = 3
ACTION_USERSPACE: Final = 4
ACTION_SET: Final = 5
ACTION_SET_MASKED: Final = 6
ACTION_PUSH_VLAN: Final = 7
ACTION_HASH: Final = 8
ACTION_PUSH_MPLS: Final = 9
ACTION_CT: Final = 10
ACTION_PUSH_ETH: Final = 11
ACTION_PUSH_NSH: Final = 12
ACTION_PSAMPLE: Final = 13
ACTION_TNL_POP: Final = 14
ACTION_SAMPLE: Final = 15
ACTION_CLONE: Final = 16
ACTION_CHECK_PKT_LEN: Final = 17
ACTION_DEC_TTL: Final = 18

# Cookies of userspace actions.
COOKIE_PLAIN: Final = 1
COOKIE_SFLOW: Final = 2
COOKIE_SLOW_PATH: Final = 3
COOKIE_FLOW_SAMPLE: Final = 4

# The lines of messages.
LINE_UPCALL: Final = 1
LINE_EXECUTE: Final = 2
LINE_PUT: Final = 3
LINE_DEL: Final = 4
LINE_GET: Final = 5

# Widths of the tables' rows, in integers.
WORD: Final = 10
FIELD: Final = 6
SLICE: Final = 6
ACTION: Final = 6
COOKIE: Final = 6
PLACE: Final = 3
MESSAGE: Final = 13

# Indexes, in a message's row, of the numbers of its top attributes; -1 there if its family lacks the attribute.
MESSAGE_KEY: Final = 3
MESSAGE_MASK: Final = 4
MESSAGE_ACTIONS: Final = 5
MESSAGE_PROBE: Final = 6
MESSAGE_MRU: Final = 7
MESSAGE_UFID: Final = 8
MESSAGE_STATS: Final = 9
MESSAGE_USED: Final = 10
MESSAGE_TCP_FLAGS: Final = 11
MESSAGE_CLEAR: Final = 12

# Where the attributes of one set are noted: each place has room for SLOTS attributes; masks of nested keys use the first places.
DEEPEST_KEY: Final = 3
AT_TUNNEL: Final = 3
AT_VXLAN: Final = 4
AT_NSH: Final = 5
AT_NSH_MASK: Final = 6
AT_ACTION: Final = 7
AT_NAT: Final = 8
PLACES: Final = 9
SLOTS: Final = 64
DEEPEST_ACTION: Final = 12  # nested lists of actions

# Attributes of sets that are not written in the order received, by their index in the sets' lists in odp_tables.py.
NSH_BASE: Final = 0
NSH_MD1: Final = 1
NSH_MD2: Final = 2
CT_COMMIT: Final = 0
CT_FORCE_COMMIT: Final = 1
CT_ZONE: Final = 2
CT_MARK: Final = 3
CT_LABELS: Final = 4
CT_HELPER: Final = 5
CT_TIMEOUT: Final = 6
CT_NAT: Final = 7
NAT_SRC: Final = 0
NAT_DST: Final = 1
NAT_IP_MIN: Final = 2
NAT_IP_MAX: Final = 3
NAT_PROTO_MIN: Final = 4
NAT_PROTO_MAX: Final = 5
NAT_PERSISTENT: Final = 6
NAT_HASH: Final = 7
NAT_RANDOM: Final = 8
USERSPACE_PID: Final = 0
USERSPACE_USERDATA: Final = 1
USERSPACE_ACTIONS: Final = 2
USERSPACE_PORT: Final = 3
SAMPLE_PROBABILITY: Final = 0
SAMPLE_ACTIONS: Final = 1
CHECK_SIZE: Final = 0
CHECK_GREATER: Final = 1
CHECK_LESS_EQUAL: Final = 2
DEC_TTL_ACTIONS: Final = 0
PSAMPLE_GROUP: Final = 0
PSAMPLE_COOKIE: Final = 1

# The longest text of an attribute or an action, apart from the text of its bytes, and of one of these bytes; odp_tables.py asserts it.
LONGEST_TEXT: Final = 1024
LONGEST_BYTE: Final = 16
