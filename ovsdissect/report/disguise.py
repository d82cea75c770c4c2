"""Replaces the addresses and names of a host in texts; equal ones get the same replacement throughout a page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from ovsdissect.anonymise.addresses import Addresses, is_well_known
from ovsdissect.anonymise.words import Words
from ovsdissect.grammar.address import ipv6_text

KEPT: Final = ("ovs-system",)  # every host has it
# what may be an address, perhaps with a port, or with the punctuation of a sentence behind it
_ADDRESS: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*(?!\w)")
_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")


class Disguise:
    """names: those of ports and datapaths."""

    def __init__(self, names: Iterable[str]) -> None:
        key = secrets.token_bytes(16)
        given = sorted({name for name in names if name and name not in KEPT}, key=lambda name: (-len(name), name))
        words = Words(key, [name.encode() for name in given])
        self._names = {name: words(name.encode()).decode(errors="replace") for name in given}
        self._pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in given)) if given else None
        self._addresses = Addresses(key)

    def text(self, text: str) -> str:
        """Return a text with other names and addresses."""
        text = _ADDRESS.sub(lambda found: self._address(found[0]), text)
        return text if self._pattern is None else self._pattern.sub(lambda found: self._names[found[0]], text)

    def _address(self, text: str) -> str:
        """Return a text with the address that it begins with replaced; unchanged if there is none."""
        for address in dict.fromkeys((text, text.rstrip("."), text.rstrip(".:"), text.partition(":")[0].rstrip("."))):
            other = self._other(address)
            if other is not None:
                return other + text[len(address) :]
        return text

    def _other(self, address: str) -> str | None:
        """Return what stands for an address; None for any other text."""
        if _MAC.fullmatch(address):
            raw = bytes.fromhex(address.replace(":", ""))
            return address if is_well_known(raw) else self._addresses.mac(raw).hex(":")
        try:
            if ":" not in address:
                raw = IPv4Address(address).packed
                return address if is_well_known(raw) else str(IPv4Address(self._addresses.ipv4(raw)))
            raw = IPv6Address(address).packed
        except AddressValueError:
            return None
        return address if is_well_known(raw) else ipv6_text(self._addresses.ipv6(raw))
