"""Parses a filter's text into a syntax tree, and reports where the text is not a filter. Knows no fields and no types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ovsdissect.errors import FilterError

if TYPE_CHECKING:
    from lark import Lark

DEEPEST: Final = 64  # nested parentheses and negations
LONGEST: Final = 65536  # characters

# operators that Wireshark spells in several ways
OPERATORS: Final = {
    "eq": "==",
    "ne": "!=",
    "~=": "!==",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "~": "matches",
}
AWAIT_VALUE: Final = frozenset(["==", "===", "!=", "!==", "<", "<=", ">", ">=", "contains", "matches", "has", "&", "|", "{", ",", ".."])
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.DOTALL)


class Atom(NamedTuple):
    """A word, or a string without its quotes; `column` and `length` refer to the text as written."""

    text: str
    quoted: bool
    column: int
    length: int


class Slice(NamedTuple):
    """Parts of a value's bytes: (first, last) of each, both inclusive, negative from the end; `last` is None for the end."""

    ranges: tuple[tuple[int, int | None], ...]

    @property
    def length(self) -> int | None:
        """The slice's length in bytes; None if it depends on the value."""
        if any(last is None or (first < 0) != (last < 0) for first, last in self.ranges):
            return None
        return sum((last or 0) - first + 1 for first, last in self.ranges)

    def of(self, data: bytes) -> bytes | None:
        """Return the sliced bytes; None if a range is not in the value."""
        cut = b""
        size = len(data)
        for first, last in self.ranges:
            start = first + size if first < 0 else first
            end = size if last is None else last + 1 + (size if last < 0 else 0)
            if not 0 <= start < end <= size:
                return None
            cut += data[start:end]
        return cut


class Value(NamedTuple):
    """One atom, or names joined by |."""

    atoms: tuple[Atom, ...]

    @property
    def column(self) -> int:
        """The column of its first character."""
        return self.atoms[0].column

    @property
    def length(self) -> int:
        """The number of characters from its first atom to its last."""
        return self.atoms[-1].column + self.atoms[-1].length - self.column


class Operand(NamedTuple):
    """One side of a comparison: a value, its slice, and the bits of it that count."""

    value: Value
    slice: Slice | None
    bits: Value | None

    @property
    def column(self) -> int:
        """The column of its first character."""
        return self.value.column

    @property
    def length(self) -> int:
        """The number of characters of its value, without slice and bits."""
        return self.value.length


class Exists(NamedTuple):
    """A field alone: whether it is present."""

    quantifier: str
    operand: Operand


class Comparison(NamedTuple):
    """Two operands and an operator, spelled as in the values of OPERATORS; `column` is the operator's."""

    quantifier: str
    left: Operand
    operator: str
    column: int
    right: Operand


class Within(NamedTuple):
    """Membership in a set of values and ranges, as (low, high or None)."""

    quantifier: str
    left: Operand
    elements: tuple[tuple[Value, Value | None], ...]


class Negated(NamedTuple):
    """Negation."""

    inner: Test


class Joined(NamedTuple):
    """A junction. all_of: every part must hold, else one of them."""

    all_of: bool
    parts: tuple[Test, ...]


Test = Exists | Comparison | Within | Negated | Joined


def parse(text: str) -> Test | None:
    """Return the tree of a filter; None for an empty one, which selects everything. Raises FilterError."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if not text or text.isspace():
        return None
    if len(text) > LONGEST:
        raise fault(text, f"a filter has at most {LONGEST} characters", LONGEST)
    try:
        tree: Any = parser().parse(text)
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    except UnexpectedCharacters as error:
        column: Any = error.pos_in_stream
        raise _character(text, column) from None
    except MisshapenError as error:
        raise fault(text, str(error), error.column, error.length) from None
    if tree is not None and depth(tree) > DEEPEST:
        raise fault(text, f"more than {DEEPEST} parentheses and negations inside each other", 0, len(text))
    found: Test | None = tree
    return found


def fault(text: str, message: str, column: int, length: int = 1) -> FilterError:
    """Return the error at a place in a filter's text; `column` and `length` are adjusted to stay within the text, or one character after
    it.
    """
    column = min(column, len(text))
    return FilterError(message, column, max(min(length, len(text) - column), 1))


@cache
def parser() -> Lark:
    """Return the parser, which is built when the first filter is compiled."""
    from importlib.resources import files

    from lark import Lark

    grammar = files("ovsdissect.filter").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_builder(), maybe_placeholders=True, keep_all_tokens=False)


class MisshapenError(Exception):
    def __init__(self, text: str, column: int, length: int = 1) -> None:
        super().__init__(text)
        self.column, self.length = column, length


def depth(test: Test) -> int:
    """Return how deeply negations and junctions are nested."""
    deepest, todo = 0, [(test, 1)]
    while todo:
        node, level = todo.pop()
        deepest = max(deepest, level)
        if isinstance(node, Negated):
            todo.append((node.inner, level + 1))
        elif isinstance(node, Joined):
            todo += [(part, level + 1) for part in node.parts]
    return deepest


def _builder() -> Any:
    from lark import Token, Transformer, v_args

    @v_args(inline=True)
    class Builder(Transformer):  # type: ignore[type-arg]
        """Makes syntax tree nodes from lark's."""

        def start(self, test: Test | None) -> Test | None:
            return test

        def disjunction(self, *parts: Test) -> Test:
            return Joined(False, parts)

        def conjunction(self, *parts: Test) -> Test:
            return Joined(True, parts)

        def negated(self, inner: Test) -> Test:
            return Negated(inner)

        def quantifier(self, token: Token) -> str:
            return str(token)

        def operator(self, token: Token) -> Token:
            return token

        def exists(self, quantifier: str | None, operand: Operand) -> Test:
            return Exists(quantifier or "", operand)

        def comparison(self, quantifier: str | None, left: Operand, operator: Token, right: Operand) -> Test:
            return Comparison(quantifier or "", left, OPERATORS.get(str(operator), str(operator)), operator.start_pos or 0, right)

        def within(self, quantifier: str | None, left: Operand, *elements: tuple[Value, Value | None]) -> Test:
            return Within(quantifier or "", left, elements)

        def without(self, quantifier: str | None, left: Operand, *elements: tuple[Value, Value | None]) -> Test:
            return Negated(Within(quantifier or "", left, elements))

        def operand(self, value: Value, cut: Token | None, bits: Value | None) -> Operand:
            return Operand(value, None if cut is None else _slice(str(cut), cut.start_pos or 0), bits)

        def element(self, low: Value, high: Value | None) -> tuple[Value, Value | None]:
            return low, high

        def value(self, *tokens: Token) -> Value:
            return Value(tuple(_atom(token.type, str(token), token.start_pos or 0) for token in tokens))

    return Builder()


