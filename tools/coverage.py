"""Writes captures/COVERAGE.md (attribute x capture) and the counts in captures/*.md; with --check says whether they are up to date.

A row of the table is a place in a message, named as fields are, with what stands in several places named once: "key" and "mask" are
those of any message, "actions" are those at any depth, "key.encap" is any VLAN depth.  What an error echoes does not count, neither
does a value that cannot be read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ovsdissect
from ovsdissect.api import Message, is_ovs
from ovsdissect.families import FAMILIES
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.grammar import Attr, AttrList, AttrSet, MaskedSet, Variant, Wire
from ovsdissect.grammar.wire import Sized
from ovsdissect.netlink.headers import EXTACK
from ovsdissect.tree.node import Node, is_malformed

FOLDER = Path(__file__).resolve().parent.parent / "captures"
TABLE = FOLDER / "COVERAGE.md"
SUFFIXES = (".pcap.gz", ".pcapng.gz")
COUNTS = "## Counts\n"
ERROR = "error"
PLAIN = ("Messages", "Attributes without a row")  # tables that name their rows in full


@dataclass
class Census:
    """What one capture holds: records, messages by kind, family, command and direction, problems by kind, attributes by place."""

    records: int = 0
    total: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


def files(folder: Path = FOLDER) -> list[Path]:
    """The captures, by name."""
    return sorted((path for path in folder.iterdir() if path.name.endswith(SUFFIXES)), key=lambda path: (name_of(path), path.name))


def name_of(path: Path) -> str:
    """A capture's name: that of its .md."""
    return path.name.partition(".")[0]


def place(path: str, wire: Wire) -> str:
    """The name under which the contents of a set count."""
    if wire is ACTIONS:
        return "actions"
    if wire is KEY and not path.startswith(("actions.", "key.")):
        return "key"
    if wire is MASK and not path.startswith("mask."):
        return "mask"
    return path.replace(".encap.encap", ".encap")


def opaque(path: str) -> bool:
    """Whether the rows of a set are not counted: what the grammar allows without end inside a VLAN's key, and the kernel nowhere."""
    return ".encap." in path.replace(".encap.encap", ".encap") or (path.startswith("actions.") and path.endswith(".encap"))


def declared(path: str, wire: Wire, seen: set[str]) -> Iterator[str]:
    """Every row at and below a type, each once, in the order of the grammar."""
    if isinstance(wire, Sized):
        for case in (*wire.cases.values(), *([wire.other] if wire.other else [])):
            yield f"{path} ({case.kind})"
    elif isinstance(wire, Variant):
        yield from (f"{path}.{case.name}" for case in wire.cases.values())
    elif isinstance(wire, (AttrList, MaskedSet)):
        inner = wire.row(0).wire if isinstance(wire, AttrList) else wire.attrs
        yield from declared(path, inner, seen)
    elif isinstance(wire, AttrSet) and not opaque(path):
        path = place(path, wire)
        if path in seen:
            return
        seen.add(path)
        below: list[tuple[str, Wire]] = []
        for row in wire.rows:
            yield f"{path}.{row.name}"
            below.append((f"{path}.{row.name}", row.wire))
        for name, inner in below:
            yield from declared(name, inner, seen)


def all_rows() -> list[str]:
    """Every row that a message can have."""
    seen: set[str] = set()
    return [row for family in FAMILIES.values() for row in declared(family.name, family.attrs, seen)] + [*declared(ERROR, EXTACK, seen)]


def count(nodes: Iterable[Node], path: str, rows: Counter[str]) -> None:
    """Count the attributes among nodes, and those below them."""
    for node in nodes:
        if is_malformed(node):
            continue
        if isinstance(node.row, Attr) and not node.row.name.isdecimal():
            below = f"{path}.{node.row.name}"
            rows[below] += 1
            declared_wire = node.row.wire
            if isinstance(declared_wire, Sized):
                rows[f"{below} ({node.wire.kind})"] += 1
            elif isinstance(declared_wire, Variant) and node.wire is declared_wire:
                rows.update(f"{below}.{case.name}" for case in declared_wire.cases.values() if node.child(case.name))
            if isinstance(node.wire, MaskedSet):
                value = node.child("value")
                count(value.children if value else (), below, rows)
            elif isinstance(node.wire, (AttrSet, AttrList)) and not opaque(below):
                count(node.children, place(below, node.wire), rows)
        elif isinstance(node.wire, (AttrSet, AttrList)):
            count(node.children, path, rows)


def heading(message: Message) -> str:
    """What a message counts as."""
    if message.declaration and message.command:
        return f"{message.declaration.name} {message.command.name} {message.direction}"
    return message.kind if is_ovs(message) else f"other {message.kind}"


def census(path: Path) -> Census:
    """Read a capture."""
    found = Census()
    with ovsdissect.open(path) as capture:
        for message in capture:
            found.messages[heading(message)] += 1
            found.problems.update(f"problem {problem.kind}" for problem in message.problems)
            if message.declaration:
                count(message.attrs.children if message.attrs else (), message.declaration.name, found.rows)
            elif message.kind in ("error", "ack", "done") and is_ovs(message):
                count((n for n in message.root.children if n.wire is EXTACK), ERROR, found.rows)
        found.records, found.total = capture.records_seen, capture.messages_seen
    return found


