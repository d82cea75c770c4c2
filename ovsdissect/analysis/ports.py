"""Compares the counters of datapaths and ports with the upcalls in the capture, as sums of increments between polls."""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.analysis import findings
from ovsdissect.analysis.facts import VportFact, dp_ifindex
from ovsdissect.analysis.latency import Histogram
from ovsdissect.analysis.room import Room
from ovsdissect.families.ovs_vport import VPORT_TYPES

INTERVALS: Final = 4096
LARGEST_STEP: Final = 1 << 48  # no counter grows more between two polls: one of them is damaged
PER_CPU: Final = "per-cpu"
PER_VPORT: Final = "per-vport"
BEFORE_POLL_NS: Final = 10_000_000  # the kernel sends a MISS before it counts it


class Loss(NamedTuple):
    """Two polls between which n_lost rose, with their times, and the increment."""

    first: int
    last: int
    from_ns: int
    to_ns: int
    lost: int


class Port:
    """A port; port_no: None for upcalls without a port in their key. in_window: its upcalls in the last second."""

    __slots__ = (
        *("action", "between", "dp", "fail", "in_window", "latencies", "miss", "name", "peak", "pids", "polls", "port_no", "success"),
        *("_at_poll", "_last", "type"),
    )

    def __init__(self, dp: int, port_no: int | None) -> None:
        self.dp, self.port_no = dp, port_no
        self.name: str | None = None
        self.type: int | None = None
        self.pids: tuple[int, ...] | None = None
        self.miss = self.action = self.in_window = self.peak = 0
        self.polls = self.success = self.fail = self.between = 0
        self._last: tuple[int, int] | None = None
        self._at_poll = 0
        self.latencies: Histogram | None = None  # there may be very many ports without answers

    def see(self, said: VportFact) -> None:
        """Take a reply about the port."""
        self.name = said.name or self.name
        self.type = said.type if said.type is not None else self.type
        self.pids = said.upcall_pids if said.upcall_pids is not None else self.pids
        if said.upcall_stats is None:
            return
        success, fail = said.upcall_stats
        seen = self.miss + self.action
        last = self._last
        if last is not None and 0 <= success - last[0] < LARGEST_STEP and 0 <= fail - last[1] < LARGEST_STEP:
            self.success += success - last[0]
            self.fail += fail - last[1]
            self.between += seen - self._at_poll
        self._last, self._at_poll = said.upcall_stats, seen
        self.polls += 1

    def finding(self, datapath: str | None) -> findings.Port:
        """Return the finding."""
        return findings.Port(
            dp_ifindex(self.dp),
            datapath,
            self.port_no,
            self.name,
            None if self.type is None else VPORT_TYPES.get(self.type, str(self.type)),
            self.pids,
            self.miss + self.action,
            self.miss,
            self.action,
            self.peak,
            self.polls,
            self.success if self.polls else None,
            self.fail if self.polls else None,
            self.between if self.polls else None,
            (self.latencies or Histogram()).latency(),
        )

    def took(self, duration: int) -> None:
        """Note that an upcall's packet was answered."""
        if self.latencies is None:
            self.latencies = Histogram()
        self.latencies.add(duration)


