"""Open vSwitch's own text for the flows in a table: key and mask as the kernel prints them, the line of `dump-flows`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ovsdissect.analysis.findings import Flow
from ovsdissect.analysis.kernelflow import kernel_flow
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.record import conversation
from ovsdissect.engine.available import engine
from ovsdissect.odp import FlowStats, Form, format_actions, format_flow, format_ufid
from ovsdissect.odp.lines import dump_flows_line
from ovsdissect.odp.releases import Release, Version, release

if TYPE_CHECKING:
    from ovsdissect.engine.odptext import OdpText


class Placed(Protocol):
    """A finding that belongs to a datapath."""

    @property
    def interface(self) -> int | None: ...

    @property
    def order(self) -> ByteOrder: ...

    @property
    def dp_ifindex(self) -> int: ...


class Style(NamedTuple):
    """How texts are printed.

    ovs: the release. verbose: as `dump-flows -m`. names: port names by conversation and datapath; None prints numbers.
    """

    ovs: Version
    verbose: bool = False
    names: Mapping[tuple[int, int], Mapping[int, str]] | None = None

    def ports(self, of: Placed) -> Mapping[int, str] | None:
        """Return the names of the ports of a finding's datapath."""
        if self.names is None:
            return None
        return self.names.get((conversation(of.interface or 0, of.order), of.dp_ifindex), {})


class FlowText(NamedTuple):
    """flow: key and mask, without the UFID.  actions.  line: the whole line with statistics."""

    flow: str
    actions: str
    line: str


def flow_text(flow: Flow, style: Style) -> FlowText | None:
    """Return the texts of a flow; None if its key is unknown or cut."""
    if flow.key is None or flow.actions is None:
        return None
    ports = style.ports(flow)
    if flow.dumped is not None:
        key, mask = flow.dumped
    elif flow.known_from == "put":
        key, mask = kernel_flow(flow.key, flow.mask, flow.order)
    else:
        key, mask = flow.key, flow.mask or b""
    text = actions = None
    if engine().compiled:
        text, actions = _writer(release(style.ovs), flow.order).texts(key, mask, flow.actions, ports, style.verbose)
    if text is None:
        form: Form = "dump-m" if style.verbose else "dump"
        text = format_flow(key, mask, form=form, names=ports, ovs=style.ovs, byteorder=flow.order)
    if actions is None:
        actions = format_actions(flow.actions, names=ports, ovs=style.ovs, byteorder=flow.order)
    used = flow.used or 0
    stats = FlowStats(flow.packets or 0, flow.bytes or 0, used, flow.tcp_flags)
    # the moment, on the clock to which `used` refers
    now = used + (flow.used_ago_ns or 0) // 1_000_000 if used else None
    ufid = format_ufid(flow.ufid, byteorder=flow.order) if style.verbose and flow.ufid is not None else ""
    line = dump_flows_line(text, actions, stats, ufid=ufid, layer="ovs" if style.verbose else "", now=now)
    return FlowText(text, actions, line)


class Writer:
    """Writes texts of flows with the engine; safe to call from any thread.  made: writes for one release and byte order."""

    def __init__(self, made: OdpText) -> None:
        self._made, self._lock = made, Lock()
        self._ports: Mapping[int, str] | None = None

    def texts(
        self, key: bytes, mask: bytes, actions: bytes, ports: Mapping[int, str] | None, verbose: bool
    ) -> tuple[str | None, str | None]:
        """Return the text of key and mask, and that of the actions. Each is None if the engine refuses.

        ports: names of ports; None prints numbers.
        """
        named = ports is not None
        with self._lock:
            if ports is not None and ports is not self._ports:
                self._made.call({port: name.encode("utf-8", "surrogateescape") for port, name in ports.items()})
                self._ports = ports
            return self._made.flow(key, mask, verbose=verbose, named=named), self._made.actions(actions, named=named)


@cache
def _writer(ovs: Release, order: ByteOrder) -> Writer:
    from ovsdissect.engine.list_tables import list_tables
    from ovsdissect.engine.odptext import OdpText

    made = list_tables(ovs)
    return Writer(OdpText(made.tables, made.words, big=order == "big"))
