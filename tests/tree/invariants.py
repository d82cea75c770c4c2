"""Invariants of the messages of any record, whatever its bytes: they dissect, every byte is in one leaf, JSON equals the tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from ovsdissect.api import Message
from ovsdissect.json.jsonline import render, to_dict
from ovsdissect.tree.node import leaves

_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
COOKED = 16


def covers(message: Message) -> None:
    """The leaves of a message are its bytes, each once: header and payload as far as captured, and the padding up to the next message."""
    root = message.root
    place = root.offset
    for leaf in sorted(leaves(root)):
        assert leaf.offset == place, f"bytes {place} to {leaf.offset} are in {'no leaf' if leaf.offset > place else 'two leaves'}"
        assert leaf.length > 0
        place += leaf.length
    assert place == root.offset + root.length + root.padding


def record_covered(messages: Sequence[Message]) -> None:
    """The messages of one record, its own line among them, are its bytes behind the cooked header."""
    place = COOKED
    for message in messages:
        assert message.root.offset == place
        place += message.root.length + message.root.padding
    assert place == len(messages[0].data)


def tells(message: Message) -> None:
    """JSON's own types hold the object; every path of the tree is one value's and leads to it there; every problem is at such a path."""
    line = to_dict(message, raw=True)
    assert orjson.loads(orjson.dumps(line)) == line
    assert len(line["fields"]) == sum(1 for _ in message.walk()), "two values have one path"
    for path, field in message.walk():
        if not path.startswith(("attrs", "request.attrs")) or field.node.wire.kind == "pad":
            continue
        shown = at(line, path)
        if field.part:
            assert shown == field.value, path
        elif not field.node.children and field.node.wire.kind not in ("packet", "undecoded"):
            assert shown == render(field.node), path
    for problem in message.problems:
        assert problem.kind == "missing" or problem.path in ("", *line["fields"], "error", "request"), problem


def at(line: Any, path: str) -> Any:
    """The value at a path of the JSON object."""
    for index, name in _STEP.findall(path):
        line = line[int(index)] if index else line[name]
    return line


def check(messages: Sequence[Message], *, thorough: bool = True, whole: bool = True) -> None:
    """All of it, for the messages of one record (all of them if `whole`); what JSON tells only if `thorough`, as it takes longest."""
    for message in messages:
        for problem in message.problems:
            assert 0 <= problem.offset <= len(message.data), problem
            assert 0 <= problem.length <= len(message.data) - problem.offset, problem
            assert problem.text
        covers(message)
        if thorough:
            tells(message)
        else:
            orjson.dumps(to_dict(message))
    if messages and whole:
        record_covered(messages)
