"""Functions that are made of plans: their source, and how it is compiled.

It is made of rows alone, never of captured bytes; a back end gives the expressions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from ovsdissect.dissect.plan import Leaf, Plan
from ovsdissect.grammar.wire import PREFIX, ByteOrder

SOURCES: Final = 2048
WORD: Final = 4  # bytes
LONGEST_TEXT: Final = 29  # texts and values of one f-string


class DiffersError(Exception):
    """These bytes are of another shape."""


class Variables:
    """The unpacking of a plan's leaves into variables, as source: one struct for the host's order, one for the network's.

    words: where other four bytes stand that are wanted as a number; none is part of a leaf.
    """

    def __init__(self, made: Plan, order: ByteOrder, code: Callable[[Leaf], str], words: Sequence[int] = ()) -> None:
        self.names: dict[tuple[int, str], list[str]] = {}
        self.space: dict[str, Any] = {}
        self.source = ""
        self._code = code
        wanted = sorted({(leaf.offset, leaf.size, code(leaf)) for leaf in made.leaves if code(leaf)})
        of_network = [one for one in wanted if one[2].startswith(">")]
        of_host = sorted([one for one in wanted if one not in of_network] + [(offset, WORD, "I") for offset in words])
        for prefix, places in ((PREFIX[order], of_host), (">", of_network)):
            layout, position, variables = prefix, 0, []
            for offset, size, letters in places:
                count = len(struct.unpack(prefix + letters.removeprefix(">"), bytes(size)))
                self.names[offset, letters] = [f"v{len(self.names)}_{i}" for i in range(count)]
                layout += f"{offset - position}x{letters.removeprefix('>')}"
                position = offset + size
                variables += self.names[offset, letters]
            if variables:
                name = f"unpack{len(self.space)}"
                self.space[name] = struct.Struct(f"{layout}{made.size - position}x").unpack
                self.source += f"    {', '.join(variables)}, = {name}(raw)\n"

    def word(self, offset: int) -> str:
        """The variable of one of the words."""
        return self.names[offset, "I"][0]

    def of(self, leaf: Leaf) -> list[str]:
        """The variables that hold a leaf; none where it has no bytes."""
        return self.names.get((leaf.offset, self._code(leaf)), [])

    def function(self, result: str, arguments: str = "raw") -> Callable[..., Any]:
        """The function of a payload (and what else it is given) whose result is that expression of the variables."""
        return function(f"def made({arguments}):\n{self.source}    return {result}\n", self.space)


def shaped(made: Plan, drawn: Plan, runs: Container[Leaf], order: ByteOrder, code: Callable[[Leaf], str]) -> Variables:
    """The variables of a function that looks itself whether a payload is of a plan's shape, as it has the headers at hand; else it returns
    None.

    drawn: the plan with runs of leaves as one, inside which it does not look.
    """
    mask, expect = (number.to_bytes(made.size, "little") for number in (made.mask, made.expect))
    taken, rest, heads = set[int](), bytearray(mask), dict[int, bytes]()
    for leaf in drawn.leaves:
        taken |= set(range(leaf.offset, leaf.offset + leaf.size))
        if leaf in runs:
            rest[leaf.offset : leaf.offset + leaf.size] = bytes(leaf.size)
    for at in range(0, made.size - WORD + 1, WORD):
        word = slice(at, at + WORD)
        if mask[word] == b"\xff" * WORD and taken.isdisjoint(range(at, at + WORD)):
            heads[at] = expect[word]
            rest[word] = bytes(WORD)
    variables = Variables(drawn, order, code, list(heads))
    conditions = []
    for at, head in heads.items():
        variables.space[f"head{at}"] = int.from_bytes(head, order)
        conditions.append(f"{variables.word(at)} != head{at}")
    bits = int.from_bytes(rest, "little")
    if bits:
        variables.space["mask"], variables.space["expect"] = bits, made.expect & bits
        conditions.append("int.from_bytes(raw, 'little') & mask != expect")
    if conditions:
        variables.source += f"    if {' or '.join(conditions)}: return None\n"
    return variables


def function(source: str, space: Mapping[str, Any]) -> Callable[..., Any]:
    """The function `made` of a source, which is made of rows alone (test_bounds holds it); what it refers to is in `space`.

    The names are the parameters of a function around it: a free variable takes less time than a global one.
    """
    lines = "".join(f"    {line}\n" for line in source.splitlines())
    globals_: dict[str, Any] = {}
    exec(_code(f"def around({', '.join(space)}):\n{lines}    return made\n"), globals_)
    made: Callable[..., Any] = globals_["around"](**space)
    return made


class Expression(str):
    """A part of a text that is source: an expression without quotes of three."""

    __slots__ = ()


def dotted(octets: Sequence[str]) -> list[str]:
    """The parts of an IPv4 address, of expressions for its octets; `octet` in the space is OCTETS."""
    parts = [Expression(f"octet[{octet}]") for octet in octets]
    return [part for one in parts for part in (".", one)][1:]


def f_string(parts: Iterable[str]) -> str:
    """A text as source: the values of expressions between texts as they are.

    It is a sum of f-strings: CPython makes a list of a longer one (STACK_USE_GUIDELINE in its compiler), which takes more time.
    """
    strings, count, literal = [""], 0, True
    for part in filter(None, parts):
        if literal and not isinstance(part, Expression):
            strings[-1] += quoted(part)
            continue
        if count >= LONGEST_TEXT:
            strings.append("")
            count = 0
        literal = not isinstance(part, Expression)
        strings[-1] += quoted(part) if literal else f"{{{part}}}"
        count += 1
    return " + ".join(f"f'''{one}'''" for one in strings)


def quoted(text: str) -> str:
    """A text as it stands in an f-string of three quotes."""
    return text.encode("unicode_escape").decode().replace("'", "\\'").replace("{", "{{").replace("}", "}}")


@lru_cache(SOURCES)
def _code(source: str) -> CodeType:
    """Compiled once: shapes differ more often in their lengths than in their source."""
    return compile(source, "<plan>", "exec")
