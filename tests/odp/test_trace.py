"""The trace command is valid for a shell and for ofproto/trace."""

import shlex

from ovsdissect.odp.trace import datapath_name, trace_command


def test_trace() -> None:
    assert trace_command("in_port(2),eth()", "ovs-system") == "ovs-appctl ofproto/trace ovs-system 'in_port(2),eth()'"
    assert trace_command("in_port(2)", "mine") == "ovs-appctl ofproto/trace 'in_port(2)'"
    assert shlex.split(trace_command("in_port(a'; rm -rf b)", "ovs-x; y"))[2:] == ["in_port(a'; rm -rf b)"]


def test_datapath() -> None:
    assert datapath_name({7: "ovs-system", 8: "other"}, 8) == "other"
    assert datapath_name({7: "ovs-system"}, None) == "ovs-system"
    assert datapath_name({7: "ovs-system", 8: "other"}, None) is None
