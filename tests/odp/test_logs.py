"""Every line that ovs-vswitchd logged while a capture ran is the text of one of its messages; every flow that dump-flows printed is too.

Both sides are multisets; times are blanked, as is what only the daemon's clock knows.  What the log cannot have is named in EXCEPTIONS.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.families import OVS_PACKET
from ovsdissect.netlink.headers import NLM_F_MULTI
from ovsdissect.odp import format_ufid
from ovsdissect.odp.releases import release
from ovsdissect.odp.texts import Texts
from tests.each import all_of

CAPTURES = Path(__file__).parents[2] / "captures"
LOGGED = sorted(path.name.removesuffix(".log.gz") for path in CAPTURES.glob("*.log.gz"))
OLDER = sorted(path.name.removesuffix(".log.gz") for path in (CAPTURES / "releases").glob("*.log.gz"))
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z\|\d+\|([a-z_]+)(?:\(([^)]*)\))?\|\w+\|(.*)", re.S)
OPERATION = re.compile(r"(failed to )?(put\[|flow_del|flow_get|flow_flush)")
USED = re.compile(r"used:(\d+\.\d+s|\d+ms)")
EARLY, LATE = 50_000_000, 100_000  # a stamp is cut to milliseconds; the daemon writes up to 5 ms after its message, seconds in a backlog

# log lines without a message, messages without a log line, printed flows that no message holds
EXCEPTIONS: dict[str, tuple[int, int, int]] = {
    "nlextras": (0, 407, 0),  # ovs-dpctl and ovs-appctl's own requests: not the daemon's, so not in its log
    "truncated": (58, 2, 27),  # cut messages have no line; two deletes were logged when the capture had ended
}


def blank(line: str) -> str:
    """A line without its times."""
    return USED.sub("used:T", line)


VERSIONS = {"k612": "3.5.0", "k61": "3.1.0", "k510": "2.15.0"}


def version(name: str) -> str:
    """Whose text the log has: what captures/NAME.md names."""
    return VERSIONS.get(name.rpartition("-")[2], "4.0")


def beside(name: str, suffix: str) -> Path:
    """A file of a recording."""
    return (CAPTURES / "releases" if name in OLDER else CAPTURES) / f"{name}{suffix}"


def many(message: ovsdissect.Message) -> bool:
    """Whether a message is one of a dump's."""
    return bool(message.frame.flags & NLM_F_MULTI)


def entries(name: str) -> Iterator[tuple[int, str, str, list[str]]]:
    """The log's entries: nanoseconds, module, thread, lines."""
    entry: tuple[int, str, str, list[str]] | None = None
    with gzip.open(beside(name, ".log.gz"), "rt", errors="replace") as log:
        for line in log:
            match = STAMP.match(line.rstrip("\n"))
            if match:
                if entry:
                    yield entry
                moment = datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC)
                entry = (round(moment.timestamp() * 1000) * 1_000_000, match[2], match[3] or "", [match[4]])
            elif entry:
                entry[3].append(line.rstrip("\n"))
    if entry:
        yield entry


def logged(name: str, first: int, last: int) -> tuple[Counter[str], dict[str, list[str]]]:
    """The log's lines in the capture's window, one line each as Texts.line has them, all and by thread."""
    lines: Counter[str] = Counter()
    threads: defaultdict[str, list[str]] = defaultdict(list)
    outer: dict[str, str] = {}
    for moment, module, thread, text in entries(name):
        head = text[0].partition(": ")[2]
        before = outer.pop(thread, "")
        if module != "dpif" or not first - EARLY <= moment <= last + LATE:
            continue
        if head in ("miss upcall:", "action upcall:"):
            line = f"{head} {text[1]}"
        elif re.match(r"(sub-|super-)?execute ", head):
            if head.startswith("sub-") and before:
                lines[before] -= 1  # carried out action by action: only these went down
                del threads[thread][len(threads[thread]) - 1 - threads[thread][::-1].index(before)]
            metadata = next(part for part in text if part.startswith(" with metadata"))
            line = head.removeprefix("sub-").partition(" on packet")[0] + metadata
            outer[thread] = line
        elif OPERATION.match(head):
            line = blank(head)
        else:
            continue
        lines[line] += 1
        threads[thread].append(line)
    return +lines, threads