def counts(found: Mapping[str, Census]) -> str:
    """The counts of one .md: of a name's files side by side."""
    lines = [f"| what | {' | '.join(f'`{name}`' for name in found)} |", "| --- |" + " ---: |" * len(found)]
    kinds = sorted({kind for one in found.values() for kind in (*one.messages, *one.problems)})
    numbers = [("records", [one.records for one in found.values()]), ("netlink messages", [one.total for one in found.values()])]
    numbers += [(kind, [one.messages[kind] + one.problems[kind] for one in found.values()]) for kind in kinds]
    lines += [f"| {what} | {' | '.join(map(str, values))} |" for what, values in numbers]
    return COUNTS + "\n" + "\n".join(lines) + "\n"


def with_counts(text: str, found: Mapping[str, Census]) -> str:
    """A .md with its counts brought up to date."""
    return text.partition(COUNTS)[0] + counts(found)


def group(row: str) -> str:
    """The table that a row stands in: its set."""
    return row.partition(" ")[0].rpartition(".")[0]


def table(rows: Iterable[str], names: Iterable[str], columns: Mapping[str, Mapping[str, int]], strip: str = "") -> str:
    """Counts of rows in captures, `strip` cut off the rows' names."""
    lines = [f"| | {' | '.join(names)} |", "| --- |" + " ---: |" * len(columns)]
    for row in rows:
        cells = " | ".join(str(column.get(row) or "") for column in columns.values())
        lines.append(f"| `{row.removeprefix(strip)}` | {cells} |")
    return "\n".join(lines) + "\n"


def render(columns: Mapping[str, Mapping[str, int]]) -> str:
    """The page: by capture (its file's name) what it has of messages and of rows."""
    rows = all_rows()
    missing = [row for row in rows if not any(column.get(row) for column in columns.values())]
    short = [name.replace(".pcap.gz", "").replace(".pcapng.gz", " (pcapng)") for name in columns]
    others = sorted({what for column in columns.values() for what in column} - set(rows))
    unknown = [what for what in others if "." in what]
    parts = [
        "# What the captures cover\n",
        "Written by `tools/coverage.py`; a test holds it up to date. A number says how often an attribute stands in a capture.\n",
        f"{len(rows) - len(missing)} of {len(rows)} rows of the grammar are in at least one of {len(columns)} captures; the other"
        f" {len(missing)} are covered by built messages only, and listed at the end. `key` and `mask` are those of any message, `actions`"
        " those at any depth, `encap` any VLAN depth; `error` is the extended ACK. What an error echoes is not counted, nor is a value"
        " that cannot be read.\n",
        f"## {PLAIN[0]}\n",
        table([what for what in others if what not in unknown], short, columns),
        f"## {PLAIN[1]}\n",
        table(unknown, short, columns),
    ]
    for name in dict.fromkeys(group(row) for row in rows):
        here = [row for row in rows if group(row) == name and row not in missing]
        if here:
            parts += [f"## {name}\n", table(here, short, columns, f"{name}.")]
    parts.append("## In built messages only\n\nMost of these the kernel never sends and refuses to take.\n")
    for name in dict.fromkeys(group(row) for row in missing):
        parts.append(f"* `{name}`: " + ", ".join(f"`{row.removeprefix(f'{name}.')}`" for row in missing if group(row) == name) + "\n")
    return "\n".join(parts)


def parse(text: str) -> dict[str, dict[str, int]]:
    """The columns of a page, by capture: what `render` was given."""
    columns: dict[str, dict[str, int]] = {}
    prefix, names = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
            prefix = "" if title in PLAIN else f"{title}."
        elif line.startswith("| | "):
            names = [f"{n.removesuffix(' (pcapng)')}.pcap{'ng' if n.endswith(')') else ''}.gz" for n in line.strip("| ").split(" | ")]
        elif line.startswith("| `"):
            row, *cells = (cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|"))
            for name, cell in zip(names, cells, strict=True):
                column = columns.setdefault(name, {})
                if cell:
                    column[prefix + row.strip("`")] = int(cell)
    return columns


def column(found: Census) -> dict[str, int]:
    """A capture's column of the page."""
    return {what: number for what, number in (found.messages + found.rows).items() if not what.startswith("other ")}


def main(arguments: list[str]) -> int:
    """Write, or compare."""
    check = arguments == ["--check"]
    if arguments and not check:
        print("usage: coverage.py [--check]", file=sys.stderr)
        return 2
    found = {path.name: census(path) for path in files()}
    pages = {TABLE: render({name: column(one) for name, one in found.items()})}
    for name in dict.fromkeys(name_of(path) for path in files()):
        page = FOLDER / f"{name}.md"
        pages[page] = with_counts(page.read_text(), {path.name: found[path.name] for path in files() if name_of(path) == name})
    stale = [page for page, text in pages.items() if not page.exists() or page.read_text() != text]
    for page in stale:
        print(f"{page.name} is out of date: run tools/coverage.py" if check else f"wrote {page.name}")
        if not check:
            page.write_text(pages[page])
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
