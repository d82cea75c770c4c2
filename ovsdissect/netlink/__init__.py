"""Netlink's own framing: cooked header, nlmsghdr, genlmsghdr, several messages a record, errors and extended ACKs.  Knows no family."""
