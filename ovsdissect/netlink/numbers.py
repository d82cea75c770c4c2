"""The sizes of message headers, and the numbers of generic netlink: without the grammar, which takes longer to load than an index."""

from __future__ import annotations

from typing import Final

NETLINK_GENERIC: Final = 16
NLMSG_MIN_TYPE: Final = 16

NLMSGHDR_LEN: Final = 16
GENLMSGHDR_LEN: Final = 4

FIRST: Final = 16  # where the first message in a record of nlmon starts: after the cooked header
