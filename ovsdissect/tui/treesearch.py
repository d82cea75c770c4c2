"""Whether the tree of a message contains a text; lines that were searched without a match are not built again.

The lines of an attribute depend on its bytes, on the names and the release that texts use, and some on neighbours. So an attribute
without the text is remembered by its bytes, and the header without `seq` and `pid`, which differ from message to message. Messages of
other families, and what is not plainly well-formed, are searched whole.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.grammar.attrs import NLA_HEADER, attributes
from ovsdissect.grammar.base import MalformedError
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLMSGHDR_LEN
from ovsdissect.odp.releases import release_of
from ovsdissect.text.outline import Line, lines_below, own_line
from ovsdissect.text.values import scope
from ovsdissect.tree.node import Node, join
from ovsdissect.tui.columns import Look
from ovsdissect.tui.lines import branches
from ovsdissect.tui.search import Needle
from ovsdissect.tui.store import Store

SEQ: Final = 8  # offset of nlmsg_seq and nlmsg_pid in struct nlmsghdr
GENL: Final = NLMSGHDR_LEN  # offsets in a message: genlmsghdr, dp_ifindex, the attributes
DP: Final = GENL + GENLMSGHDR_LEN
ATTRS: Final = DP + (OVS_HEADER.size or 0)
STANDING_IN: Final = (4_275_878_552, 3_735_928_559)  # for seq and pid while the lines of a header are made
HEADED: Final = "attrs attrs: "  # a line of which only the tree knows whether it is there
ETHERNET, ETHERTYPE = (KEY.by_name[name].number for name in ("ethernet", "ethertype"))
SETS: Final = ("key", "mask")  # attributes whose own attributes are remembered one by one
SMALL: Final = 64  # bytes of a value of which many are remembered
MANY, FEW = 1 << 17, 1 << 13
PAIR: Final[dict[ByteOrder, Struct]] = {"little": Struct("<II"), "big": Struct(">II")}


class _Unmatched:
    """What was searched without a match. of: the objects on which texts depend, kept because they are told apart by their identity."""

    __slots__ = ("headers", "large", "last", "of", "small")

    def __init__(self, of: object) -> None:
        self.of = of
        self.small: set[tuple[str, bytes]] = set()
        self.large: set[tuple[str, bytes]] = set()
        self.headers: dict[tuple[bytes, int, int], str] = {}
        self.last: object = None

    def __contains__(self, item: tuple[str, bytes]) -> bool:
        return item in (self.small if len(item[1]) <= SMALL else self.large)

    def add(self, item: tuple[str, bytes]) -> None:
        """Remember the bytes of an attribute."""
        kept, most = (self.small, MANY) if len(item[1]) <= SMALL else (self.large, FEW)
        if len(kept) >= most:
            kept.clear()
        kept.add(item)


class TreeSearch:
    """Looks for a text in the trees of a store's messages."""

    def __init__(self, store: Store, look: Look, needle: Needle) -> None:
        self.store = store
        self._look, self._needle = look, needle
        self._unmatched: dict[tuple[object, ...], _Unmatched] = {}
        self._names = {family.name: {row.number: row.name for row in family.attrs.rows} for family in (OVS_FLOW, OVS_PACKET)}
        if needle.in_text(HEADED):
            self._names = {}

    def __call__(self, line: int) -> bool:
        """Whether the tree of a line contains the text."""
        message = self.store.message(line)
        found = self._quick(message, line)
        if found is None:
            return self._among([branch.line for branch in branches(message, self._look)])
        return found

    def _among(self, lines: list[Line]) -> bool:
        return self._in("\n".join([words(line) for line in lines]))

    def _in(self, text: str) -> bool:
        """Whether one of some lines contains the text; an expression may match a line's end."""
        needle = self._needle
        return any(map(needle.in_text, text.split("\n"))) if needle.expression else needle.in_text(text)

    def _quick(self, message: Message, line: int) -> bool | None:
        """Whether a message contains the text, None if it has to be searched whole."""
        family, frame, data, order = message.declaration, message.frame, message.data, message.byteorder
        names = self._names.get(family.name) if family is not None else None
        if names is None or message.number is None or message.kind != "message" or message.notes or message.command is None:
            return None
        start, end = frame.offset, frame.end
        if end > len(data) or frame.length != end - start or frame.length < ATTRS:
            return None
        found = _split(data[start + ATTRS : end], order)
        if found is None or any(kind not in names for kind, _ in found):
            return None
        values = {names[kind]: raw for kind, raw in found}
        if len(values) < len(found):
            return None
        unmatched = self._of(message, data[start + DP : start + ATTRS])
        header = self._header(message, line, unmatched)
        if header is None or header:
            return header
        asked = [item for name, value in values.items() if (item := (name, value + _beside(name, values, order))) not in unmatched]
        if not asked:
            return False
        attrs = message.attrs
        if attrs is None or [node.name for node in attrs.children] != list(values):
            return None
        nodes = dict(zip(values, attrs.children, strict=True))
        for name, value in asked:
            if self._below(message, nodes[name], attrs, unmatched):
                return True
            unmatched.add((name, value))
        return False

    def _of(self, message: Message, datapath: bytes) -> _Unmatched:
        """What was searched without a match in messages whose texts depend on the same names and the same release."""
        told = release_of(self._look.ovs, message.daemon)
        key = (message.declaration, message.byteorder, datapath, told, id(message.ports), id(message.datapaths))
        unmatched = self._unmatched.get(key)
        if unmatched is None:
            unmatched = self._unmatched[key] = _Unmatched((message.ports, message.datapaths))
        return unmatched

    def _header(self, message: Message, line: int, unmatched: _Unmatched) -> bool | None:
        """Whether the lines of the header contain the text, None if they are not told by it alone."""
        start, data = message.frame.offset, message.data
        pair = data[start + SEQ : start + GENL]
        key = data[start : start + SEQ] + data[start + GENL : start + ATTRS], message.interface, len(message.interfaces)
        if unmatched.last == (key, pair):
            return False
        text = unmatched.headers.get(key)
        if text is None:
            twin = self.store.message(line)
            twin.data = data[: start + SEQ] + PAIR[message.byteorder].pack(*STANDING_IN) + data[start + GENL :]
            lines = [branch.line for branch in branches(twin, self._look)]
            text = "\n".join(words(one) for one in lines if one.path.partition(".")[0] != "attrs").replace("%", "%%")
            for name, number in zip("sp", STANDING_IN, strict=True):
                if text.count(str(number)) != 2:
                    return None
                text = text.replace(str(number), f"%({name})d")
            unmatched.headers[key] = text
        seq, pid = PAIR[message.byteorder].unpack(pair)
        if self._in(text % {"s": seq, "p": pid}):
            return True
        unmatched.last = (key, pair)
        return False

    def _below(self, message: Message, node: Node, attrs: Node, unmatched: _Unmatched) -> bool:
        """Whether the lines of an attribute contain the text."""
        where = scope(message, names=self._look.names, ovs=self._look.ovs)
        path, mask = join("attrs", node.name), node.name == "mask"
        if node.name not in SETS or node.padding:
            return self._among(lines_below(message, where, node, path, attrs))
        lines, fresh = [own_line(message, where, node, path, attrs)], list[tuple[str, bytes]]()
        for child in node.children:
            item = (f"{node.name}.{child.name}", message.data[child.offset - child.header : child.offset + child.length + child.padding])
            if item not in unmatched:
                fresh.append(item)
                lines += lines_below(message, where, child, join(path, child.name), node, mask=mask)
        if self._among(lines):
            return True
        for item in fresh:
            unmatched.add(item)
        return False


def words(line: Line) -> str:
    """The text of a line that a search examines."""
    return f"{line.path} {line.label}: {line.text}"


def _split(data: bytes, order: ByteOrder) -> list[tuple[int, bytes]] | None:
    """The attributes in some bytes: type, and bytes with the header; None if they are not plainly well-formed."""
    found = []
    try:
        for kind, _flags, start, end, padding in attributes(data, order):
            if padding is not None:
                return None
            found.append((kind, data[start - NLA_HEADER : end]))
    except MalformedError:
        return None
    return found


def _beside(name: str, values: dict[str, bytes], order: ByteOrder) -> bytes:
    """The neighbours on which the lines of an attribute depend: a mask's key, and what a packet begins with."""
    key = values.get("key", b"")
    if name == "mask":
        return key
    if name != "packet":
        return b""
    inner = dict(_split(key[NLA_HEADER:], order) or ())
    layer3 = b"" if ETHERNET in inner else inner.get(ETHERTYPE, b"")
    return values.get("len", b"") + layer3
