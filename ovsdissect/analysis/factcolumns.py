"""The columns that the engine fills for the analyses: which column holds which value of a message.

After the columns of all messages, each family uses the rest in its own way. factcolumns.pxd declares the same numbers for C.
"""

from __future__ import annotations

from typing import Final

# of every message
H_KIND: Final = 0
H_NUMBER: Final = 1
H_RECORD: Final = 2
H_PLACE: Final = 3
H_SIZE: Final = 4
H_TIME: Final = 5
H_TYPE: Final = 6
H_FLAGS: Final = 7
H_SEQ: Final = 8
H_PID: Final = 9
H_DP: Final = 10
H_PROTOCOL: Final = 11
H_CONVERSATION: Final = 12
H_ORDER: Final = 13

# of ovs_packet; a payload or digest takes two columns
P_KEY: Final = 14
P_KEY_DIGEST: Final = 16
P_IN_PORT: Final = 18
P_RECIRC_ID: Final = 19
P_DIGEST: Final = 20
P_LENGTH: Final = 22
P_HEAD: Final = 23
P_TAIL: Final = 25
P_HASH: Final = 27
P_ACTIONS: Final = 28
P_USERDATA: Final = 30
P_UPCALL_PID: Final = 32
P_PROBE: Final = 33

# of ovs_flow
F_KEY: Final = 14
F_KEY_DIGEST: Final = 16
F_MASK: Final = 18
F_ACTIONS: Final = 20
F_UFID: Final = 22
F_UFID_FLAGS: Final = 24
F_PROBE: Final = 25
F_CLEAR: Final = 26
F_PACKETS: Final = 27
F_BYTES: Final = 28
F_USED: Final = 29
F_TCP_FLAGS: Final = 30

# of ovs_datapath; hit, missed, lost and flows are adjacent
D_NAME: Final = 14
D_STATS: Final = 16
D_PIDS: Final = 20

# of ovs_vport
V_NAME: Final = 14
V_TYPE: Final = 16
V_PORT_NO: Final = 17
V_PIDS: Final = 18
V_SUCCESS: Final = 20
V_FAIL: Final = 21
