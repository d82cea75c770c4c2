"""A big-endian host's bytes give the same text as its little-endian twin's: the golden rows, rebuilt in the other order by the grammar.

Left out are rows that the strict grammar does not parse (damaged ones), and what OVS itself prints as raw host bytes: unknown attributes,
userdata, and what the grammar keeps as bytes: the mask of ERSPAN options, and such options of a version that nobody knows.
"""

from __future__ import annotations

import re

from construct import ConstructError

from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar import AttrSet
from ovsdissect.odp import format_actions, format_flow, format_key, format_tunnel, format_ufid
from tests.odp.rows import raw, rows

RAW = re.compile(r"key\d+\(|bad length|userdata\(|lb_output\(|tnl_p|\*\*\*|gtpu\(")


def twin(attrs: AttrSet, data: bytes) -> bytes | None:
    """The bytes in the other order; None where the grammar does not parse them."""
    try:
        return bytes(attrs.build(attrs.parse(data, byteorder="little"), byteorder="big"))
    except ConstructError:
        return None


def alike(texts: list[tuple[str, str]], least: int) -> None:
    """All pairs are equal, and there are enough of them."""
    assert [pair for pair in texts if pair[0] != pair[1]] == []
    assert len(texts) >= least


def test_keys() -> None:
    texts = []
    for row in rows("keys"):
        data = twin(KEY, raw(row[1]))
        if data is not None and not RAW.search(row[2]):
            texts.append((format_key(data, byteorder="big"), row[2]))
    alike(texts, 600)


def test_flows() -> None:
    texts = []
    for row in rows("masks"):
        key, mask = row[1].split(" ")
        big, bits = twin(KEY, raw(key)), twin(MASK, raw(mask))
        if big is not None and bits is not None and not RAW.search(row[3]) and "erspan(" not in row[3]:
            texts.append((format_flow(big, bits, form="dump-m", byteorder="big"), row[3]))
    alike(texts, 500)


def test_actions() -> None:
    texts = []
    for row in rows("actions"):
        data = twin(ACTIONS, raw(row[1]))
        if data is not None and not RAW.search(row[2]):
            texts.append((format_actions(data, byteorder="big"), row[2]))
    alike(texts, 400)


def test_tunnels() -> None:
    texts = []
    for row in rows("tunnels"):
        data = twin(TUNNEL_KEY, raw(row[1]))
        unknown_erspan = "erspan(" in row[2] and not any(known in row[2] for known in ("ver=1,", "ver=2,"))
        if data is not None and not unknown_erspan and not RAW.search(row[2]):
            texts.append((format_tunnel(data, byteorder="big"), row[2]))
    alike(texts, 150)


def test_ufid() -> None:
    data = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert format_ufid(data) == "ufid:33221100-7766-5544-bbaa-9988ffeeddcc"
    assert format_ufid(data, byteorder="big") == "ufid:00112233-4455-6677-8899-aabbccddeeff"
