"""Compares flow keys by meaning: the order of attributes does not matter, nor which zero attributes the sender left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ovsdissect.analysis.facts import digest
from ovsdissect.analysis.read import payloads
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.tunnel_key import TUNNEL_KEY

ENCAP, TUNNEL, NSH, IN_PORT = (KEY.by_name[name].number for name in ("encap", "tunnel", "nsh", "in_port"))
VXLAN_OPTS: Final = TUNNEL_KEY.by_name["vxlan_opts"].number

Path = tuple[int, ...]
Flat = dict[Path, bytes]

# nested attributes: the path under which their content is listed
_NESTS: Final[Mapping[int, Mapping[int, None]]] = {ENCAP: {}, TUNNEL: {VXLAN_OPTS: None}, NSH: {}}
_DEEPEST: Final = 8


def flat(key: bytes, order: ByteOrder) -> Flat:
    """Return every attribute of a key or a mask, except nests, by path."""
    found: Flat = {}
    _flatten(key, order, (), found)
    return found


def _flatten(data: bytes, order: ByteOrder, path: Path, found: Flat) -> None:
    nests: Mapping[int, object] = _NESTS if not path or path[-1] == ENCAP else _NESTS.get(path[-1], {})
    for number, payload in payloads(data, order).items():
        if number in nests and len(path) < _DEEPEST:
            _flatten(payload, order, (*path, number), found)
        else:
            found[*path, number] = payload


def canonical(key: bytes, order: ByteOrder) -> bytes:
    """Return the identity of a flow without UFID, from its key: attributes of all zeros do not count, because senders may omit them."""
    said = sorted((path, payload) for path, payload in flat(key, order).items() if any(payload) or not payload)
    return b"key" + digest(repr((order, said)).encode())


def covers(key: Flat, mask: Flat | None, other: Flat, other_mask: Flat | None) -> bool:
    """Whether a flow matches every packet that another flow's masked key describes: the kernel then refuses the other with EEXIST.

    A mask of None is an exact match. Source: ovs_flow_tbl_lookup() of the new flow's masked key.
    """
    paths = set(key) if mask is None else set(mask)
    for path in paths:
        value = key.get(path, b"")
        size = max(len(value), len(other.get(path, b"")))
        bits = _padded(b"\xff" * size if mask is None else mask[path], size)
        asked = _padded(other.get(path, b""), size)
        if other_mask is not None:
            asked &= _padded(other_mask.get(path, b""), size)
        if (_padded(value, size) ^ asked) & bits:
            return False
    return True


def _padded(data: bytes, size: int) -> int:
    return int.from_bytes(data[:size].ljust(size, b"\0"), "big")
