"""Columns of findings: one for every field of a finding's JSON object, with `-` for `_`, and some made from several fields.

On a screen, words are explained and counts have commas; in CSV they are as in JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ovsdissect.capture import Interface
from ovsdissect.errors import OvsDissectError
from ovsdissect.report.objects import Object
from ovsdissect.report.units import duration, seconds
from ovsdissect.text.csvline import csv_line
from ovsdissect.text.screen import cells, escape, pad

NOTHING: Final = "-"
TEXTS: Final = 1024  # texts of a column that are cached


@dataclass(frozen=True, slots=True)
class Show:
    """How columns are shown.

    start_ns: of the capture. names: ports and datapaths by name. screen: for people, not for programs. safe: as for csv_line().
    """

    start_ns: int
    names: bool = True
    screen: bool = True
    safe: bool = False


class Line:
    """A finding, and the fields of its JSON object: given, or made when one is needed."""

    __slots__ = ("_fields", "_make", "finding")

    def __init__(self, fields: Object | None, finding: Any, make: Callable[[Any], Object] = dict) -> None:
        self._fields, self._make, self.finding = fields, make, finding

    @property
    def fields(self) -> Object:
        """Return the JSON object."""
        if self._fields is None:
            self._fields = self._make(self.finding)
        return self._fields


class Fields(dict[str, Any]):
    """The JSON object of a finding, made only if a field that is not in `plain` is needed.

    plain: the fields that are attributes of the finding itself. make: makes the object, for the others.
    """

    __slots__ = ("_finding", "_made", "_make", "_plain")

    def __init__(self, finding: Any, plain: Collection[str], make: Callable[[Any], Object]) -> None:
        self._finding, self._plain, self._make = finding, plain, make
        self._made: Object | None = None

    def __getitem__(self, field: str) -> Any:
        return getattr(self._finding, field) if field in self._plain else self._object()[field]

    def get(self, field: str, default: Any = None) -> Any:
        """Return a field; the default if there is none."""
        return getattr(self._finding, field) if field in self._plain else self._object().get(field, default)

    def _object(self) -> Object:
        if self._made is None:
            self._made = self._make(self._finding)
        return self._made


Value = Callable[[Line, Show], str]


class Column(NamedTuple):
    """A column. text: of a line. key: the sort key. width: minimum number of cells if lines are printed one by one.

    heading: its title on a screen, if that is not its name. of: the few fields from which its text is made, if their values repeat often.
    number: the field that it shows, which is a whole number, a time or a duration.
    """

    name: str
    text: Value
    key: Callable[[Line], Any]
    right: bool = True
    width: int = 0
    heading: str = ""
    of: tuple[str, ...] = ()
    number: str = ""

    @property
    def title(self) -> str:
        """Its title on a screen."""
        return self.heading or self.name


def column_name(field: str) -> str:
    """Return the column name of a field: `to_flow_ns` is `to-flow`."""
    return field.removesuffix("_ns").replace("_", "-") if field not in ("time_ns", "time") else "time"


def field_column(field: str, name: str = "", *, width: int = 0, right: bool = True, counts: bool = False, few: bool = False) -> Column:
    """Return the column of a field of the JSON object; counts: large numbers are grouped; few: the values are few words."""

    plain = not (counts or field.endswith("_ns"))

    def text(line: Line, show: Show) -> str:
        value = line.fields.get(field)
        if plain and type(value) is int:
            return str(value)
        return field_text(field, value, show, counts=counts)

    of, number = (field,) if few else (), field if right and not counts else ""
    return Column(name or column_name(field), text, lambda line: line.fields.get(field), right, width, of=of, number=number)


def _told(field: str, show: Show) -> Callable[[int], str]:
    """Return the function that writes the numbers of a field."""
    if field == "time_ns" or field.endswith("_time_ns"):
        start_ns, digits = show.start_ns, 3 if show.screen else 9
        return lambda value: seconds(value - start_ns, digits)
    return duration if field.endswith("_ns") else str


def field_text(field: str, value: Any, show: Show, *, counts: bool = False) -> str:
    """Return a field's value as a cell."""
    if value is None:
        return NOTHING if show.screen else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if counts and show.screen else _told(field, show)(value)
    if isinstance(value, list):
        return ",".join(field_text("", one, show) for one in value) or (NOTHING if show.screen else "")
    if isinstance(value, dict):
        return " ".join(f"{name}:{field_text(name, one, show)}" for name, one in value.items())
    return escape(str(value))


def named(field: str, name_field: str, name: str, *, width: int = 0) -> Column:
    """Return a column with the name if there is one and names are wanted, else the number."""

    def text(line: Line, show: Show) -> str:
        known = line.fields[name_field]
        if known is not None and show.names:
            return escape(known)
        return field_text(field, line.fields[field], show)

    key = (name_field, field)
    return Column(name, text, lambda line: (line.fields[name_field] or "", line.fields[field] or 0), False, width, of=key)


