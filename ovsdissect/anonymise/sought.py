"""What must not remain in messages, found independently of the replacement: from the JSON, with dpkt, and by patterns.

Nothing here uses the places: a type, a place or a layer that `attributes` and `packets` miss is found here all the same.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ovsdissect.anonymise import Originals
from ovsdissect.anonymise.addresses import is_well_known
from ovsdissect.dissect.message import Message
from ovsdissect.json.jsonline import to_dict

MAC: Final = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
ADDRESS: Final = re.compile(r"[0-9a-f:]*:[0-9a-f:.]*|\d+(?:\.\d+){3}")
WRITTEN: Final = re.compile(
    rb"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![0-9a-fA-F:])[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}(?![0-9a-fA-F:])"
)
NAMED: Final = frozenset(("ovs_vport", "ovs_datapath"))
# from this many bits on, a masked address identifies a network or a vendor
TELLING: Final = {4: 24, 6: 40, 16: 48}
# texts inside packets that name someone, LLDP's and DHCP's: the last two steps of their paths in the JSON
WORDS: Final = frozenset(
    ("system.name", "system.desc", "port.desc", "chassis.id", "port.id", "option.hostname", "dhcp.server", "dhcp.file")
)
# what looks like an address and is not one
NO_ADDRESS: Final = frozenset(("mask", "dst_mask", "subnet_mask", "oui"))

# RFC 8300, once more: this check must not share what the dissection knows
ETH_P_NSH: Final = 0x894F
NSH_BASE: Final = 8  # bytes of the base and service path headers
NSH_ETHERNET: Final = 3
NSH_NEXT: Final = {1: 0x0800, 2: 0x86DD}  # next protocol -> ethertype


class Sought:
    """The addresses that are not well known, UUIDs and names in messages, as bytes."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.addresses: set[bytes] = set()
        self.uuids: set[bytes] = set()
        self.texts: set[bytes] = set()
        for message in messages:
            self._message(message)

    def include(self, originals: Originals) -> None:
        """Add what the replacement knows."""
        self.addresses |= originals.addresses
        self.uuids |= originals.uuids
        self.texts |= originals.texts

    def _message(self, message: Message) -> None:
        line = to_dict(message, inner=True)
        for part in (line, line.get("request") or {}):
            attrs = part.get("attrs")
            if isinstance(attrs, dict):
                self._object(attrs, message.byteorder, attrs.get("mask") if message.direction == "to-user" else None)
                if part.get("family") in NAMED and isinstance(attrs.get("name"), str):
                    self.texts.add(attrs["name"].encode("utf-8", "surrogateescape"))
                packet = attrs.get("packet")
                if isinstance(packet, dict) and "hex" in packet:
                    self._packet(framed(bytes.fromhex(packet["hex"]), attrs.get("key")))

    def _object(self, values: Mapping[str, Any], order: str, mask: Any, above: str = "") -> None:
        """Take the values of an object; mask: the object of the masks of a flow's key, or nothing; above: the name of the object."""
        for name, value in values.items():
            bare = name.partition("#")[0]
            path = f"{above}.{bare}"
            if (bare in NO_ADDRESS and bare != "mask") or (bare == "mask" and ("value" in values or "key" in values)):
                continue
            if bare == "value" and "mask" in values:
                self._value(path, value, order, values["mask"])
            elif bare == "key" and isinstance(mask, dict):
                self._value(path, value, order, mask)
            elif path == "prefix.value" and isinstance(values.get("length"), int):
                if values["length"] >= TELLING[16]:
                    self._value(path, value, order, None)
            else:
                self._value(path, value, order, mask.get(name) if isinstance(mask, dict) and bare != "actions" else None)

    def _value(self, path: str, value: Any, order: str, mask: Any) -> None:
        if isinstance(value, dict):
            self._object(value, order, mask, path.rpartition(".")[2])
        elif isinstance(value, list):
            for one in value:
                self._value(path, one, order, None)
        elif isinstance(value, str):
            if path in WORDS and value:
                self.texts.add(value.encode("utf-8", "surrogateescape"))
            self._text(value, order, mask)

    def _text(self, text: str, order: str, mask: Any) -> None:
        if UUID.fullmatch(text):
            raw = bytes.fromhex(text.replace("-", ""))
            if any(raw):
                words = struct.unpack(">4I", raw)
                self.uuids |= {raw, struct.pack("<4I" if order == "little" else ">4I", *words)}
            return
        raw = spelled(text)
        bits = spelled(mask) if isinstance(mask, str) else b""
        if raw and (len(bits) != len(raw) or int.from_bytes(bits, "big").bit_count() >= TELLING[len(raw)]):
            self._address(raw)

    def _address(self, raw: bytes) -> None:
        if not is_well_known(raw):
            self.addresses.add(raw)

    def _packet(self, data: bytes) -> None:
        """Take the addresses of a packet's headers as dpkt reads them, and those that its bytes spell out as text."""
        for raw in packet_addresses(data):
            self._address(raw)
        for found in WRITTEN.findall(data):
            raw = spelled(found.decode().lower())
            if raw:
                self._address(raw)


def spelled(text: str) -> bytes:
    """Return the bytes of an address as JSON writes it; empty if the text is not one."""
    if MAC.fullmatch(text):
        return bytes.fromhex(text.replace(":", ""))
    if ADDRESS.fullmatch(text):
        try:
            return ipaddress.ip_address(text).packed
        except ValueError:
            pass
    return b""


def framed(packet: bytes, key: Any) -> bytes:
    """Return a packet with an Ethernet header: one of zeros if, by its key, it has none; what NSH carries without the NSH."""
    ethertype = key.get("ethertype") if isinstance(key, dict) and "ethernet" not in key else None
    if not isinstance(ethertype, int):
        return packet
    if ethertype == ETH_P_NSH and len(packet) > NSH_BASE:
        end = (packet[1] & 0x3F) * 4  # RFC 8300, 2.2: the length in words
        if packet[3] == NSH_ETHERNET:
            return packet[end:]
        if packet[3] in NSH_NEXT:
            ethertype, packet = NSH_NEXT[packet[3]], packet[end:]
    return bytes(12) + ethertype.to_bytes(2, "big") + packet


def packet_addresses(data: bytes) -> Iterator[bytes]:
    """Yield the addresses in the headers of an Ethernet frame, and of one inside VXLAN or Geneve."""
    # dpkt as a whole, because only then does its Ethernet know what it carries; here, because that takes a while
    from dpkt.dpkt import Packet, UnpackError
    from dpkt.ethernet import Ethernet
    from dpkt.udp import UDP

    try:
        frame: Any = Ethernet(data)
    except (UnpackError, IndexError, ValueError, struct.error, AttributeError):
        return
    yield frame.src
    yield frame.dst
    layer = frame.data
    while isinstance(layer, Packet):
        for name in ("src", "dst", "sha", "spa", "tha", "tpa"):
            raw = getattr(layer, name, None)
            if isinstance(raw, bytes) and len(raw) in TELLING:
                yield raw
        if isinstance(layer, UDP) and layer.dport in (4789, 6081) and len(layer.data) > 8:
            options = (layer.data[0] & 63) * 4 if layer.dport == 6081 else 0
            yield from packet_addresses(bytes(layer.data[8 + options :]))
        layer = getattr(layer, "data", None)
