"""Maps addresses to other addresses, consistently and keeping common prefixes: pure functions of a key and an address's bytes.

Two addresses that share exactly their first n bits still share exactly the first n bits afterwards (Crypto-PAn). MAC and IPv6 addresses are
permuted in blocks, each independently, with the same permutation for blocks of the same kind:

    MAC    organisation (24 bits) | device (24)
    IPv6   network (64)           | organisation (24) | ff:fe or not (16) | device (24)

Derived addresses therefore stay consistent: an interface identifier from a MAC address (EUI-64), a solicited-node group from an address,
33:33:ff:.. from that group, link-local and global addresses with the same interface identifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

IPV4_KEPT: Final = ((0x00, 8), (0x7F, 8), (0xE, 4), (0xF, 4))  # this network, loopback, multicast, reserved with the broadcast address
IPV4_HELD: Final = ((0xA9FE, 16),)  # link-local: the prefix stays, the host part does not
# unspecified, loopback and IPv4-mapped; link-local; multicast; RFC 6052
NETWORK_KEPT: Final = ((0, 64), (0b1111111010, 10), (0xFF, 8), (0x0064FF9B_00000000, 64))
EUI64_KEPT: Final = ((0xFFFE, 16),)

IPV6_FIXED: Final = frozenset((bytes(16), bytes(15) + b"\1"))
IPV4_EMBEDDED: Final = frozenset((bytes(10) + b"\xff\xff", b"\0\x64\xff\x9b" + bytes(8)))
SOLICITED_NODE: Final = bytes.fromhex("ff0200000000000000000001ff")
MAC_FIXED: Final = frozenset((bytes(6), b"\xff" * 6))
VIRTUAL_ROUTER: Final = (bytes.fromhex("00005e0001"), bytes.fromhex("00005e0002"))  # RFC 5798, 7.3
IPV6_GROUP: Final = bytes.fromhex("3333ff")
LOCAL: Final = 0x02_00_00  # the U/L bit of an organisation; an interface identifier has it inverted (RFC 4291, appendix A)


class Permutation:
    """A permutation of the numbers of `width` bits that keeps common prefixes.

    kept: prefixes (value, bits) whose numbers all stay. held: prefixes that stay while the following bits change. still: bits that stay.
    """

    def __init__(
        self,
        key: bytes,
        name: str,
        width: int,
        kept: Iterable[tuple[int, int]] = (),
        held: Iterable[tuple[int, int]] = (),
        still: int = 0,
    ) -> None:
        self._key, self._person, self._width, self._still = key, name.encode(), width, still
        self._kept = tuple(kept)
        self._above = {(value >> bits - n, n) for value, bits in (*self._kept, *held) for n in range(bits)}
        self._bits: dict[tuple[int, int], int] = {}
        self._done: dict[int, int] = {}

    def __call__(self, number: int) -> int:
        done = self._done.get(number)
        if done is None:
            done = self._done[number] = self._permute(number)
        return done

    def _permute(self, number: int) -> int:
        width = self._width
        if any(number >> width - bits == value for value, bits in self._kept):
            return number
        flips = 0
        for n in range(width):
            flips = flips << 1 | self._flip(number >> width - n, n)
        return number ^ flips & ~self._still

    def _flip(self, prefix: int, n: int) -> int:
        """Return whether the bit after a prefix of n bits is inverted; 0 along a prefix that stays, so that nothing else gets there."""
        place = (prefix, n)
        if place in self._above:
            return 0
        bit = self._bits.get(place)
        if bit is None:
            data = n.to_bytes(1, "big") + prefix.to_bytes(8, "big")
            bit = self._bits[place] = blake2b(data, digest_size=1, key=self._key, person=self._person).digest()[0] & 1
        return bit


class Addresses:
    """The maps for one key (up to 64 bytes); lengths stay. Well-known, multicast, broadcast and zero addresses stay."""

    def __init__(self, key: bytes) -> None:
        self._ipv4 = Permutation(key, "ipv4", 32, IPV4_KEPT, IPV4_HELD)
        self._network = Permutation(key, "network", 64, NETWORK_KEPT)
        # the bits for group and local addresses have a meaning
        self._organisation = Permutation(key, "organisation", 24, still=0x03_00_00)
        self._middle = Permutation(key, "middle", 16, EUI64_KEPT)
        self._device = Permutation(key, "device", 24)

    def ipv4(self, raw: bytes) -> bytes:
        """Return the replacement of an IPv4 address."""
        return self._ipv4(int.from_bytes(raw, "big")).to_bytes(4, "big")

    def ipv6(self, raw: bytes) -> bytes:
        """Return the replacement of an IPv6 address."""
        if raw in IPV6_FIXED:
            return raw
        if raw[0] == 0xFF:
            return raw[:13] + self._low(raw[13:]) if raw.startswith(SOLICITED_NODE) else raw
        if raw[:12] in IPV4_EMBEDDED:
            return raw[:12] + self.ipv4(raw[12:])
        network = self._network(int.from_bytes(raw[:8], "big")).to_bytes(8, "big")
        organisation = self._organisation(int.from_bytes(raw[8:11], "big") ^ LOCAL) ^ LOCAL
        middle = self._middle(int.from_bytes(raw[11:13], "big"))
        return network + organisation.to_bytes(3, "big") + middle.to_bytes(2, "big") + self._low(raw[13:])

    def mac(self, raw: bytes) -> bytes:
        """Return the replacement of a MAC address."""
        if raw in MAC_FIXED or raw.startswith(VIRTUAL_ROUTER):
            return raw
        if raw[0] & 1:
            return raw[:3] + self._low(raw[3:]) if raw.startswith(IPV6_GROUP) else raw
        return self._organisation(int.from_bytes(raw[:3], "big")).to_bytes(3, "big") + self._low(raw[3:])

    def _low(self, raw: bytes) -> bytes:
        return self._device(int.from_bytes(raw, "big")).to_bytes(3, "big")


def is_well_known(raw: bytes) -> bool:
    """Whether an address stays, decided from its bytes alone: the rule by which the verification checks the maps."""
    if len(raw) == 4:
        return raw[0] in (0, 127) or raw[0] >= 224
    if len(raw) == 6:
        return raw in MAC_FIXED or raw.startswith(VIRTUAL_ROUTER) or (raw[0] & 1 == 1 and not raw.startswith(IPV6_GROUP))
    return raw in IPV6_FIXED or (raw[0] == 0xFF and not raw.startswith(SOLICITED_NODE)) or (
        raw[:12] in IPV4_EMBEDDED and is_well_known(raw[12:])
    )
