"""Lines of the log and of dump-flows, as ovs-vswitchd 4.0.0 and 3.5.0 printed them (packet summaries left out)."""

from __future__ import annotations

import pytest

from ovsdissect.odp.lines import (
    FlowStats,
    dump_flows_line,
    execute_line,
    flow_log_line,
    operation_line,
    put_operation,
    stats_text,
    tcp_letters,
    upcall_line,
)


@pytest.mark.parametrize(
    ("cmd", "flags", "clear", "want"),
    [
        (1, 0x401, False, "put[create]"),
        (1, 0x1, False, "put[create][modify]"),
        (4, 0x1, False, "put[modify]"),
        (4, 0x1, True, "put[modify][zero]"),
    ],
)
def test_put_operation(cmd: int, flags: int, clear: bool, want: str) -> None:
    assert put_operation(cmd, flags, clear) == want


def test_flow_log_lines() -> None:
    ufid = "ufid:29b03f5c-d65d-44c8-aa74-71845ecab785"
    assert flow_log_line("put[create]", "in_port(3)", ufid=ufid, actions="1,2") == f"put[create] {ufid} in_port(3), actions:1,2"
    assert flow_log_line("flow_del", "") == "flow_del "
    assert flow_log_line("flow_del", "", ufid=ufid, stats=FlowStats()) == f"flow_del {ufid} , packets:0, bytes:0, used:never"
    failed = flow_log_line("flow_del", "", ufid=ufid, error="No such file or directory")
    assert failed == f"failed to flow_del (No such file or directory) {ufid} "
    assert operation_line("flow_flush") == "flow_flush success"


def test_packet_lines() -> None:
    assert upcall_line("miss", "in_port(3)") == "miss upcall: in_port(3)"
    assert execute_line("1,2", "in_port(3)", 1500) == "execute 1,2 with metadata in_port(3) mtu 1500"
    assert execute_line("9", "in_port(3)", error="Invalid argument") == "execute 9 failed (Invalid argument) with metadata in_port(3) mtu 0"


def test_dump_flows_line() -> None:
    stats = FlowStats(5, 378, 100_000, 0x12)
    line = dump_flows_line("in_port(v1)", "v2", stats, ufid="ufid:x", layer="ovs", now=101_437)
    assert line == "ufid:x, in_port(v1), packets:5, bytes:378, used:1.437s, flags:S., dp:ovs, actions:v2"
    assert dump_flows_line("in_port(1)", "2", FlowStats()) == "in_port(1), packets:0, bytes:0, used:never, actions:2"
    assert stats_text(stats) == "packets:5, bytes:378, used:100000ms, flags:S."


def test_tcp_letters() -> None:
    assert tcp_letters(0xFFF) == "SFPRU.ECN[200][400][800]"
    assert tcp_letters(0) == "none"
