"""Netlink's own framing: cooked header, nlmsghdr, genlmsghdr, several messages per record, errors and extended ACKs. Knows no family."""
