"""A longer value that a snaplen cuts to exactly the size of its type is not a value: every text of the message respects that."""

from __future__ import annotations

from collections.abc import Iterator

from ovsdissect.api import Message
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.families.registry import Registry
from ovsdissect.problem import ProblemKind
from ovsdissect.text.outline import outline
from ovsdissect.text.summary import summary
from ovsdissect.tree.node import UNDECODED, Node
from tests import recorded
from tests.dissect.made import IDS

COOKED = b"\0\4\3\x38" + bytes(10) + b"\0\x10"
NLMSG = len(COOKED)


def places(node: Node, above: tuple[int, ...] = ()) -> Iterator[tuple[Node, tuple[int, ...]]]:
    """Every attribute, with where its header and those of the attributes around it stand."""
    if node.header:
        above = (*above, node.offset - node.header)
        yield node, above
    for child in node.inside:
        yield from places(child, above)


def cut(message: Message, node: Node, headers: tuple[int, ...], more: int) -> Message:
    """The message with an attribute that is longer, cut where it used to end."""
    shift = message.frame.offset - NLMSG
    out = bytearray(COOKED + message.data[message.frame.offset : message.frame.end])
    for at in headers:
        out[at - shift : at - shift + 2] = (int.from_bytes(out[at - shift : at - shift + 2], "little") + more).to_bytes(2, "little")
    out[NLMSG : NLMSG + 4] = (int.from_bytes(out[NLMSG : NLMSG + 4], "little") + more).to_bytes(4, "little")
    out[NLMSG + 4 : NLMSG + 6] = IDS[message.family or ""].to_bytes(2, "little")
    data = bytes(out[: node.offset + node.length - shift])
    (made,) = Context(Registry(IDS), Message).messages(Record(1, 0, 253, data, len(out) + more, 0, 0, "little"))
    return made


def test_cut_to_its_size() -> None:
    seen = set()
    for message in recorded.telling():
        if message.declaration is None or message.family not in IDS:
            continue
        for node, headers in places(message.root):
            place = (node.row, len(headers))
            if node.length and node.row.wire.size == node.length and place not in seen:
                seen.add(place)
                for more in (4, node.length + 3 & ~3):
                    made = cut(message, node, headers, more)
                    (problem,) = [problem for problem in made.problems if problem.kind is ProblemKind.TRUNCATED]
                    found = dict(made.walk())[problem.path].node
                    assert (found.wire, found.raw) == (UNDECODED, made.data[-node.length :])
                    assert "missing" in summary(made)
                    assert list(outline(made))
                    assert made.odp.line is None
                    assert made.odp.to_dict() is not None
    assert len(seen) > 100
