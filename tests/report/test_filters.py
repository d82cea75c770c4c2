"""The filter of a group of errors selects the errors of that group and no others."""

from __future__ import annotations

from pathlib import Path

import ovsdissect
from ovsdissect.build import build, error, pcap
from ovsdissect.report.filters import error_filter

MESSAGE = 'no "flow" of \\1'


def test_errors_that_differ_in_one_thing(tmp_path: Path) -> None:
    """In the message, in whether the request was a probe, in whether there is a message, in the command."""
    asked = [
        ("new", False, MESSAGE),
        ("new", False, 'no "flow" of 2'),
        ("new", True, MESSAGE),
        ("new", False, None),
        ("set", False, MESSAGE),
    ]
    messages = []
    for seq, (cmd, probe, said) in enumerate(asked, 1):
        attrs = {"probe": True} if probe else {}
        sent = build("ovs_flow", cmd, dp_ifindex=5, seq=seq, pid=7, flags=["request"], key={"in_port": 1}, actions=[], **attrs)
        messages += [sent, error(sent, -22, **({} if said is None else {"message": said}))]
    path = tmp_path / "errors.pcap"
    path.write_bytes(pcap(messages))
    with ovsdissect.open(path) as capture:
        groups = capture.errors()
        assert len(groups) == len(asked)
        found = {group.first_error: [one.number for one in capture.filter(error_filter(group, groups, str))] for group in groups}
    # the first message announces the family
    assert found == {number: [number] for number in (3, 5, 7, 9, 11)}
