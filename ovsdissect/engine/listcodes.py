"""The numbers that the tables and the compiled modules of list lines agree on. `listcodes.pxd` repeats them for C; a test compares the two.
"""

from __future__ import annotations

from typing import Final

# Layers of a packet, named after their dissectors in ovsdissect.frame.chain.
LAYER_ETHERNET: Final = 1
LAYER_LLC: Final = 2
LAYER_VLAN: Final = 3
LAYER_MPLS: Final = 4
LAYER_ARP: Final = 5
LAYER_IPV4: Final = 6
LAYER_IPV6: Final = 7
LAYER_OPTIONS: Final = 8  # hop-by-hop and destination options
LAYER_ROUTING: Final = 9
LAYER_FRAGMENT: Final = 10
LAYER_AH: Final = 11
LAYER_ESP: Final = 12
LAYER_TCP: Final = 13
LAYER_UDP: Final = 14
LAYER_SCTP: Final = 15
LAYER_ICMP: Final = 16
LAYER_ICMPV6: Final = 17
LAYER_IGMP: Final = 18
LAYER_VXLAN: Final = 19
LAYER_GPE: Final = 20
LAYER_GENEVE: Final = 21
LAYER_GRE: Final = 22
LAYER_ERSPAN: Final = 23
LAYER_NSH: Final = 24
LAYER_LLDP: Final = 25
LAYER_STP: Final = 26
LAYER_SLOW: Final = 27
LAYER_LACP: Final = 28
LAYER_CFM: Final = 29
LAYER_BFD: Final = 30
LAYER_DHCP: Final = 31
LAYER_TREE: Final = 32  # a layer that only the tree reads

# Where the tables of the layers that may follow begin.
AFTER_ETHERTYPE: Final = 0
AFTER_UDP: Final = 65536
AFTER_IPV4: Final = 131072
AFTER_IPV6: Final = 131328
AFTER_NEXTPROTO: Final = 131584
AFTER_LLC: Final = 131840
AFTER_SLOW: Final = 132096
AFTER_TCP: Final = 132352
AFTER_END: Final = 197888

# Tables of words for one-byte numbers, 256 entries each.
WORDS_PROTOCOL: Final = 0
WORDS_ICMP: Final = 1
WORDS_ICMPV6: Final = 2
WORDS_IGMP: Final = 3
WORDS_CHUNK: Final = 4
WORDS_BPDU: Final = 5
WORDS_CFM: Final = 6
WORDS_BFD: Final = 7
WORDS_DHCP: Final = 8
WORDS_ARP: Final = 9
WORDS_TABLES: Final = 10

LAYER: Final = 4  # integers of a layer: kind, start, end of what it may hold, a number specific to the kind
MOST_LAYERS: Final = 64  # ovsdissect.frame.chain.MAX_LAYERS

# Phrases about ports, datapaths, meters, limits and families.
PHRASE_ASK: Final = 0  # left to the tree
PHRASE_NUMBER: Final = 1
PHRASE_TEXT: Final = 2  # in quotes
PHRASE_WORD: Final = 3
PHRASE_ENUM: Final = 4
PHRASE_FLAGS: Final = 5
PHRASE_COUNTERS: Final = 6
PHRASE_ELEMENTS: Final = 7
PHRASE_COUNT: Final = 8
PHRASE_OPTIONS: Final = 9
PHRASE_LOST: Final = 10
PHRASE_BANDS: Final = 11
PHRASE_LIMITS: Final = 12
PHRASE_POLICIES: Final = 13
PHRASE_GROUPS: Final = 14
PHRASE_FAMILY: Final = 15

PHRASE: Final = 8  # integers of a phrase: form, attribute, texts before and after and their lengths, first counter, number of counters
COUNTER: Final = 4  # integers of a counter: its index among a struct's tokens, text before, its length, 1 if zero is left out
MOST_ELEMENTS: Final = 4  # ovsdissect.text.configuration.MOST_ELEMENTS

# Summaries of a command's messages.
SAYS_CONFIGURATION: Final = 0
SAYS_FLOW: Final = 1
SAYS_MISS: Final = 2
SAYS_ACTION: Final = 3
SAYS_EXECUTE: Final = 4
SAYS_GET: Final = 1  # the verb
SAYS_DEL: Final = 2

SAYS: Final = 7  # integers of a command: form, 1 if it can ask for everything, verb, family, name, the name's length, tone

# How cells are put together into a line.
FORM_ALIGNED: Final = 0
FORM_SEPARATED: Final = 1  # comma-separated values
FORM_PAINTED: Final = 2  # aligned, cut to the width of a terminal

# Columns.
COLUMN_NUMBER: Final = 0
COLUMN_RECORD: Final = 1
COLUMN_TIME: Final = 2
COLUMN_DIRECTION: Final = 3
COLUMN_FAMILY: Final = 4
COLUMN_CMD: Final = 5
COLUMN_DATAPATH: Final = 6
COLUMN_PORT: Final = 7
COLUMN_SUMMARY: Final = 8
# the columns that are header fields
COLUMN_INDEX: Final = 9
COLUMN_KIND: Final = 10
COLUMN_PROTOCOL: Final = 11
COLUMN_VERSION: Final = 12
COLUMN_DP_IFINDEX: Final = 13
COLUMN_LEN: Final = 14
COLUMN_TYPE: Final = 15
COLUMN_FLAGS: Final = 16
COLUMN_SEQ: Final = 17
COLUMN_PID: Final = 18
COLUMN_RECORD_LENGTH: Final = 19
COLUMN_TIME_RELATIVE: Final = 20
COLUMN_INTERFACE: Final = 21

# What a time is relative to.
TIME_RELATIVE: Final = 0  # the capture's first message
TIME_DELTA: Final = 1  # the line before
TIME_EPOCH: Final = 2  # 1970
TIME_ABSOLUTE: Final = 3  # none: a date

# Tones of a line, as indexes of ovsdissect.text.rows.TONES.
TONE_PROBLEM: Final = 0
TONE_ERROR: Final = 1
TONE_CONTROL: Final = 7
TONE_OTHER: Final = 8
TONES: Final = 9
