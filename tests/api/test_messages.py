"""What scripts do with messages and captures: strings, paths, numbers, copies, several passes.

The capture is made here; its values are those given to build().
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.build import build, error, pcap
from ovsdissect.filter import compile as compile_filter
from tests import recorded

# Ethernet, IPv4 10.0.0.1 > 10.0.0.2, UDP 53 > 1024, no data
PACKET = bytes.fromhex("020000000002020000000001" "0800" "4500001c00000000401100000a0000010a000002" "0035040000080000")
START = 1_700_000_000_123_456_789


@pytest.fixture
def file(tmp_path: Path) -> Path:
    key = {"in_port": 2, "ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}, "ethertype": 0x0800}
    miss = build("ovs_packet", "miss", dp_ifindex=7, key=key, packet=PACKET)
    put = build("ovs_flow", "new", dp_ifindex=7, seq=5, pid=9, flags=["request", "ack", "create"], key=key, actions=[{"output": 3}])
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap([miss, put, error(put, -17)], announce=True, start_ns=START))
    return path


@pytest.fixture
def capture(file: Path) -> Iterator[ovsdissect.Capture]:
    with ovsdissect.open(file) as opened:
        yield opened


def test_names_are_strings(capture: ovsdissect.Capture) -> None:
    # two of nlctrl first: they name the families
    assert [(message.family, message.cmd, message.kind) for message in capture] == [
        ("nlctrl", "newfamily", "message"),
        ("nlctrl", "newfamily", "message"),
        ("ovs_packet", "miss", "message"),
        ("ovs_flow", "new", "message"),
        ("ovs_flow", "new", "error"),
    ]
    failed = capture[5]
    assert failed.request is not None
    assert (failed.request.family, failed.request.cmd) == ("ovs_flow", "new")


def test_a_message_is_a_mapping_of_paths(capture: ovsdissect.Capture) -> None:
    miss = capture[3]
    assert miss["attrs.key.in_port"].value == 2
    assert "attrs.key.in_port" in miss
    assert "attrs.key.tunnel" not in miss
    assert 5 not in miss
    assert miss.get("attrs.key.tunnel") is None
    assert miss.get("attrs.key.tunnel", 0) == 0
    with pytest.raises(KeyError):
        miss["attrs.key.tunnel"]
    assert list(miss) == miss.keys() == [path for path, _ in miss.walk()]
    assert miss.keys()[0] == "nlmsg"
    assert {path: field.value for path, field in miss.walk()}["dp_ifindex"] == 7


def test_the_packet_inside(capture: ovsdissect.Capture) -> None:
    miss = capture[3]
    assert miss["attrs.packet.ip.src"].value in ("10.0.0.1", IPv4Address("10.0.0.1"))
    assert miss["attrs.packet.udp.dstport"].value == 1024
    assert "attrs.packet.tcp.dstport" not in miss


def test_times(capture: ovsdissect.Capture) -> None:
    assert capture[1].time_ns == START
    assert capture[1].time == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


def test_short_reprs(capture: ovsdissect.Capture) -> None:
    assert repr(capture[3]) == "<Message 3 ovs_packet miss to-user>"
    assert repr(capture[5]) == "<Message 5 ovs_flow new error to-user>"
    assert repr(capture[3]["attrs.key.in_port"]) == "<Field in_port: 2>"
    assert repr(capture) == f"<Capture {capture.name}: pcap>"
    assert len(repr(capture[3]["attrs"])) < 100


def test_numbers(capture: ovsdissect.Capture) -> None:
    assert len(capture) == 5
    assert [capture[n].number for n in (1, 5, -1, -5)] == [1, 5, 5, 1]
    for wrong in (0, 6, -6):
        with pytest.raises(IndexError):
            capture[wrong]
    slices = {(2, 4): [2, 3], (None, 3): [1, 2], (4, None): [4, 5], (-2, None): [4, 5], (3, 3): [], (4, 99): [4, 5]}
    for (first, last), numbers in slices.items():
        assert [message.number for message in capture[first:last]] == numbers
    assert [message.number for message in capture[1::2]] == [message.number for message in capture[0::2]] == [1, 3, 5]
    with pytest.raises(ValueError, match="positive"):
        capture[::-1]
    assert capture


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", [pytest.param("startup", marks=pytest.mark.slow), "rawnl", "conntrack"])
def test_pickled_messages_say_the_same(name: str) -> None:
    with ovsdissect.open(recorded.path(name)) as capture:
        messages = list(capture)
        before = [(message.to_json(raw=True), message.odp.to_dict()) for message in messages]
        copies = pickle.loads(pickle.dumps(messages))
    assert [(message.to_json(raw=True), message.odp.to_dict()) for message in copies] == before
    assert pickle.loads(pickle.dumps(messages))[0].number == 1  # the capture is closed


def test_what_a_closed_capture_leaves() -> None:
    with ovsdissect.open(recorded.path("startup")) as capture:
        messages = list(capture)
    assert any(message.odp.line for message in messages)
    for begin in (iter, lambda closed: closed[1], lambda closed: next(closed.filter("arp"))):
        with pytest.raises(ovsdissect.CaptureError, match="closed"):
            list(begin(capture)) if begin is iter else begin(capture)


def test_texts_of_another_release(capture: ovsdissect.Capture) -> None:
    put = capture[4]
    assert put.odp.actions == put.odp(ovs="3.1").actions == "3"
    assert str(put.odp(ovs="2.13", names=True).release.version).startswith("2.13")


def test_passes_are_independent(file: Path, capture: ovsdissect.Capture) -> None:
    one, other = iter(capture), iter(capture)
    pairs = [(next(one).number, next(other).number) for _ in range(5)]
    assert pairs == [(n, n) for n in range(1, 6)]
    name = recorded.path("startup")
    with ovsdissect.open(name) as shared:
        expected = [message.number for message in shared.filter("ovs_flow")]
        found: dict[int, list[int | None]] = {}

        def work(place: int) -> None:
            found[place] = [message.number for message in shared.filter("ovs_flow")]

        threads = [threading.Thread(target=work, args=(place,)) for place in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert expected
    assert found == dict.fromkeys(range(3), expected)


def test_a_stream_is_read_once(file: Path) -> None:
    with ovsdissect.open(BytesIO(file.read_bytes())) as stream:
        assert len(list(stream)) == 5
        with pytest.raises(ovsdissect.CaptureError, match="only once"):
            list(stream)
        with pytest.raises(TypeError):
            len(stream)
    reading, writing = os.pipe()
    os.write(writing, file.read_bytes())
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe, ovsdissect.open(pipe) as stream:
        assert [message.number for message in stream.filter("ovs_flow")] == [4]
        with pytest.raises(ovsdissect.CaptureError, match="only once"):
            next(stream.filter("ovs_flow"))


def test_addresses_are_built(tmp_path: Path) -> None:
    ipv4 = {"src": IPv4Address("10.0.0.1"), "dst": "10.0.0.2", "proto": 6, "tos": 0, "ttl": 64, "frag": "none"}
    text = ipv4 | {"src": "10.0.0.1"}
    assert build("ovs_packet", "miss", key={"ipv4": ipv4}) == build("ovs_packet", "miss", key={"ipv4": text})
    tunnel = {"ipv6_src": IPv6Address("2001:db8::1")}
    assert build("ovs_packet", "miss", key={"tunnel": tunnel}) == build("ovs_packet", "miss", key={"tunnel": {"ipv6_src": "2001:db8::1"}})


def test_what_there_is_can_be_seen() -> None:
    assert set(ovsdissect.__all__) == {name for name in dir(ovsdissect) if not name.startswith("__")}
    for name in ("family", "cmd", "time", "time_ns", "keys", "get", "odp", "to_dict", "to_json", "inner", "problems", "walk"):
        assert name in dir(ovsdissect.Message)
    for name in ("upcalls", "flows", "ports", "errors", "verdicts", "filter", "interfaces"):
        assert getattr(ovsdissect.Capture, name).__doc__
    done = subprocess.run([sys.executable, "-c", "import ovsdissect; help(ovsdissect)"], capture_output=True, text=True, check=True)
    assert "class Capture" in done.stdout
    assert "class Message" in done.stdout


SCRIPT = '''
import pickle
from datetime import datetime

import ovsdissect
from ovsdissect.build import build, pcap


def misses(name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    with ovsdissect.open(name) as capture:
        for msg in capture.filter("ovs_packet.cmd == miss", all=False):
            when: datetime | None = msg.time
            family: str | None = msg.family
            key: str | None = msg.odp(ovs="3.3").key
            field: ovsdissect.Field | None = msg.get("attrs.key.in_port")
            if family == "ovs_packet" and "attrs.key" in msg and key is not None and when is not None and field is not None:
                found[key] = found.get(key, 0) + 1
            for path in msg:
                print(path, msg[path].value, msg[path].offset)
        first: ovsdissect.Message = capture[1]
        some: list[ovsdissect.Message] = capture[1:3]
        upcalls: list[int] = [upcall.number for upcall in capture.upcalls()]
        print(len(capture), first.to_json(), some, upcalls, pickle.dumps(first))
    return found


print(misses("x"), pcap([build("ovs_packet", "miss", key={"in_port": 2})]))
'''


@pytest.mark.slow
def test_a_users_script_is_typed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    cache = recorded.ROOT / ".mypy_cache"
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), "--config-file", os.devnull, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=recorded.ROOT, check=False)
    assert done.returncode == 0, done.stdout


def test_findings_are_short_in_an_interpreter() -> None:
    """Payloads are left out of what an interpreter shows, and the texts of a message show their line."""
    with ovsdissect.open("captures/l2-basic.pcap.gz") as recorded:
        upcall = next(upcall for upcall in recorded.upcalls() if upcall.packet)
        flow = recorded.flows(at=f"@{upcall.flow}")[0]
        for finding in (upcall, flow):
            assert repr(finding).startswith(f"{type(finding).__name__}(number=")
            assert "key=" not in repr(finding)
            assert "actions=" not in repr(finding)
        texts = recorded[upcall.number].odp
    assert repr(texts) == f"<Texts {upcall.number} ovs={texts.release.version}: {texts.line}>"


def test_all_and_what_is_open_vswitchs() -> None:
    """The page of the capture counts 3,591 messages, 1,588 + 262 of them of other families and protocols."""
    with ovsdissect.open(recorded.path("startup")) as capture:
        assert len(list(capture.filter("number >= 1", all=True))) == len(capture) == 3591
        assert len(list(capture.filter("number >= 1"))) == len(list(capture.ovs())) == 1741
        assert [one.number for one in capture.filter("protocol == route", all=True)][:1] == [1]
        assert list(capture.filter("protocol == route && !nlmsg.type")) == []


@pytest.mark.parametrize(("number", "fits"), [(15, False), (16, True), (0xFFFF, True), (0x10000, False)])
def test_ids_of_families(file: Path, number: int, fits: bool) -> None:
    """NLMSG_MIN_TYPE is 16; nlmsg_type has 16 bits."""
    if fits:
        ovsdissect.open(file, families={"ovs_meter": number}).close()
    else:
        with pytest.raises(ovsdissect.OvsDissectError, match="a family id is a number from 16 to 65535"):
            ovsdissect.open(file, families={"ovs_meter": number})


def test_progress_of_a_file_and_of_one_that_grows(file: Path) -> None:
    with ovsdissect.open(file) as capture:
        list(capture)
        assert capture.progress == 1.0
    with ovsdissect.open(file, follow=True) as capture:
        assert capture.progress is None


def test_probes_are_flows_only_when_asked_for(tmp_path: Path) -> None:
    ethernet = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}

    def put(seq: int, **more: bool) -> bytes:
        key = {"in_port": seq, "ethernet": ethernet, "ethertype": 0x88B5}
        return build("ovs_flow", "new", seq=seq, pid=9, flags=["request", "create"], key=key, actions=[], **more)

    path = tmp_path / "probes.pcap"
    path.write_bytes(pcap([put(1, probe=True), put(2)]))
    with ovsdissect.open(path) as capture:
        assert (len(capture.flows()), len(capture.flows(probes=True))) == (1, 2)


def test_tables_of_what_passes(file: Path) -> None:
    with ovsdissect.open(file) as capture:
        assert list(capture.to_pandas(fields=["number"], filter="ovs_packet")["number"]) == [3]
        assert capture.to_polars(fields=["number"], filter="ovs_flow || error")["number"].to_list() == [4, 5]


def test_a_compiled_filter_begins_anew_with_each_capture() -> None:
    """What it counts relative times from is the capture's first message."""
    chosen = compile_filter("time_relative < 0.0005")
    miss = build("ovs_packet", "miss", key={"in_port": 2})
    for start_ns in (START, START + 10**12):
        with ovsdissect.open(BytesIO(pcap([miss], start_ns=start_ns))) as capture:  # nlctrl's announcement, and a millisecond later
            assert [message.number for message in capture.filter(chosen)] == [1]


def test_upcalls_that_are_open_at_the_end_are_told() -> None:
    misses = [build("ovs_packet", "miss", key={"in_port": port}, packet=PACKET) for port in (2, 3)]
    with ovsdissect.open(BytesIO(pcap(misses))) as capture:  # the first message announces the family
        assert [upcall.number for upcall in capture.upcalls()] == [2, 3]
