"""The lines of ovs-vswitchd's log and of `dump-flows`, made from texts and numbers. Knows no bytes and no nodes.

Sources: log_flow_message(), log_execute_message() and dpif_print_packet() of lib/dpif.c, format_dpif_flow() of lib/dpctl.c.
OVS writes the datapath's name before a log line, and a one-line summary of the packet between the actions and the metadata of an EXECUTE
and after the key of an upcall. Both are left out here, and line ends are replaced by a space.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.netlink.headers import NLM_F_CREATE

FLOW_NEW, FLOW_DEL, FLOW_GET, FLOW_SET = 1, 2, 3, 4

# lib/packets.c, packet_format_tcp_flags(): letters in this order, bits above them as numbers
TCP_LETTERS: Final = (
    (0x002, "S"),
    (0x001, "F"),
    (0x008, "P"),
    (0x004, "R"),
    (0x020, "U"),
    (0x010, "."),
    (0x040, "E"),
    (0x080, "C"),
    (0x100, "N"),
    (0x200, "[200]"),
    (0x400, "[400]"),
    (0x800, "[800]"),
)


class FlowStats(NamedTuple):
    """A flow's counters. used: milliseconds of the host's monotonic clock when a packet last matched, 0 for never; tcp_flags: or-ed."""

    packets: int = 0
    bytes: int = 0
    used: int = 0
    tcp_flags: int = 0


def tcp_letters(flags: int) -> str:
    """Return TCP flags as letters; "none" for none."""
    return "".join(letter for bit, letter in TCP_LETTERS if flags & bit) or "none"


def stats_text(stats: FlowStats, now: int | None = None) -> str:
    """Return `packets:N, bytes:N, used:S[, flags:F]` (dpif_flow_stats_format).

    now: the host's monotonic clock in milliseconds; `used` is then the seconds since, as in OVS, else a reading of that clock ("ms").
    """
    if not stats.used:
        used = "never"
    elif now is None:
        used = f"{stats.used}ms"
    else:
        used = f"{(now - stats.used) / 1000:.3f}s"
    flags = f", flags:{tcp_letters(stats.tcp_flags)}" if stats.tcp_flags else ""
    return f"packets:{stats.packets}, bytes:{stats.bytes}, used:{used}{flags}"


def upcall_line(cmd: str, key: str) -> str:
    """Return `miss upcall: KEY`, `action upcall: KEY`."""
    return f"{cmd} upcall: {key}"


def execute_line(actions: str, key: str, mtu: int = 0, *, prefix: str = "", error: str | None = None) -> str:
    """Return `execute ACTIONS with metadata KEY mtu N`.

    prefix: "sub-" for one action of a list that ovs-vswitchd carries out itself. error: the kernel's answer as strerror() prints it.
    """
    failed = f" failed ({error})" if error else ""
    return f"{prefix}execute {actions}{failed} with metadata {key} mtu {mtu}"


def put_operation(cmd: int, flags: int, clear: bool = False) -> str:
    """Return what the log calls a put: from the command (NEW, SET), its nlmsg_flags and whether it has a CLEAR attribute."""
    created = "put[create]" if flags & NLM_F_CREATE else "put[create][modify]"
    operation = "put[modify]" if cmd == FLOW_SET else created
    return operation + "[zero]" if clear else operation


def operation_line(operation: str, error: str | None = None) -> str:
    """Return `OPERATION success`, `OPERATION failed (ERROR)`: the log's line for an operation without a flow (log_operation)."""
    return f"{operation} failed ({error})" if error else f"{operation} success"


def flow_log_line(
    operation: str,
    flow: str,
    *,
    ufid: str = "",
    stats: FlowStats | None = None,
    now: int | None = None,
    actions: str | None = None,
    error: str | None = None,
) -> str:
    """Return `[failed to ]OPERATION [(ERROR) ][ufid:... ]FLOW[, packets:...][, actions:...]` (log_flow_message).

    operation: put_operation(), "flow_del", "flow_get" or "flow_dump". flow: the log form of format_flow(). ufid: format_ufid().
    """
    line = f"failed to {operation} ({error}) " if error else f"{operation} "
    if ufid:
        line += ufid + " "
    line += flow
    if stats is not None:
        line += ", " + stats_text(stats, now)
    if actions is not None:
        line += ", actions:" + actions
    return line


def dump_flows_line(
    flow: str,
    actions: str,
    stats: FlowStats,
    *,
    ufid: str = "",
    layer: str = "",
    now: int | None = None,
) -> str:
    """Return a line of `dump-flows`, or of `dump-flows -m` if there is a ufid and the layer ("ovs") that holds the flow.

    flow: the "dump" or "dump-m" form of format_flow().
    """
    line = f"{ufid}, {flow}" if ufid else flow
    line += ", " + stats_text(stats, now)
    if layer:
        line += f", dp:{layer}"
    return f"{line}, actions:{actions}"
