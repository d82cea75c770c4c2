"""The core's tree lines arranged for a folding view: the subject of the message first, its headers in one line at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ovsdissect.api import Message
from ovsdissect.text.outline import Line, outline
from ovsdissect.text.values import scope
from ovsdissect.tui.columns import Look

HEADER: Final = ("nlmsg", "cmd", "version", "reserved", "dp_ifindex")
FIRST: Final = ("packet", "key", "actions")
FOLDED: Final = ("key", "mask", "actions")  # attributes that OVS's text tells in their own line
PARTS: Final = 12  # children that a folded line tells


class Branch(NamedTuple):
    """One line of the tree.

    inner: it has lines below it.  folds: they are folded at first.  zero: its value is 0 or unset.
    brief: a summary of the lines below, if the line has no text of its own.
    """

    line: Line
    inner: bool
    folds: bool = False
    zero: bool = False
    brief: str = ""

    @property
    def bytes(self) -> tuple[int, int]:
        """Where its value starts and ends in the record."""
        return self.line.offset, self.line.offset + self.line.length

    @property
    def around(self) -> tuple[int, int]:
        """The same with header and padding."""
        line = self.line
        return min(line.start, line.offset), max(line.end, line.offset + line.length)


class _Block(NamedTuple):
    """A line with those below it."""

    lines: list[Line]

    @property
    def name(self) -> str:
        return self.lines[0].path.rpartition(".")[2]


def branches(message: Message, look: Look) -> list[Branch]:
    """The tree of a message: its attributes, packet, key and actions first; in the last line the fields of its header."""
    lines = outline(message, scope(message, names=look.names, ovs=look.ovs))
    folded: set[str] = set()
    arranged = [line for block in _arranged(_blocks(lines), folded) for line in block.lines]
    depths = [*(line.depth for line in arranged[1:]), 0][: len(arranged)]  # a record may have no line at all
    made = []
    for at, (line, deeper) in enumerate(zip(arranged, depths, strict=True)):
        inner = deeper > line.depth
        brief = _brief(arranged, at) if inner and not line.text else ""
        told = inner and arranged[at + 1].sort == "part"  # the line's own text has them
        made.append(Branch(line, inner, told or line.path in folded, zero(line.text), brief))
    return made


def _blocks(lines: Sequence[Line]) -> list[_Block]:
    """Lines as blocks of one at the depth of the first, with those below it."""
    found: list[_Block] = []
    for line in lines:
        if line.depth == lines[0].depth:
            found.append(_Block([line]))
        else:
            found[-1].lines.append(line)
    return found


def _arranged(blocks: list[_Block], folded: set[str]) -> Iterator[_Block]:
    """The blocks of a message, or of the request in an error.  folded: gets the paths of what is folded at first."""
    headers = [block for block in blocks if block.name in HEADER]
    for block in blocks:
        head, *below = block.lines
        if block.name == "request" and below:
            yield _Block([head, *(line for inner in _arranged(_blocks(below), folded) for line in inner.lines)])
        elif block.name == "attrs":
            yield from _attributes(head, below, folded)
        elif block.name not in HEADER:
            yield block
    if headers:
        yield _header(headers, folded)


def _attributes(head: Line, below: list[Line], folded: set[str]) -> Iterator[_Block]:
    inner = _blocks(below)
    for block in inner:
        if block.name in FOLDED:
            folded.add(block.lines[0].path)
        if block.name == "packet":
            folded.update(layer.lines[0].path for layer in _blocks(block.lines[1:]) if layer.lines[0].sort == "set")
    ordered = sorted(inner, key=lambda block: FIRST.index(block.name) if block.name in FIRST else len(FIRST))
    if head.problems:
        yield _Block([head, *(line for block in ordered for line in block.lines)])
        return
    for block in ordered:
        yield _Block([line._replace(depth=line.depth - 1) for line in block.lines])


def _header(blocks: list[_Block], folded: set[str]) -> _Block:
    """The fields of nlmsghdr, genlmsghdr and the family's header, which follow each other, below one line."""
    first, last = blocks[0].lines[0], blocks[-1].lines[-1]
    end = max(last.end, last.offset + last.length)
    below = [(block.lines[1:] if block.name == "nlmsg" else [block.lines[0]._replace(depth=first.depth + 1)]) for block in blocks]
    fields = [line for lines in below for line in lines]
    said = {line.label: line.text for line in fields}
    words = [_word(said.get("type", "")), _word(said.get("cmd", ""))]
    words = [" ".join(word for word in words if word)]
    words += [f"{name} {said[name]}" for name in ("version", "dp_ifindex", "flags", "seq", "pid") if name in said]
    folded.add(first.path)
    text = ", ".join(word for word in [*words, f"{said['len']} bytes" if "len" in said else ""] if word)
    return _Block([first._replace(label="header", text=text, length=end - first.offset), *fields])


def _word(text: str) -> str:
    """A number with its symbol, if it has one: "41 (ovs_packet)"."""
    number, _, symbol = text.partition(" (")
    return symbol.removesuffix(")") or number


def _brief(lines: list[Line], at: int) -> str:
    """The lines directly below a line."""
    parts: list[str] = []
    for line in lines[at + 1 :]:
        if line.depth <= lines[at].depth or len(parts) == PARTS:
            break
        if line.depth == lines[at].depth + 1:
            parts.append(f"{line.label} {line.text}" if line.text else line.label)
    return ", ".join(parts)


def zero(text: str) -> bool:
    """Whether the text of a value means zero or nothing: 0, 0x0, "0 (none)", ::, false."""
    word = text.partition(" ")[0]
    return word == "false" or (bool(word) and not word.strip("0x:."))


def branch_at(found: list[Branch], at: int) -> int | None:
    """The deepest line that contains a byte; of several, the one with the fewest bytes."""
    best: tuple[int, int, int] | None = None
    for index, branch in enumerate(found):
        start, end = branch.around
        if start <= at < end:
            candidate = (end - start, -branch.line.depth, index)
            if best is None or candidate < best:
                best = candidate
    return None if best is None else best[2]