def place_column(interfaces: Sequence[Interface]) -> Column:
    """Return the column of the interface: on a screen with its name if the capture has it."""

    def text(line: Line, show: Show) -> str:
        number = line.fields.get("interface")
        if number is None:
            return NOTHING if show.screen else ""
        name = interfaces[number].name if show.screen and show.names and number < len(interfaces) else ""
        return f"{number} {escape(name)}".rstrip()

    return Column("interface", text, lambda line: line.fields.get("interface"), False, 10)


def names(own: Iterable[str], example: Object) -> dict[str, str]:
    """Return the names of the columns: those of a command, each with its own name, and those of the fields of its lines, with the field."""
    fields = {column_name(field): field for field in example if field != "kind"}
    return {name: fields.get(name, name) for name in (*own, *fields)}


def chosen(text: str, own: Mapping[str, Column], example: Object, option: str = "--columns") -> list[Column]:
    """Return the columns in a list of names: those of a command, and all fields of its lines, also by their names in the JSON.

    option: the option that the names were given to.
    Raises OvsDissectError for a name that is none of these.
    """
    there = names(own, example)
    of_fields = {field: column_name(field) for field in example if field != "kind"}
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    found = [name if name in there else of_fields.get(name.replace("-", "_"), name) for name in wanted]
    unknown = [name for name in found if name not in there]
    if unknown or not found:
        raise OvsDissectError(f"{option}: no column {escape(', '.join(unknown)) or 'name'}; the columns are {', '.join(there)}")
    return [own[name] if name in own else field_column(there[name]) for name in found]


def ordered(lines: Iterable[Line], name: str | None, columns: Mapping[str, Column], example: Object) -> list[Line]:
    """Return lines sorted by a column: numbers and durations descending, words ascending; missing values last.

    Raises OvsDissectError if there is no such column.
    """
    if name is None:
        return list(lines)
    try:
        (column,) = chosen(name, columns, example, "--sort")
    except ValueError:
        raise OvsDissectError("--sort takes one column") from None
    given = list(lines)
    there = [line for line in given if column.key(line) is not None]
    numbers = all(isinstance(column.key(line), (int, float)) for line in there)
    there.sort(key=column.key if numbers else lambda line: str(column.key(line)), reverse=numbers)
    return there + [line for line in given if column.key(line) is None]


def table(columns: Sequence[Column], lines: Iterable[Line], show: Show, *, titles: bool = True) -> Iterator[str]:
    """Yield lines of aligned cells, as wide as necessary."""
    rows = [[escape(column.text(line, show)) for column in columns] for line in lines]
    heads = [[column.title for column in columns]] if titles else []
    widths = [max((cells(row[i]) for row in heads + rows), default=0) for i in range(len(columns))]
    for row in heads + rows:
        yield "  ".join(pad(text, width, right=column.right) for text, width, column in zip(row, widths, columns, strict=True)).rstrip()


def title(columns: Sequence[Column]) -> str:
    """Return the titles above lines that are printed one by one."""
    return "  ".join(pad(column.title, max(column.width, len(column.title)), right=column.right) for column in columns).rstrip()


def rows(columns: Sequence[Column], show: Show, plain: Set[str] = frozenset()) -> Callable[[Line], str]:
    """Return a function that makes a line before the next one is known; plain: the fields that are attributes of the finding itself."""
    cells = [_cell(column, show, plain) for column in columns]

    def row(line: Line) -> str:
        return "  ".join([cell(line) for cell in cells]).rstrip()

    return row


def _cell(column: Column, show: Show, plain: Set[str]) -> Callable[[Line], str]:
    """Return a function that makes a cell of such a line."""
    text, width, right = column.text, max(column.width, len(column.title)), column.right

    def made(line: Line) -> str:
        return pad(escape(text(line, show)), width, right=right)

    if column.number in plain:
        number, told = attrgetter(column.number), _told(column.number, show)

        def numeral(line: Line) -> str:
            value = number(line.finding)
            return told(value).rjust(width) if type(value) is int else made(line)

        return numeral
    if not column.of or not plain >= set(column.of):
        return made
    parts = attrgetter(*column.of)
    known: dict[Any, str] = {}

    def remembered(line: Line) -> str:
        said = parts(line.finding)
        found = known.get(said)
        if found is None:
            found = made(line)
            if len(known) < TEXTS:
                known[said] = found
        return found

    return remembered


def csv_row(columns: Sequence[Column], line: Line, show: Show) -> str:
    """Return a line of comma-separated values."""
    return csv_line([escape(column.text(line, show)) for column in columns], safe=show.safe)


def csv_title(columns: Sequence[Column]) -> str:
    """Return the names of the columns as a line of comma-separated values."""
    return csv_line([column.name for column in columns])
