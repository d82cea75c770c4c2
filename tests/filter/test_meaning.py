"""The meaning of the conditions in docs/filter.md, by hand: messages with decisive values, and which of them pass each condition."""

from __future__ import annotations

from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.build import build, pcap
from ovsdissect.filter import compile as compile_filter

MAC = {"src": "02:00:00:00:00:fe", "dst": "33:33:00:00:00:01"}


def flow(actions: list[object], **key: object) -> bytes:
    """A FLOW NEW."""
    return build("ovs_flow", "new", dp_ifindex=6, flags=["request", "create"], key=key, actions=actions)


# a: output to 2 and 3; b: to 2; c: nothing; d: a range of addresses, and bytes above 0x7f
MESSAGES = {
    "a": flow([{"output": 2}, {"output": 3}], in_port=5, ct_state=["new", "trk"], ethernet=MAC),
    "b": flow([{"output": 2}], in_port=6, ct_state=["est", "trk"]),
    "c": flow([], in_port=7, priority=7),
    "d": flow([{"ct": {"nat": {"src": True, "ip_min": "10.0.0.1", "ip_max": "10.0.0.9"}}}], priority=5),
    "e": flow([{"ct": {"nat": {"src": True, "ip_min": "fd00::1"}}}], priority=6),
    "f": build("ovs_flow", "new", dp_ifindex=6, flags=["request", "create"], key={"nsh": {"md2": bytes([0xE9, 0x41, 0x80])}}, actions=[]),
}


@pytest.fixture(scope="module", params=["", "1"], ids=["engine", "tree"])
def capture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ovsdissect.Capture:
    path: Path = tmp_path_factory.mktemp("meaning") / "meaning.pcap"
    path.write_bytes(pcap(MESSAGES.values(), announce=True))
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setenv("OVSDISSECT_PURE", request.param)
        with ovsdissect.open(path) as opened:
            yield opened


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        # the sides turned
        ("key.in_port >= 6", "bc"), ("6 <= key.in_port", "bc"), ("6 >= key.in_port", "ab"), ("6 > key.in_port", "a"),
        ("6 < key.in_port", "c"), ("6 == key.in_port", "b"), ("6 != key.in_port", "ac"), ("5 <= key.in_port", "abc"),
        ("2 === actions.output", "b"), ("2 !== actions.output", "a"),
        # several values
        ("actions.output == 2", "ab"), ("actions.output != 2", ""), ("actions.output === 2", "b"), ("actions.output !== 2", "a"),
        ("any actions.output != 2", "a"), ("all actions.output == 2", "b"), ("all actions.output in {2, 3}", "ab"),
        ("all actions.output > 2", ""), ("any actions.output > 2", "a"), ("!(actions.output == 2)", "cdef"),
        # sets
        ("key.in_port in {5..6}", "ab"), ("key.in_port in {6..6}", "b"), ("key.in_port in {5, 7}", "ac"), ("key.in_port in {6..7}", "bc"),
        ("key.in_port not in {5..6}", "cdef"), ("actions.output in {3..9}", "a"), ("actions.ct.nat.ip_min in {10.0.0.0/8}", "d"),
        ("actions.ct.nat.ip_max in {10.0.0.5..10.0.0.9}", "d"), ("actions.ct.nat.ip_max in {10.0.0.5..10.0.0.8}", ""),
        # values of several types: one of another type differs, and is neither less nor greater
        ("actions.ct.nat.ip_min != 10.0.0.1", "e"), ("actions.ct.nat.ip_min !== 10.0.0.1", "e"), ("actions.ct.nat.ip_min == 10.0.0.1", "d"),
        ("actions.ct.nat.ip_min != fd00::1", "d"), ("actions.ct.nat.ip_min > 10.0.0.0", "d"), ("actions.ct.nat.ip_min < fe00::", "e"),
        ("actions.ct.nat.ip_min != 10.0.0.0/8", "e"),
        # flags and bits
        ("key.ct_state == new|trk", "a"), ("key.ct_state has trk", "ab"), ("key.ct_state has new|trk", "a"),
        ("key.ct_state has new|est", ""),
        ("key.ct_state == +new+trk", "a"), ("key.ct_state & 0x22", "ab"), ("key.ct_state & 0x02", "b"), ("key.ct_state & 0x10", ""),
        ("key.in_port & 0x3 == 0x1", "a"), ("key.in_port & 0x3 != 0x1", "bc"), ("key.in_port & 2", "bc"), ("!(key.in_port & 2)", "adef"),
        ("key.ct_state.est", "b"), ("!key.ct_state.est", "acdef"), ("key.ct_state.est == false", "a"),
        # slices and bytes
        ("key.ethernet.src[5] == fe", "a"), ("key.ethernet.src[0:2] == 02:00", "a"), ("key.ethernet.src[4:2] & 00:02", "a"),
        ("key.ethernet.src[4:2] & 00:01", ""), ("key.ethernet.src[5:1] & f0 == f0", "a"), ("key.ethernet.src[5:1] & 0f == 0f", ""),
        ("key.ethernet.dst contains 33:33", "a"), ("key.ethernet.dst contains 33:34", ""),
        ('key.nsh.md2 matches "\\xe9A"', "f"), ('key.nsh.md2 matches "^\\xe9A\\x80$"', "f"), ('key.nsh.md2 matches "\\xe8"', ""),
        ("key.nsh.md2 == e9:41:80", "f"), ("key.nsh.md2 contains 41", "f"),
        # two fields
        ("key.priority == key.in_port", "c"), ("key.priority != key.in_port", ""), ("key.priority < key.in_port", ""),
        ("key.priority <= key.in_port", "c"), ("all key.priority == key.in_port", "c"), ("key.in_port > actions.output", "ab"),
        ("all key.in_port > actions.output", "ab"), ("all actions.output >= key.in_port", ""),
        # texts, case
        ('family matches "OVS_FLOW"', "abcdef"), ('family == "ovs_flow"', "abcdef"),
        # binding
        ("key.in_port == 5 || key.in_port == 6 && actions.output == 3", "a"), ("!key.in_port && key.priority", "de"),
        ("!(key.in_port || key.priority)", "f"), ("key.in_port != 5", "bc"), ("!(key.in_port == 5)", "bcdef"),
    ],
)  # fmt: skip
def test_a_condition_selects(capture: ovsdissect.Capture, text: str, passing: str) -> None:
    found = {message.number for message in capture.filter(f"({text}) && ovs_flow")}
    assert "".join(name for at, name in enumerate(MESSAGES, 2) if at in found) == passing


@pytest.mark.parametrize(
    "text", ["key.in_port in {6..5}", "key.ipv4.src in {10.0.0.0/8..10.0.0.9}", "key.ipv4.src in {10.0.0.9..10.0.0.8}"]
)
def test_a_range_that_is_none(text: str) -> None:
    with pytest.raises(ovsdissect.FilterError):
        compile_filter(text)
