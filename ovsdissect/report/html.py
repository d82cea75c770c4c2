"""The report as a single HTML page without external scripts, fonts or pictures."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush, heappushpop
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ovsdissect.analysis import conclude
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.findings import Flow
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.summaries import report_summary
from ovsdissect.analysis.timeline import Timeline
from ovsdissect.analysis.verdicts import verdicts
from ovsdissect.errors import extra_missing
from ovsdissect.report.disguise import Disguise
from ovsdissect.report.flowtext import Style

if TYPE_CHECKING:
    from ovsdissect.report.page import Page

TOP: Final = 20


class TopFlows:
    """The flows that matched most packets. Gone flows are added during the pass; existing ones are examined at its end."""

    def __init__(self) -> None:
        self._most: list[tuple[int, int, Entry]] = []

    def add(self, entry: Entry) -> None:
        """Take a flow that is gone."""
        if entry.probe or not entry.packets:
            return
        one = (entry.packets, -entry.number, entry)
        if len(self._most) < TOP:
            heappush(self._most, one)
        else:
            heappushpop(self._most, one)

    def flows(self, analysis: Analysis) -> list[Flow]:
        """Return the flows that matched most packets, of all."""
        gone = [conclude.flow(entry, analysis.sides[entry.dp], analysis.last_ns) for _, _, entry in self._most]
        there = [flow for flow in conclude.flows(analysis) if flow.packets]
        return sorted([*gone, *there], key=lambda flow: (-(flow.packets or 0), flow.number))[:TOP]


def check() -> None:
    """Raise OvsDissectError if something that the page needs is not installed."""
    if any(find_spec(name) is None for name in ("jinja2", "vl_convert")):
        raise extra_missing("the page needs", "Jinja2 and vl-convert-python", "report")


def report_html(name: str, analysis: Analysis, timeline: Timeline, top: TopFlows, style: Style, *, anonymise: bool) -> str:
    """Return the page of a pass. name: of the capture. anonymise: with other addresses and names."""
    from ovsdissect.report.page import page

    sides = analysis.sides.values()
    text: Callable[[str], str] = str
    if anonymise:
        names = [side.counters.name or "" for side in sides]
        names += [port.name or "" for side in sides for port in side.counters.ports.values()]
        text = Disguise(names).text
        name = "capture"
    told, summary = verdicts(analysis), report_summary(analysis)
    return render(page(name, analysis, timeline, told, summary, top.flows(analysis), style, text))


def render(page: Page) -> str:
    """Return a page as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("ovsdissect.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html.j2").render(page=page, version=version("ovsdissect"))
