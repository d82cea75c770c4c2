"""The texts of the bars: the capture, how much was read, the selection; and why a list is empty."""

from __future__ import annotations

import os

from ovsdissect.problem import counted
from ovsdissect.text.screen import escape
from ovsdissect.tui.lines import Branch
from ovsdissect.tui.session import Session

Pieces = tuple[tuple[str, str], ...]


def opened(session: Session, shown: int, work: tuple[str, float] | None) -> tuple[Pieces, str, float | None]:
    """The upper bar: the capture and its state; how many lines are shown; the progress of work.

    shown: lines of the list.  work: what runs, and its progress.
    """
    source, view, count = session.source, session.view, session.store.count
    left: list[tuple[str, str]] = [("title", f"ovsdissect  {escape(os.path.basename(source.name))}")]
    if session.paused:
        left.append(("mark", f"  paused, {max(len(view.lines) - shown, 0):,} more"))
    elif session.following:
        left.append(("valid", "  following"))
    elif source.live and not source.done:
        left.append(("dim", "  live"))
    if source.lost():
        left.append(("error", f"  {source.lost():,} lost by the capture"))
    if source.skipped:
        many = len(source.skipped)
        left.append(("problem", f"  {many:,} record{'s' * (many != 1)} too long to be read"))
    if source.note():
        left.append(("dim", f"  {escape(source.note())}"))
    if source.fault:
        left.append(("error", f"  {escape(source.fault)}"))
    elif source.cut is not None:
        left.append(("problem", f"  {escape(source.cut.text)}"))
    progress = None
    if source.progress is not None:
        progress = source.progress
        left.append(("dim", "  reading"))
    elif view.wanted is not None and not view.done and count and view.seen < count:
        progress = view.seen / count
        left.append(("dim", "  filtering, Esc stops"))
    elif work is not None:
        left.append(("dim", f"  {work[0]}"))
        progress = work[1]
    elif view.cancelled:
        left.append(("mark", f"  stopped after {view.seen:,} messages"))
    return tuple(left), f"{shown:,} of {count:,}" if count else "", progress


def selected(notice: tuple[str, str], branch: Branch | None) -> Pieces:
    """The lower bar: the notice, or the selected field."""
    role, text = notice
    if text or branch is None:
        return ((role, text),)
    line = branch.line
    place = f"{counted(line.length, 'byte')} at {line.offset}"
    pieces = [("text", line.path or line.label), ("dim", f"  {place}")]
    if line.problems:
        pieces.append(("problem", f"  {line.problems[0].kind}: {escape(line.problems[0].text)}"))
    return tuple(pieces)


def emptiness(session: Session, shown: int) -> list[str]:
    """Why the list is empty, and what to do about it."""
    source, count, view = session.source, session.store.count, session.view
    if shown:
        return []
    if not count:
        if not source.done:
            return ["", "  Waiting for the first message ..."]
        return ["", f"  {escape(source.name)} holds no netlink message.", "", "  q quits"]
    if not view.done and view.seen < count:
        return ["", "  Nothing yet ...", "", "  Esc stops"]
    if session.text:
        none = f"None of {count:,} messages matches" if count > 1 else "The only message does not match"
        lines = ["", f"  {none}  {escape(session.text)}", "", "  Esc removes the filter, / changes it"]
        return lines if session.everything else [*lines, "  A looks among all netlink messages, not only Open vSwitch's"]
    return _nothing_of_ovs(session)


def _nothing_of_ovs(session: Session) -> list[str]:
    store = session.store
    unknown = sorted(((number, count) for (_, number), count in store.unnamed().items()), key=lambda item: -item[1])
    none = f"None of {store.count:,} messages" if store.count > 1 else "The only message"
    lines = ["", f"  {none} is {'known' if store.count > 1 else 'not known'} to be Open vSwitch's.", ""]
    if unknown:
        lines += [
            "  The capture does not tell the families of these types, and their messages are too few or too short to infer them:",
            *(f"    type {number}: {counted(count, 'message', grouped=True)}" for number, count in unknown[:6]),
            "",
            "  On the host, `genl ctrl list` tells the ids. Then:",
            f"    ovsdissect --family ovs_packet={unknown[0][0]} {escape(session.source.name)}",
            "",
        ]
    return [*lines, "  A shows all netlink messages"]
