"""The story of an upcall, or of a flow without an upcall: lines in the order of time, each with its message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ovsdissect.api import Message
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.odp.texts import Texts
from ovsdissect.problem import counted
from ovsdissect.report.objects import ufid_text
from ovsdissect.report.upcalls import WHYS, answer_text
from ovsdissect.text.rows import seconds
from ovsdissect.text.screen import escape, pad
from ovsdissect.text.summary import summary
from ovsdissect.text.values import scope
from ovsdissect.tui.choosing import chosen_lines
from ovsdissect.tui.columns import duration
from ovsdissect.tui.findings import End, Findings, Upcall
from ovsdissect.tui.session import Session

LATER: Final = 200  # messages of a flow that are shown
CHILDREN: Final = 20
HEAD: Final = 21


@dataclass
class Line:
    """One line: (role, text) pieces, and the message to which it leads, 0 for none."""

    pieces: list[tuple[str, str]]
    number: int = 0


@dataclass
class Story:
    """A story.  number: the message for which it was requested; title: its subject; lines: in order."""

    number: int
    title: str
    lines: list[Line] = field(default_factory=list)


def story(session: Session, findings: Findings, number: int) -> Story:
    """The story of a message's upcall or flow; it only searches for the flow's messages and does not wait for the analyses."""
    store = session.store
    message = store.message(store.line(number))
    asked = store.request(store.line(number))
    if message.kind != "message" and asked is not None:
        message = store.message(asked)
    teller = _Teller(session, findings)
    upcall = teller.upcall_of(message)
    if upcall is not None:
        what = "Miss" if upcall.miss else "Action"
        made = Story(number, f"{what} {upcall.number} and what became of it: {answer_text(what.lower(), upcall.answer)}")
        made.lines = list(teller.upcall(upcall))
    else:
        made = Story(number, f"Message {number}")
        made.lines = list(teller.alone(message))
    return made


class _Teller:
    """Makes the lines of a story."""

    def __init__(self, session: Session, findings: Findings) -> None:
        self._session, self._findings = session, findings

    def upcall_of(self, message: Message) -> Upcall | None:
        """The upcall of a packet or of a flow: that for which the flow was put last before the message."""
        findings, number = self._findings, message.number or 0
        upcall = findings.upcall(number)
        if upcall is None and (end := findings.end(number) or findings.ended_by(number)) is not None:
            upcall = findings.upcall(end.put)
        if upcall is None and message.family == OVS_FLOW.name:
            for at in reversed([at for at in self._of_flow(_ufid(message)) if at < number]):
                upcall = findings.upcall(at)
                if upcall is not None or findings.ended_by(at) is not None:
                    break
        return upcall

    def upcall(self, one: Upcall) -> Iterator[Line]:
        """An upcall and everything after it."""
        miss = self._message(one.number)
        ufid = _ufid(self._message(one.put)) if one.put else None
        events = self._of_flow(ufid)
        if one.parent:
            yield self._line("recirculated by", one.parent, one.time_ns, "execute")
        before = [number for number in events if number < one.number]
        deleted = next((number for number in reversed(before) if self._findings.ended_by(number) is not None), None)
        if deleted is not None:
            yield self._line("flow deleted before", deleted, one.time_ns, "flow", self._gone(self._findings.ended_by(deleted)))
        elif one.after_delete_ns is not None:
            yield Line([("note", pad("flow deleted before", HEAD)), ("text", f"{duration(one.after_delete_ns)} before this miss")])
        elif ufid is not None and not before:
            yield Line([("note", pad("flow before", HEAD)), ("text", "none with this ufid in the capture")])
        yield self._line("miss" if one.miss else "action", one.number, one.time_ns, "miss" if one.miss else "action")
        key = self._texts(miss).key
        if key:
            yield Line([("dim", pad("  key", HEAD)), ("value", key)], one.number)
        yield from self._answers(one, ufid)
        yield from self._children(one)
        yield from self._life([number for number in events if one.put and number > one.put], one.time_ns)

    def _answers(self, one: Upcall, ufid: str | None) -> Iterator[Line]:
        why = f" ({one.why}: {WHYS[one.why]})" if one.why else ""
        sure = "" if one.certain else "; one of several that fit alike"
        yield Line([("note", pad("  answer", HEAD)), ("text", answer_text("miss" if one.miss else "action", one.answer) + why + sure)])
        if one.put:
            put = self._message(one.put)
            took = duration(one.to_flow_ns or 0)
            yield self._line("flow put", one.put, one.time_ns, "flow", f"after {took}{self._batch(one.put)}")
            if ufid is not None:
                yield Line([("dim", pad("  ufid", HEAD)), ("value", ufid)], one.put)
            yield self._actions(put, one.put)
            yield from self._failure(one.put)
        for number in (one.execute, *one.subs):
            if not number:
                continue
            execute = self._message(number)
            after = max((execute.time_ns or 0) - one.time_ns, 0)
            name = "execute" if number == one.execute else "sub-execute"
            yield self._line(name, number, one.time_ns, "execute", f"after {duration(after)}{self._batch(number)}{_handler(execute)}")
            yield self._actions(execute, number)
            yield from self._failure(number)

    def _children(self, one: Upcall) -> Iterator[Line]:
        for number in self._findings.children.get(one.execute, [])[:CHILDREN] if one.execute else []:
            child = self._findings.upcall(number)
            became = f"{answer_text('miss', child.answer)} after {duration(child.latency or 0)}" if child is not None else ""
            yield self._line("comes again", number, one.time_ns, "miss", became)

    def alone(self, message: Message) -> Iterator[Line]:
        """A flow or packet without an upcall."""
        number, start = message.number or 0, message.time_ns or 0
        if message.family == OVS_PACKET.name:
            said = "sent by ovs-vswitchd itself, or its upcall is not in the capture"
            yield self._line(message.cmd or "", number, start, "execute", said)
            yield self._actions(message, number)
            yield from self._failure(number)
            return
        attrs = message.attrs if message.family == OVS_FLOW.name else None
        if attrs is None or not (attrs.child("ufid") or attrs.child("key")):
            yield Line([("note", pad("no upcall", HEAD)), ("text", "this message is about no single packet or flow")])
            return
        yield Line([("note", pad("no upcall", HEAD)), ("text", "this flow was put unprompted, was there before, or answers nothing here")])
        yield from self._life(self._of_flow(_ufid(message)), start)

    def _life(self, numbers: list[int], start: int) -> Iterator[Line]:
        """What happened to a flow: changes, new statistics from dumps, its end."""
        told: tuple[object, object] | None = None
        for number in numbers[:LATER]:
            message = self._message(number)
            end = self._findings.ended_by(number)
            if end is not None:
                yield self._line("flow deleted", number, start, "flow", self._gone(end))
                continue
            stats = _stats(message)
            if message.direction == "to-user" and stats is not None:
                if stats != told:
                    packets, octets = told = stats
                    yield self._line("hits so far", number, start, "flow", hits_text(packets, octets))
                continue
            if message.direction == "to-kernel" and message.cmd in ("new", "set"):
                yield self._line("flow put again" if message.cmd == "new" else "flow changed", number, start, "flow")
                yield self._actions(message, number)
            elif message.direction == "to-kernel" and message.cmd == "del":
                yield self._line("deletion asked for", number, start, "flow")
        if len(numbers) > LATER:
            yield Line([("dim", f"and {len(numbers) - LATER:,} more: u shows them all")])

    def _gone(self, end: End | None) -> str:
        if end is None:
            return ""
        lived = f"lived {duration(end.lifetime_ns)}" if end.lifetime_ns is not None else ""
        analysis = self._findings.analysis
        why = end.why
        if not why and analysis is not None and end.age_ns is not None and self._findings.done:
            from ovsdissect.analysis import conclude

            idle = conclude.max_idle_ns(analysis)
            if idle is not None:
                why = "idle" if end.age_ns >= idle - 500_000_000 else "sooner than it would be idle"
        return ", ".join(word for word in (lived, why) if word)

    def _line(self, name: str, number: int, start: int, role: str, more: str = "") -> Line:
        message = self._message(number)
        look = self._session.look
        first = self._session.store.start_ns
        time = seconds((message.time_ns or 0) - first, 6)
        said = "" if role == "flow" else summary(message, scope(message, names=look.names, ovs=look.ovs)).partition(", actions:")[0]
        pieces = [(role, pad(name, HEAD)), ("dim", pad(f"#{number}", 9) + pad(time, 12) + " ")]
        if more:
            pieces.append(("value", f"{more}   "))
        return Line([*pieces, ("text", said)], number)

    def _actions(self, message: Message, number: int) -> Line:
        text = self._texts(message).actions or "drop"
        return Line([("dim", pad("  actions", HEAD)), ("drop" if text == "drop" else "outputs", escape(text))], number)

    def _texts(self, message: Message) -> Texts:
        look = self._session.look
        return Texts(message, names=look.names, ovs=look.ovs)

    def _failure(self, number: int) -> Iterator[Line]:
        store = self._session.store
        for line in store.answers(store.line(number)):
            message = store.message(line)
            if message.kind == "error" and message.error.get("number") and message.number is not None:
                yield Line([("error", pad("  refused", HEAD)), ("error", summary(message))], message.number)
                for way in self._findings.in_the_way(message.number):
                    ufid = ufid_text(way.ufid, way.order) or "a flow without UFID"
                    yield Line([("note", pad("  in the way", HEAD)), ("dim", pad(f"#{way.number}", 9)), ("value", ufid)], way.number)

    def _batch(self, number: int) -> str:
        store = self._session.store
        record = store.record(store.line(number))
        start, end = store.table.first(record), store.table.first(record + 1)
        return f", {number - start} of {end - start} in its batch" if end - start > 1 else ""

    def _of_flow(self, ufid: str | None) -> list[int]:
        """The numbers of a flow's messages, found in a pass over the capture."""
        if ufid is None:
            return []
        from ovsdissect import filter as display_filter

        store = self._session.store
        found: list[int] = []
        for lines, share in chosen_lines(self._session.source, store, display_filter.compile(f"ovs_flow.ufid == {ufid}"), everything=False):
            if share == 1.0:
                found = [number for line in lines if (number := store.number(line)) is not None]
        return found

    def _message(self, number: int) -> Message:
        return self._session.store.message(self._session.store.line(number))


def _ufid(message: Message) -> str | None:
    node = message.attrs.child("ufid") if message.attrs is not None else None
    return node.value if node is not None and isinstance(node.value, str) else None


def _stats(message: Message) -> tuple[int, int] | None:
    if message.attrs is None or message.kind != "message":
        return None
    node = message.attrs.child("stats")
    if node is None:
        return 0, 0
    packets, octets = node.child("n_packets"), node.child("n_bytes")
    if packets is None or octets is None or not isinstance(packets.raw, int) or not isinstance(octets.raw, int):
        return None
    return packets.raw, octets.raw


def _handler(message: Message) -> str:
    node = message.attrs.child("upcall_pid") if message.attrs is not None else None
    return f", handler 0x{node.raw:08x}" if node is not None and isinstance(node.raw, int) else ""


def hits_text(packets: int, octets: int) -> str:
    """A flow's counters."""
    return f"{counted(packets, 'packet', grouped=True)}, {counted(octets, 'byte', grouped=True)}"
