"""The display filters that show the messages behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ovsdissect.analysis.findings import ErrorGroup
from ovsdissect.analysis.summaries import Answers

UPCALLS = "ovs_packet.cmd in {miss, action}"


def numbers_filter(numbers: Sequence[int]) -> str:
    """Return the filter for messages with these numbers."""
    return f"number in {{{', '.join(map(str, numbers))}}}"


def by_filter(found: Sequence[Answers]) -> dict[str, list[Answers]]:
    """Return the classes of upcalls by the filter that shows them, most frequent first.

    Several classes share a filter if they differ only in the put: the slow path that a MISS's flow takes.
    """
    groups: dict[str, list[Answers]] = {}
    for one in found:
        whys = {other.why for other in found if (other.cmd, other.answer) == (one.cmd, one.answer)}
        groups.setdefault(_answer_filter(one, alone=len(whys) == 1), []).append(one)
    return dict(sorted(groups.items(), key=lambda item: -sum(one.count for one in item[1])))


def _answer_filter(one: Answers, *, alone: bool) -> str:
    """Return the filter for a class of upcalls. alone: no other `why` occurs with its answer."""
    terms = [f"ovs_packet.cmd == {one.cmd}", f'upcall.answer == "{one.answer}"']
    if one.why is not None:
        terms.append(f"upcall.why == {one.why}")
    elif not alone:
        terms.append("!upcall.why")
    if one.reason is not None:
        terms.append(f"ovs_packet.userdata.type == {one.reason}")
        terms += (f"ovs_packet.userdata.slow_path.reason.{name}" for name in one.slow_path or ())
    return " && ".join(terms)


def port_filter(interface: int | None, datapath: int | None, port: int | None) -> str:
    """Return the filter for a port's upcalls, None for those without one; interface, datapath: None if there is only one."""
    terms = [f"{name} == {value}" for name, value in (("frame.interface_id", interface), ("dp_ifindex", datapath)) if value is not None]
    return " && ".join([*terms, "!key.in_port" if port is None else f"key.in_port == {port}", UPCALLS])


def error_filter(group: ErrorGroup, groups: Sequence[ErrorGroup], text: Callable[[str], str]) -> str:
    """Return the filter for the errors of a group; groups: all groups. text: replaces texts of the host."""
    def name(one: ErrorGroup) -> tuple[object, ...]:
        return one.interface, one.error_number, one.family, one.cmd

    alike = [one for one in groups if name(one) == name(group)]
    terms = [f"error.number == {group.error_number}" if group.error.isdecimal() else f"error.name == {group.error}"]
    if group.family is not None:
        terms.append(f"family == {group.family}")
    if group.interface is not None:
        terms.append(f"frame.interface_id == {group.interface}")
    if group.cmd is not None:
        terms.append(f"cmd == {group.cmd}")
    if len({one.probe for one in alike}) > 1:
        terms.append(f"{'' if group.probe else '!'}request.{group.family}.probe")
    if len({one.message for one in alike}) > 1:
        terms.append("!error.message" if group.message is None else f'error.message == "{_escaped(text(group.message))}"')
    return " && ".join(terms)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