class Counters:
    """A datapath's counters, ports and dispatch.

    room: for ports; rest: the counts of ports for which there is no room.
    losses: increments of n_lost; neighbours are joined beyond INTERVALS. late_misses: MISSes that may have been counted only after the
    first poll.
    compared: MISSes in the intervals that count.
    """

    def __init__(self, dp: int, room: Room) -> None:
        self.dp = dp
        self.rest = Port(dp, None)
        self._room = room
        self.name: str | None = None
        self.ports: dict[int | None, Port] = {}
        self.pids: tuple[int, ...] | None = None
        self.most_pids = 0
        self.fewest_pids: tuple[int, int] | None = None  # the length of a list that is shorter than another, and its message
        self.no_pid: int | None = None  # a message with a 0 among the portids
        self.pids_at: int | None = None
        self.vport_pids = False
        self.miss = self.action = 0
        self.polls = self.polls_equal = self.resets = 0
        self.hit = self.missed = self.lost = self.compared = 0
        self.first_poll: int | None = None
        self.last_poll: int | None = None
        self.last_poll_ns = 0
        self.n_flows: int | None = None
        self.losses: list[Loss] = []
        self.late_misses = 0
        self._last: tuple[int, int, int, int] | None = None
        self._miss_at_first = self._miss_at_last = 0
        self._last_miss_ns: list[int] = []
        self.in_window = self.peak = self.peak_number = self.peak_ns = self.neighbours_in_window = 0
        self.peak_port: Port | None = None
        self.peak_share = self.peak_neighbours = 0.0

    def port(self, port_no: int | None) -> Port:
        """Return the port with a number; it is created if there is room."""
        found = self.ports.get(port_no)
        if found is None:
            if not self._room.take():
                return self.rest
            found = self.ports[port_no] = Port(self.dp, port_no)
        return found

    def before_poll(self, time_ns: int) -> None:
        """Note a MISS before the first poll."""
        self._last_miss_ns = [one for one in self._last_miss_ns[-64:] if time_ns - one < BEFORE_POLL_NS]
        self._last_miss_ns.append(time_ns)

    def busiest(self, port: Port, number: int, time_ns: int) -> None:
        """Note a new maximum of upcalls in a second; port: the one from which this upcall came."""
        top = self.peak_port
        if top is None or port.in_window >= top.in_window:
            self.peak_port = top = port
        self.peak, self.peak_number, self.peak_ns = self.in_window, number, time_ns
        self.peak_share = top.in_window / self.in_window
        self.peak_neighbours = self.neighbours_in_window / self.in_window

    def poll(self, number: int, time_ns: int, stats: tuple[int, int, int, int], flows: int) -> int:
        """Take a reply with the datapath's counters; flows: the table's own count. Returns the upcalls lost since the last poll."""
        last, lost = self._last, 0
        if last is None:
            self.first_poll, self._miss_at_first = number, self.miss
            self.late_misses = sum(time_ns - one < BEFORE_POLL_NS for one in self._last_miss_ns)
            self._last_miss_ns.clear()
        elif not all(0 <= now - before < LARGEST_STEP for now, before in zip(stats[:3], last[:3], strict=True)):
            self.resets += 1
        else:
            self.hit += stats[0] - last[0]
            self.missed += stats[1] - last[1]
            lost = stats[2] - last[2]
            self.lost += lost
            self.compared += self.miss - self._miss_at_last
            if lost and self.last_poll is not None:
                self.losses.append(Loss(self.last_poll, number, self.last_poll_ns, time_ns, lost))
                if len(self.losses) > INTERVALS:
                    self.losses = joined(self.losses)
        self._last, self._miss_at_last = stats, self.miss
        self.last_poll, self.last_poll_ns, self.n_flows = number, time_ns, stats[3]
        self.polls += 1
        self.polls_equal += flows == stats[3]
        return lost

    def per_cpu(self, pids: tuple[int, ...], number: int) -> None:
        """Take PER_CPU_PIDS."""
        self.pids, self.pids_at = pids, number
        if 0 in pids:
            self.no_pid = number
        if self.fewest_pids is None or len(pids) < self.fewest_pids[0]:
            self.fewest_pids = (len(pids), number)
        self.most_pids = max(self.most_pids, len(pids))

    @property
    def dispatch(self) -> str | None:
        """How the datapath chooses the socket for an upcall."""
        return PER_CPU if self.pids is not None else PER_VPORT if self.vport_pids else None

    @property
    def miss_seen(self) -> int:
        """MISS messages between the first and the last poll."""
        return self._miss_at_last - self._miss_at_first

    def finding(self, flows: int) -> findings.Datapath:
        """Return the finding; flows: the number in the table."""
        return findings.Datapath(
            dp_ifindex(self.dp),
            self.name,
            self.dispatch,
            self.pids,
            self.polls,
            self.polls_equal,
            self.resets,
            self.hit,
            self.missed,
            self.lost,
            self.miss_seen,
            self.n_flows,
            self.last_poll,
            self.last_poll_ns if self.last_poll is not None else None,
            flows,
            self.first_poll,
            self.last_poll,
        )


def joined(losses: list[Loss]) -> list[Loss]:
    """Return half as many losses, each joined from two neighbours."""
    pairs = zip(losses[::2], losses[1::2], strict=False)
    halves = [Loss(one.first, two.last, one.from_ns, two.to_ns, one.lost + two.lost) for one, two in pairs]
    return halves + losses[len(halves) * 2 :]