def _atom(kind: str, text: str, column: int) -> Atom:
    if kind != "STRING":
        return Atom(text, False, column, len(text))
    if text[0] == "r":
        return Atom(text[2:-1], True, column, len(text))
    return Atom(_ESCAPE.sub(_unescape, text[1:-1]), True, column, len(text))


def _unescape(match: re.Match[str]) -> str:
    """Return what an escape stands for; an unknown one is kept, so that regular expressions need no doubled backslash."""
    escape = match[1]
    if escape[0] == "x" and len(escape) == 3:
        return chr(int(escape[1:], 16))
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    return _ESCAPES.get(escape, match[0])


_RANGE: Final = re.compile(
    r"\s*(?:(?P<one>-?\d{1,9})|(?P<start>-?\d{1,9})?\s*:\s*(?P<count>\d{1,9})?|(?P<low>-?\d{1,9})\s*-\s*(?P<high>-?\d{1,9}))\s*"
)


def _slice(text: str, column: int) -> Slice:
    ranges: list[tuple[int, int | None]] = []
    at = column + 1
    for part in text[1:-1].split(","):
        match = _RANGE.fullmatch(part)
        if match is None or not part.strip(" :"):
            text = f"{part.strip() or 'nothing'} is no range of bytes: write [i], [i:count], [i-j], [i:] or [:count]"
            raise MisshapenError(text, at, len(part))
        at += len(part) + 1
        if match["one"]:
            ranges.append((int(match["one"]), int(match["one"])))
        elif match["low"]:
            ranges.append((int(match["low"]), int(match["high"])))
        else:
            start = int(match["start"] or 0)
            if match["count"] is None:
                ranges.append((start, None))
                continue
            count = int(match["count"])
            if count < 1:
                raise MisshapenError("a slice has at least one byte", at - len(part) - 1, len(part))
            last = start + count - 1
            ranges.append((start, None if start < 0 <= last else last))
    return Slice(tuple(ranges))


_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK: Final = re.compile(r"\d\d:\d\d")


def _unexpected(text: str, error: Any) -> FilterError:
    """Return an error that explains a token that does not fit."""
    token, expected = error.token, set(error.accepts or error.expected)
    end = token.type == "$END"
    column, length = (len(text.rstrip()), 1) if end else (token.start_pos, len(token))
    before = str(next(reversed(list(parser().lex(text[:column]))), ""))
    wanted = expectation(expected, before)
    if end:
        return fault(text, f"the filter ends where {wanted} is expected", column)
    if _DAY.fullmatch(before) and _CLOCK.match(token):
        return fault(text, f'a time with a space in it needs quotes: "{before} {token}"', column, length)
    return fault(text, f"{token} does not fit here: {wanted} is expected", column, length)


def expectation(terminals: Iterable[str], before: str) -> str:
    """Return in words what is expected: terminals are lark's names, `before` is the text of the previous token."""
    names = set(terminals)
    spelled = OPERATORS.get(before, before)
    if "WORD" in names:
        if spelled in AWAIT_VALUE:
            return f"a value after {before}"
        return "a field"
    said = []
    if "RBRACE" in names:
        said.append("} or ,")
    if "LBRACE" in names:
        said.append("{")
    if "IN" in names and len(names) == 1:
        said.append("in {...}")
    elif "CONTAINS" in names:
        said.append("an operator (==, !=, <, <=, >, >=, in, contains, matches, has, &)")
    if "AND" in names:
        said.append("and, or")
    elif "$END" in names:
        said.append("the end of the filter, and, or")
    if "RPAR" in names:
        said.append(")")
    return ", ".join(said) or "something else"


def _character(text: str, column: int) -> FilterError:
    """Return an error that explains a character with which no token begins."""
    character = text[column]
    rest = text[column:]
    if character in "\"'":
        return fault(text, f"the string that begins here has no closing {character}", column, len(rest))
    if character == "[":
        return fault(text, "the slice that begins here has no closing ]", column, len(rest))
    if character == "=":
        return fault(text, "= is no operator: write ==", column)
    if character == "^":
        return fault(text, "^ is no operator: there are and, or, not", column)
    return fault(text, f"{character!r} means nothing here; text with such characters needs quotes", column)
