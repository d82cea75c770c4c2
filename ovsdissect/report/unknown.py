"""What no capture can tell, if it matters to a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ovsdissect.analysis.pairing import OPEN
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.sides import DATAPATHS, FLOWS, PORTS

NOT_KNOWN: Final = {
    "upcalls": (
        "which packets were lost",
        "the time in the kernel before an upcall was queued and after a request was sent",
        "which of several byte-identical packets an answer was for",
    ),
    "flows": ("why a flow was deleted, beyond idle, flush and sooner", "packets that hit a flow, between two dumps"),
    "ports": (
        "which packets were lost, and on which CPU",
        "whether a packet was lost to a full socket or to a missing one, unless nobody listens",
    ),
    "errors": ("what the kernel writes to its own log",),
    "report": ("the daemon's flow limit", "drop reasons", "OpenFlow rules"),
}
OFFLOADED: Final = "tc-offloaded flows"
SOME_OFFLOADED: Final = "tc-offloaded flows, of which there are some"
HANDLERS: Final = "which handler an upcall went to, in releases of Open vSwitch that do not say so (before 3.6)"


def not_known(command: str, analysis: Analysis) -> list[str]:
    """Return the sentences of a command."""
    told = list(NOT_KNOWN[command])
    if command in ("flows", "report"):
        told.append(SOME_OFFLOADED if analysis.offload_count else OFFLOADED)
    if command == "ports" and not any(handler.executes for side in analysis.sides.values() for handler in side.handlers.values()):
        told.append(HANDLERS)
    lost = sum(one.missing for one in analysis.sides.interfaces)
    if lost:
        told.append(f"what {lost:,} record{'s' * (lost != 1)} held that the capture itself says were lost")
    return [*told, *_left_out(analysis)]


def _left_out(analysis: Analysis) -> Iterator[str]:
    """Yield what was left out for lack of room, because memory is bounded."""
    sides, hurried = analysis.sides, analysis.upcalls.hurried
    if sides.left_out:
        yield f"what {sides.left_out:,} messages say of datapaths beyond the first {DATAPATHS:,}"
    if sides.ports.refused:
        yield f"ports beyond the first {PORTS:,}: their upcalls count for their datapath only"
    if sides.flows.refused:
        yield f"flows that were put while {FLOWS:,} were there"
    if hurried:
        yield f"later answers to {hurried:,} upcalls that were let go while more than {OPEN:,} waited"


def not_known_line(told: Iterable[str]) -> str:
    """Return the sentences in one line."""
    return f"not known: {'; '.join(told)}"
