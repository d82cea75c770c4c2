"""Services over UDP that matter to a switch: BFD and DHCP."""

from __future__ import annotations

from typing import Final

from ovsdissect.frame.layer import Header, Items, Protocol, bit, bits, repeated
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, HEX_BE32, IPV4, MAC, TEXT, U8, Int, Octets, Pad, Part

BFD_STATES: Final = {0: "admin down", 1: "down", 2: "init", 3: "up"}
BFD_HEAD: Final = Header(
    bits("B", Part("version", 5, 3, doc="Version."), Part("diag", 0, 5, doc="Diagnostic.")),
    bits(
        "B",
        Part("sta", 6, 2, doc="State: 0 admin down, 1 down, 2 init, 3 up."),
        Part("flags", 0, 8, doc="State and flags."),
        bit("flags.p", 5, "Poll."),
        bit("flags.f", 4, "Final."),
        bit("flags.c", 3, "Control plane independent."),
        bit("flags.a", 2, "Authentication present."),
        bit("flags.d", 1, "Demand."),
        bit("flags.m", 0, "Multipoint."),
    ),
    Member("detect_time_multiplier", U8, "Detection time multiplier."),
    Member("message_length", U8, "Length."),
    Member("my_discriminator", HEX_BE32, "Discriminator of the sender."),
    Member("your_discriminator", HEX_BE32, "Discriminator of the receiver."),
    Member("desired_min_tx_interval", BE32, "Microseconds."),
    Member("required_min_rx_interval", BE32, "Microseconds."),
    Member("required_min_echo_interval", BE32, "Microseconds."),
)
BFD: Final = Protocol("bfd", "Bidirectional forwarding detection.", BFD_HEAD)

DHCP_TYPES: Final = {1: "discover", 2: "offer", 3: "request", 4: "decline", 5: "ack", 6: "nak", 7: "release", 8: "inform"}
DHCP_HEAD: Final = Header(
    Member("type", Int("B", {1: "request", 2: "reply"}), "Operation."),
    Member("hw.type", U8, "Hardware type."),
    Member("hw.len", U8, "Length of a hardware address in bytes."),
    Member("hops", U8, "Hops."),
    Member("id", HEX_BE32, "Transaction."),
    Member("secs", BE16, "Seconds since the client started."),
    bits(">H", Part("flags", 0, 16, doc="Flags."), bit("flags.bc", 15, "Broadcast.")),
    Member("ip.client", IPV4, "Client address."),
    Member("ip.your", IPV4, "Address for the client."),
    Member("ip.server", IPV4, "Next server."),
    Member("ip.relay", IPV4, "Relay agent."),
    Member("hw.mac_addr", MAC, "Client hardware address."),
    Member("hw.addr_padding", Pad(10)),
    Member("server", Octets("text", 64, TEXT.value), "Server name."),
    Member("file", Octets("text", 128, TEXT.value), "Boot file."),
    Member("cookie", HEX_BE32, "Magic cookie."),
)


def _addresses(doc: str) -> Header:
    return Header(rest=repeated("ip", Header(Member("addr", IPV4, "Address.")), doc))


DHCP_OPTIONS: Final = Member(
    "option",
    Items(
        Header(Member("type", U8, "Type."), Member("length", U8, "Length of the value.")),
        lambda head: (head[0], 2 + head[1]),
        {
            1: Header(Member("subnet_mask", IPV4, "Subnet mask.")),
            3: _addresses("Routers."),
            6: _addresses("DNS servers."),
            12: Header(rest=Member("hostname", TEXT, "Host name.")),
            50: Header(Member("requested_ip_address", IPV4, "Requested address.")),
            51: Header(Member("ip_address_lease_time", BE32, "Seconds.")),
            53: Header(Member("dhcp", Int("B", DHCP_TYPES), "DHCP message type.")),
            54: Header(Member("dhcp_server_id", IPV4, "Server.")),
            61: Header(rest=Member("client_id", BYTES, "Client identifier.")),
        },
        bare=frozenset((0, 255)),
        last=255,
    ),
    "Options.",
)
DHCP: Final = Protocol("dhcp", "DHCP and BOOTP.", DHCP_HEAD, DHCP_OPTIONS)

PROTOCOLS: Final = (BFD, DHCP)


def bfd(walk: Walk, start: int, end: int) -> Next | None:
    """A BFD control packet; authentication stays payload."""
    if walk.read(BFD, BFD_HEAD, start, end) is None:
        return None
    walk.layer(BFD, start, BFD_HEAD.nodes(walk.data, start))
    return Next("none", 0, start + BFD_HEAD.size, end)


def dhcp(walk: Walk, start: int, end: int) -> Next | None:
    """A DHCP message."""
    if walk.read(DHCP, DHCP_HEAD, start, end) is None:
        return None
    nodes, after = DHCP_HEAD.nodes(walk.data, start), start + DHCP_HEAD.size
    if after < end:
        nodes.append(walk.value(DHCP_OPTIONS, after, end, f"{walk.coming('dhcp')}.option"))
    walk.layer(DHCP, start, nodes)
    return None