def captured(name: str) -> tuple[Counter[str], int, int, list[tuple[str, str]], defaultdict[str, set[str]]]:
    """The capture's lines as the log has them, its first and last time, upcalls and requests in order, dumped flows by ufid."""
    lines: dict[int, str] = {}
    flows: defaultdict[str, set[str]] = defaultdict(set)
    times: list[int] = []
    for message in ovsdissect.open(beside(name, ".pcap.gz")):
        if message.time_ns is not None:
            times.append(message.time_ns)
        if message.kind not in ("message", "error") or message.number is None:
            continue
        texts = Texts(message, ovs=version(name))
        if texts.line is None:
            continue
        asked = message.request
        if message.direction == "to-kernel" or message.declaration is OVS_PACKET:
            lines[message.number] = blank(texts.line)
        elif (
            asked
            and asked.number
            and (message.kind == "error" or (asked.command and asked.command.name in ("del", "get") and not many(message)))
        ):
            lines[asked.number] = blank(texts.line)  # the log tells a request once, with its answer
        elif texts.key:
            plain = Texts(message, names=False, ovs=version(name)).line or ""
            flows[texts.line.partition(",")[0]] |= {blank(texts.line), blank(plain)}
    ordered = [("upcall" if " upcall: " in line else "request", line) for _, line in sorted(lines.items())]
    return Counter(lines.values()), min(times), max(times), ordered, flows


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", [*LOGGED, *OLDER])
def test_log(name: str, record_property: pytest.RecordProperty) -> None:
    have, first, last, ordered, flows = captured(name)
    want, threads = logged(name, first, last)
    without_message, without_line = want - have, have - want
    compared = sum((want & have).values())
    printed = [line for line in beside(name, ".flows.txt").read_text().splitlines() if line.startswith("ufid:")]
    unknown = [line for line in printed if blank(line) not in flows[line.partition(",")[0]]]
    record_property("lines", compared)
    print(f"{name}: {compared} lines of the log, {len(printed) - len(unknown)} of {len(printed)} printed flows")
    print(*without_message.most_common(3), *without_line.most_common(3), sep="\n")
    assert (sum(without_message.values()), sum(without_line.values()), len(unknown)) == EXCEPTIONS.get(name, (0, 0, 0))
    for lines in threads.values():
        for sort in ("upcall", "request"):
            mine = [line for line in lines if (" upcall: " in line) == (sort == "upcall")]
            everyone = iter([line for kind, line in ordered if kind == sort])
            if name not in EXCEPTIONS:
                assert [line for line in mine if line not in everyone] == [], f"the {sort}s of a thread are in another order"


@pytest.mark.parametrize("name", OLDER)
def test_release_is_told(name: str) -> None:
    """The release that `auto` takes for the last message prints what the daemon's own does."""
    with ovsdissect.open(beside(name, ".pcap.gz")) as capture:
        last = capture[len(capture)].odp.release
    assert last.text_class == release(version(name)).text_class


@pytest.mark.parametrize("name", [OLDER[0], *(pytest.param(name, marks=pytest.mark.slow) for name in OLDER[1:])])
def test_tables_of_older_releases(name: str) -> None:
    """The flow table is what `dump-flows` printed, but for flows deleted while the command ran."""
    sections = re.findall(r"^## (\d+\.\d+) .*\n((?:(?!## ).*\n)*)## end (\d+\.\d+)", beside(name, ".flows.txt").read_text(), re.M)
    seen = 0
    with ovsdissect.open(beside(name, ".pcap.gz")) as capture:
        for start, lines, end in sections:
            printed = set(re.findall(r"^ufid:([0-9a-f-]{36})", lines, re.M))
            before, after = (
                {format_ufid(flow.ufid, byteorder=flow.order).removeprefix("ufid:") for flow in capture.flows(at=at) if flow.ufid}
                for at in (start, end)
            )
            assert before & after <= printed <= before | after, start
            seen += len(printed)
        bad = {verdict.name: verdict.figures for verdict in capture.verdicts() if verdict.severity == "bad"}
        failed = sum(": execute " in text[0] and " failed (" in text[0] for _, _, _, text in entries(name))
        assert {at: figures["executes"] for at, figures in bad.items()} == ({"packets-refused": failed} if failed else {})
        assert all_of(upcall.answer != "none" or upcall.why == "not-due" for upcall in capture.upcalls())
    assert seen
