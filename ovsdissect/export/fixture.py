"""A regression fixture out of a capture: a small pcap file, what it dissects to, a page about it and its test.

It is anonymous unless told not to be, and what it gives is verified: each message still says what it said in the capture, and nothing
tells who said it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final, NamedTuple

from ovsdissect.capture import Record, open_capture
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.survey import survey
from ovsdissect.errors import OvsDissectError
from ovsdissect.export.anonymise import Anonymiser, Originals
from ovsdissect.export.anonymise.check import unlike
from ovsdissect.export.anonymise.remains import Hit, in_messages, in_objects, in_text
from ovsdissect.export.choice import Choice
from ovsdissect.export.golden import golden_bytes, golden_object
from ovsdissect.export.jsonline import to_dict
from ovsdissect.export.pcap import PcapWriter
from ovsdissect.families.registry import Registry
from ovsdissect.odp import Version

ATTEMPTS: Final = 8  # keys that are tried before bytes that are an original's by chance are left as they are
# a filter with a value that may tell: quoted text, an address in any notation
SPELLED: Final = re.compile(r"[\"'`]|\d\.\d|[0-9a-f]:[0-9a-f:]|::|[0-9a-f]{2}-[0-9a-f]{2}-", re.IGNORECASE)


class FixtureError(OvsDissectError):
    """A fixture that would not be what it should be; nothing of it may be kept."""


class Fixture(NamedTuple):
    """The files of a fixture, and how many messages it has."""

    pcap: bytes
    golden: bytes
    page: bytes
    test: bytes
    messages: int
    selected: int


def fixture(choice: Choice, name: str, *, key: bytes | None, display_filter: str = "", ovs: Version = "4.0") -> Fixture:
    """Make the fixture of the messages that were chosen.

    key: what addresses and names are changed under; None keeps them.
    Raises FixtureError where a message would not say what it said, or where an original address or name would be left.
    """
    records = choice.messages()
    if not choice.selected:
        raise FixtureError("no message was selected")
    carved = dissected(records)
    _same(choice, carved)
    messages = carved
    if key is not None:
        messages, originals = _anonymous(records, carved, key, ovs)
        if _tells(display_filter, originals):
            display_filter = ""
    objects = [golden_object(message, ovs=ovs) for message in messages]
    page = _page(name, messages, choice, anonymous=key is not None, display_filter=display_filter)
    written = [record._replace(data=message.data) for record, message in zip(records, messages, strict=True)]
    return Fixture(pcap_bytes(written), golden_bytes(objects), page.encode(), _test(name, ovs).encode(), len(messages), choice.selected)


def pcap_bytes(records: Sequence[Record]) -> bytes:
    """Records as a pcap file."""
    out = BytesIO()
    writer = PcapWriter(out)
    for record in records:
        writer.write(record)
    return out.getvalue()


def dissected(records: Sequence[Record]) -> list[Message]:
    """The messages of records as they are read back from a file."""
    data = pcap_bytes(records)
    registry = Registry()
    with open_capture(BytesIO(data)) as first:
        survey(registry, first)
    context = Context(registry, Message)
    with open_capture(BytesIO(data)) as capture:
        return [message for record in capture for message in context.messages(record)]


def _same(choice: Choice, carved: Sequence[Message]) -> None:
    """Whether each message says alone what it said in the capture."""
    originals = list(choice.originals())
    for before, after in zip(originals, carved[len(carved) - len(originals) :], strict=True):
        said, says = (_said(message) for message in (before, after))
        if said != says:
            raise FixtureError(f"message {before.number} of the capture does not say in a capture of its own what it says there")


def _said(message: Message) -> dict[str, object]:
    line = to_dict(message)
    kept = ("kind", "time_ns", "nlmsg", "family", "cmd", "version", "dp_ifindex", "attrs", "error")
    return {name: line.get(name) for name in kept} | {"problems": [(one.kind, one.path, one.length) for one in message.problems]}


def _anonymous(records: list[Record], carved: Sequence[Message], key: bytes, ovs: Version) -> tuple[list[Message], Originals]:
    """The messages under the first key that leaves no original, not even by chance; under the last one where all do so by chance."""
    hits: list[Hit] = []
    for attempt in range(ATTEMPTS):
        anonymiser = Anonymiser(carved, key, attempt)
        changed = [record._replace(data=data) for record, data in zip(records, anonymiser.records(), strict=True)]
        messages = dissected(changed)
        fault = unlike(carved, messages, anonymiser.originals.addresses)
        if fault is not None:
            raise FixtureError(f"anonymised it would say something else: {fault}; --keep-addresses leaves it as it is")
        hits = list(_hits(anonymiser.originals, carved, messages, ovs))
        if not any(hit.leak for hit in hits) and (not _by_chance(hits) or attempt == ATTEMPTS - 1):
            return messages, anonymiser.originals
    leaks = [hit.text for hit in hits if hit.leak]
    raise FixtureError(f"something of the originals would be left: {leaks[0]}")


def _by_chance(hits: Sequence[Hit]) -> bool:
    return any(hit.changed for hit in hits)


def _hits(originals: Originals, carved: Sequence[Message], messages: Sequence[Message], ovs: Version) -> Iterator[Hit]:
    yield from in_messages(originals, carved, messages)
    objects = [golden_object(message, ovs=ovs) for message in messages]
    yield from in_text(originals, golden_bytes(objects).decode(), "the golden file")
    yield from in_objects(originals, objects, [golden_object(message, ovs=ovs, names=False) for message in messages])


def _tells(display_filter: str, originals: Originals) -> bool:
    """Whether a filter may tell what the fixture does not: it quotes text, an address, or a name."""
    words = set(re.split(r"[^\w.-]+", display_filter))
    return bool(SPELLED.search(display_filter)) or any(text.decode("utf-8", "replace") in words for text in originals.texts if text)


def _page(name: str, messages: Sequence[Message], choice: Choice, *, anonymous: bool, display_filter: str) -> str:
    """The page about the fixture: nothing of it tells where the capture came from."""
    counts = Counter((message.name or "", message.cmd.name if message.cmd else message.kind, message.direction) for message in messages)
    selected = f"`{display_filter}`" if display_filter else "a filter that is not repeated here" if anonymous else "no filter"
    changed = (
        "Addresses, names and UUIDs are others than in the capture, consistently and with common prefixes kept; payloads are zeros,\n"
        "checksums fit. Well-known, multicast and broadcast addresses are as they were."
        if anonymous
        else "Addresses and names are those of the capture."
    )
    lines = [
        f"# {name}",
        "",
        f"{choice.selected} messages selected by {selected}; the others name families, datapaths and ports, or are the requests that"
        " the selected ones answer.",
        f"{changed}",
        "",
        "| file | what |",
        "|---|---|",
        f"| `{name}.pcap` | {len(messages)} messages, each in a record of its own |",
        f"| `{name}.jsonl` | what they dissect to: `ovsdissect json --odp {name}.pcap` |",
        f"| `{module_name(name)}` | the test that holds one against the other; `pytest --ovsdissect-update` writes the second anew |",
        "",
        "| family | command | direction | messages |",
        "|---|---|---|---|",
        *(f"| {family} | {command} | {direction} | {count} |" for (family, command, direction), count in sorted(counts.items())),
        "",
    ]
    return "\n".join(lines)


def module_name(name: str) -> str:
    """The file of the fixture's test: a module that pytest finds."""
    return f"test_{re.sub('[^0-9A-Za-z]+', '_', name).strip('_').lower()}.py"


def _test(name: str, ovs: Version) -> str:
    version = "" if ovs == "4.0" else f', ovs="{ovs}"'
    function = module_name(name).removesuffix(".py")
    return (
        f'"""The capture {name}.pcap dissects to {name}.jsonl."""\n\n'
        "from pathlib import Path\n\n\n"
        f"def {function}(ovsdissect_golden):\n"
        f'    ovsdissect_golden(Path(__file__).with_name("{name}.pcap"){version})\n'
    )
