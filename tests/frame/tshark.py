"""tshark's reading of the packets in packets.py and test_layers.py, and of variants: `python -m tests.frame.tshark` renews it."""

from __future__ import annotations

import random
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

from ovsdissect.frame import fields_table, frame
from ovsdissect.tree.node import fields
from tests.frame.packets import CRAFTED
from tests.frame.test_layers import PACKETS

ANSWERS: Final = Path(__file__).parent / "tshark.tsv"
COMMAND: Final = (
    *("tshark", "-T", "pdml", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE"),
    *("-o", "tcp.relative_sequence_numbers:FALSE", "-r"),
)
# fields that Wireshark calls otherwise
THEIRS: Final[Mapping[str, str]] = {
    "llc.pid": "llc.cisco_pid",
    "ipv6.routing.data": "ipv6.routing.unknown_data",
    "ipv6.routing.reserved": "ipv6.routing.src.reserved",
    "ipv6.routing.addr.addr": "ipv6.routing.src.addr",
    "tcp.options.kind": "tcp.option_kind",
    "tcp.options.len": "tcp.option_len",
    "tcp.options.sack.sack_le": "tcp.options.sack_le",
    "tcp.options.sack.sack_re": "tcp.options.sack_re",
    "sctp.chunk.type": "sctp.chunk_type",
    "sctp.chunk.flags": "sctp.chunk_flags",
    "sctp.chunk.length": "sctp.chunk_length",
    "sctp.chunk.data_tsn": "sctp.data_tsn_raw",
    "sctp.chunk.data_sid": "sctp.data_sid",
    "sctp.chunk.data_ssn": "sctp.data_ssn",
    "sctp.chunk.data_payload_proto_id": "sctp.data_payload_proto_id",
    "sctp.chunk.init_initiate_tag": "sctp.initiate_tag",
    "sctp.chunk.init_credit": "sctp.init_credit",
    "sctp.chunk.init_nr_out_streams": "sctp.init_nr_out_streams",
    "sctp.chunk.init_nr_in_streams": "sctp.init_nr_in_streams",
    "sctp.chunk.init_initial_tsn": "sctp.init_initial_tsn",
    "icmpv6.opt.rdnss.addr": "icmpv6.opt.rdnss",
    "icmpv6.mld.source_address.addr": "icmpv6.mld.source_address",
    "icmpv6.mldr.mar.data": "icmpv6.mldr.mar.source_address",
    "igmp.saddr.addr": "igmp.saddr",
    "igmp.group.record_type": "igmp.record_type",
    "igmp.group.aux_data_len": "igmp.aux_data_len",
    "igmp.group.num_src": "igmp.num_src",
    "igmp.group.maddr": "igmp.maddr",
    "igmp.group.data": "igmp.saddr",
    "geneve.opt_len": "geneve.option.length",
    "geneve.option.data": "geneve.option.unknown.data",
    "nsh.metadata": "nsh.contextheader",
    "lldp.tlv.chassis.id.family": "lldp.network_address.subtype",
    "lldp.tlv.port.id.family": "lldp.network_address.subtype",
    "lldp.tlv.system.cap": "lldp.tlv.system_cap",
    "lldp.tlv.system.cap.enabled": "lldp.tlv.enable_system_cap",
    "lldp.tlv.orgtlv.subtype": "lldp.ieee.802_1.subtype",
    "lacp.tlv.type": "lacp.tlv_type",
    "lacp.tlv.length": "lacp.tlv_length",
    "cfm.itu": "cfm.ccm.itu.t.y1731",
    "cfm.tlv.port.status": "cfm.tlv.port.status.value",
    "cfm.tlv.interface.status": "cfm.tlv.port.interface.value",
    "dns.resp.a": "dns.a",
    "dns.resp.aaaa": "dns.aaaa",
    "dns.resp.cname": "dns.cname",
    "dns.resp.ns": "dns.ns",
    "dns.resp.ptr.domain_name": "dns.ptr.domain_name",
    "dhcp.option.ip.addr": "dhcp.option.value",
    "dhcp.option.client_id": "dhcp.option.value",
    "payload": "data.data",
}
TRIES, SHARE, ENOUGH = 60, 0.1, 4  # variants, fields that one changes, values of a field that are wanted
# what leads tshark to another protocol, or to none
DECIDES: Final = re.compile(
    r"(port|etype|eth\.type|eth#2\.type|proto|proto_type|nxt|next_header|sap|opcode|payload_proto_id|\[\d+\]\.(type|kind|class))$"
)
LISTS: Final = re.compile(
    r"^(lldp)\.tlv\.(?=chassis|port|time|orgtlv)|^(lacp)\.tlv\.(?=actor|partner|collector)|^ipv6\.(hopopts|dstopts)\.opt\."
)


class Said(NamedTuple):
    """One field as tshark says it: its bytes in the packet, its value as text, and those bytes in hex."""

    name: str
    offset: int
    size: int
    show: str
    hexed: str


def wireshark_name(name: str) -> str:
    """What Wireshark calls a field of ours, given without indexes."""
    return THEIRS.get(name) or LISTS.sub(lambda found: f"{found[1] or found[2]}." if found[1] or found[2] else "ipv6.opt.", name)


def ask(packets: list[bytes]) -> Iterator[tuple[str, list[Said]]]:
    """Of each packet its protocols and its fields, as tshark says them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packets.pcap"
        records = b"".join(struct.pack("<IIII", 0, 0, len(one), len(one)) + one for one in packets)
        path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + records)
        told = subprocess.run([*COMMAND, str(path)], capture_output=True, check=True, text=True).stdout
    for packet in ElementTree.fromstring(told):
        found = [
            Said(
                one.get("name", ""), int(one.get("pos", "0")), int(one.get("size", "0")), one.get("show", ""),
                one.get("unmaskedvalue") or one.get("value", ""),
            )
            for one in packet.iter("field")
            if one.get("name")
        ]  # fmt: skip
        yield next(one.show for one in found if one.name == "frame.protocols"), found


def shape(packet: bytes) -> list[tuple[int, int, str]]:
    """Where the fields of a packet stand and what they are called."""
    found = (fields(layer, layer.name) for layer in frame(packet, 0, len(packet)).layers)
    return [(field.offset, field.length, path) for one in found for path, field in one]


def variants(packet: bytes, rng: random.Random) -> Iterator[bytes]:
    """Packets of the same layers with other bits in some fields: of each byte those that change no layer when they are turned alone."""
    same, free = shape(packet), bytearray(len(packet))
    decided = {at for offset, length, path in same if DECIDES.search(path) for at in range(offset, offset + length)}
    for at in set(range(len(packet))) - decided:
        for bit in range(8):
            turned = bytearray(packet)
            turned[at] ^= 1 << bit
            free[at] |= (shape(bytes(turned)) == same) << bit
    for _ in range(TRIES):
        one = bytearray(packet)
        for offset, length, _path in same:
            if rng.random() < SHARE:
                for at in range(offset, offset + length):
                    one[at] = packet[at] ^ free[at] & rng.randrange(256)
        if shape(bytes(one)) == same:
            yield bytes(one)


def alone(packet: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Packets of the same layers in which one bit of an integer of slices is set, or clear, alone; where that integer is."""
    same = shape(packet)
    layers = frame(packet, 0, len(packet)).layers
    found = {(one.offset, one.length) for layer in layers for _, one in fields(layer, layer.name) if one.part is not None}
    for offset, length in sorted(found):
        for bit in range(8 * length):
            for value in (1 << bit, (1 << 8 * length) - 1 ^ 1 << bit):
                one = packet[:offset] + value.to_bytes(length, "big") + packet[offset + length :]
                if one != packet and shape(one) == same:
                    yield one, offset, length


def main() -> None:
    """Write the answers."""
    rng = random.Random("variants")
    wanted = {wireshark_name(field.name) for field in fields_table() if not field.stands_for}
    plain = [packet for packet, *_ in PACKETS.values()] + list(CRAFTED.values())
    groups = [[packet, *variants(packet, rng)] for packet in plain]
    told = iter(list(ask([one for group in groups for one in group])))
    lines = [f"# {' '.join(COMMAND)}, version 4.0.17"]
    seen: dict[str, set[str]] = {}
    for group in groups:
        answers = [(packet, *next(told)) for packet in group]
        for i, (packet, protocols, found) in enumerate(answers):
            said = [one for one in dict.fromkeys(found) if one.name in wanted]
            new = [one for one in said if one.show not in seen.setdefault(one.name, set()) and len(seen[one.name]) < ENOUGH]
            if i and (not new or protocols != answers[0][1]):
                continue  # to tshark some bits make a difference
            for one in said:
                seen[one.name].add(one.show)
            lines += [f"packet\t{packet.hex()}", *("\t".join(map(str, one)) for one in (new if i else said))]
    lines += list(bits(plain, wanted))
    ANSWERS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def bits(plain: list[bytes], wanted: set[str]) -> Iterator[str]:
    """What tshark says of slices of integers of which one bit differs from the others, each slice so once."""
    asked = [(packet, one, offset, length) for packet in plain for one, offset, length in alone(packet)]
    protocols = {packet: told[0] for packet, told in zip(plain, ask(plain), strict=True)}
    kept: set[tuple[str, str]] = set()
    for (packet, one, offset, length), (names, found) in zip(asked, ask([one for _, one, _, _ in asked]), strict=True):
        said = [field for field in dict.fromkeys(found) if field.name in wanted and offset <= field.offset < offset + length]
        value = one[offset : offset + length].hex()
        if names == protocols[packet] and any((field.name, value) not in kept for field in said):
            kept |= {(field.name, value) for field in said}
            yield f"packet\t{one.hex()}"
            yield from ("\t".join(map(str, field)) for field in said)


if __name__ == "__main__":
    main()
