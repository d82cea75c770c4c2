"""What a failing golden test reports: messages and actions aligned, the byte that changed, and files found beside the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ovsdissect.build import build, error, pcap
from ovsdissect.testing import MOST, Golden, compared, golden_objects
from tests.each import all_of, none_of

PACKET = bytes(12) + b"\x08\x06" + bytes(range(40))


def objects(tmp_path: Path, *messages: bytes) -> list[dict[str, object]]:
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap(messages))
    return json.loads(json.dumps(golden_objects(path)))  # type: ignore[no-any-return]  # as a file has them


def flow(port: int, *outputs: int) -> bytes:
    return build("ovs_flow", "new", dp_ifindex=5, key={"in_port": port}, actions=[{"output": output} for output in outputs])


def test_a_message_more_moves_no_other(tmp_path: Path) -> None:
    before = objects(tmp_path, flow(1, 2), flow(2, 3), flow(3, 4))
    after = objects(tmp_path, flow(1, 2), flow(9, 9), flow(2, 3), flow(3, 4))
    assert list(compared(before, after)) == [
        "expected 4 messages, there are 5",  # one of nlctrl first
        "line 3 of what there is, message 3: message ovs_flow new is not expected",
    ]
    assert list(compared(after, before))[1:] == ["line 3, message 3: message ovs_flow new is missing"]
    # one more, and behind it one that says something else: the line is the golden's, the number that of the message
    changed = objects(tmp_path, flow(9, 9), flow(1, 2), flow(2, 3), flow(3, 7))
    told = list(compared(before, changed))[1:]
    assert told[0] == "line 2 of what there is, message 2: message ovs_flow new is not expected"
    assert "line 4, message 5: attrs.actions[0].output: expected 4, is 7" in told
    assert all_of(line.startswith("line 4, message 5: ") for line in told[1:])


def test_a_message_more_moves_no_request(tmp_path: Path) -> None:
    """An error names its request by number: that is no difference where a message before them is new."""
    put = build("ovs_flow", "new", flags=["request", "ack"], seq=3, pid=4, dp_ifindex=5, key={"in_port": 1}, actions=[])
    before, after = objects(tmp_path, put, error(put, -17)), objects(tmp_path, flow(9, 9), put, error(put, -17))
    assert before[-1]["request"] != after[-1]["request"]
    assert list(compared(before, after))[1:] == ["line 2 of what there is, message 2: message ovs_flow new is not expected"]


def test_an_action_more(tmp_path: Path) -> None:
    before, after = objects(tmp_path, flow(1, 2, 3)), objects(tmp_path, flow(1, 2, 7, 3))
    lines = list(compared(before, after))
    assert 'line 2, message 2: attrs.actions[1]: not expected, is {"output":7}' in lines
    assert none_of("actions[2]" in line or "actions[0]" in line for line in lines)
    assert 'line 2, message 2: attrs.actions[1]: expected {"output":7}, is missing' in list(compared(after, before))


def test_a_byte_that_changed(tmp_path: Path) -> None:
    changed = PACKET[:30] + b"\xff" + PACKET[31:]
    before, after = (objects(tmp_path, build("ovs_packet", "miss", dp_ifindex=5, packet=packet)) for packet in (PACKET, changed))
    assert list(compared(before, after)) == [
        "line 2, message 2: attrs.packet.hex: byte 30: expected 0c0d0e0f[10]11121314, is 0c0d0e0f[ff]11121314"
    ]
    three = PACKET[:30] + b"\xff" + PACKET[31:40] + b"\xff\xff" + PACKET[42:]
    (line,) = compared(before, objects(tmp_path, build("ovs_packet", "miss", dp_ifindex=5, packet=three)))
    assert line.endswith(", is 0c0d0e0f[ff]11121314, and 2 bytes more")
    (line,) = compared(before, objects(tmp_path, build("ovs_packet", "miss", dp_ifindex=5, packet=three[:41] + PACKET[41:])))
    assert line.endswith(", and 1 byte more")
    longer = objects(tmp_path, build("ovs_packet", "miss", dp_ifindex=5, packet=PACKET + b"\0\0"))
    assert "line 2, message 2: attrs.packet.hex: expected 54 bytes, are 56" in list(compared(before, longer))


def test_paths_start_at_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, elsewhere = tmp_path / "tests" / "arp", tmp_path / "elsewhere"
    folder.mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "arp.pcap").write_bytes(pcap([flow(1, 2)]))
    monkeypatch.chdir(elsewhere)
    Golden(update=True, folder=folder)("arp.pcap")
    assert (folder / "arp.jsonl").exists()
    Golden(folder=folder)("arp.pcap")
    Golden(folder=folder)("arp.pcap", "arp.jsonl")
    Golden(update=True, folder=folder)("arp.pcap", "other.jsonl")
    assert (folder / "other.jsonl").exists(), "a new one goes beside its capture"
    assert list(elsewhere.iterdir()) == []
    monkeypatch.chdir(tmp_path)
    Golden(folder=tmp_path)("tests/arp/arp.pcap")  # from the working directory, as fixtures of earlier versions have it
    Golden(folder=folder)("tests/arp/arp.pcap")


def failure(golden: Golden, *arguments: object, **options: object) -> str:
    """What pytest is told where a golden fails."""
    with pytest.raises(pytest.fail.Exception) as told:
        golden(*arguments, **options)  # type: ignore[arg-type]
    return str(told.value)


def test_the_number_of_messages_counts(tmp_path: Path) -> None:
    """One less and one more, at either end, fail although all others are the same."""
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap([flow(1, 2), flow(2, 3)]))
    Golden(update=True)(path)
    Golden()(path)
    golden = path.with_suffix(".jsonl")
    lines = golden.read_bytes().splitlines(keepends=True)
    for changed in (lines[:-1], lines[1:], [*lines, lines[-1]], [lines[0], *lines]):
        golden.write_bytes(b"".join(changed))
        assert f"expected {len(changed)} messages, there are 3" in failure(Golden(), path)
    golden.write_bytes(b"")
    assert "expected 0 messages, there are 3" in failure(Golden(), path)


def test_families_and_release_are_the_callers(tmp_path: Path) -> None:
    """Of a capture that announces nothing: families= tells what its messages are; ovs= whose text they have."""
    path = tmp_path / "poor.pcap"
    psample = build("ovs_flow", "new", dp_ifindex=5, key={"in_port": 1}, actions=[{"psample": {"group": 1}}], nlmsg_type=77)
    poor = build("ovs_packet", "miss", dp_ifindex=5, packet=PACKET, nlmsg_type=90)  # which could be of another family
    path.write_bytes(pcap([psample, poor]))
    Golden(update=True)(path, families={"ovs_flow": 77, "ovs_packet": 90}, ovs="2.13")
    line, _poor = (json.loads(text) for text in path.with_suffix(".jsonl").read_text().splitlines())
    assert (line["family"], line["cmd"], line["attrs"]["key"]) == ("ovs_flow", "new", {"in_port": 1})
    assert "psample" not in line["odp"]["actions"]  # an Open vSwitch that does not know it
    Golden()(path, families={"ovs_flow": 77, "ovs_packet": 90}, ovs="2.13")
    assert "odp.actions" in failure(Golden(), path, families={"ovs_flow": 77, "ovs_packet": 90})
    assert "expected 2 messages, there are 1" in failure(Golden(), path, ovs="2.13")


def test_a_capture_that_ends_early(tmp_path: Path) -> None:
    """Its golden has a last line for that, without which it fails."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap([flow(1, 2), flow(2, 3)])[:-3])
    Golden(update=True)(path)
    golden = path.with_suffix(".jsonl")
    lines = golden.read_bytes().splitlines(keepends=True)
    end = json.loads(lines[-1])
    assert (end["kind"], [problem["kind"] for problem in end["problems"]]) == ("record", ["truncated"])
    golden.write_bytes(b"".join(lines[:-1]))
    assert "record is not expected" in failure(Golden(), path)


def test_more_differences_than_are_shown_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "many.pcap"
    path.write_bytes(pcap([flow(port, 2) for port in range(60)]))
    Golden(update=True)(path)
    golden = path.with_suffix(".jsonl")
    golden.write_text(golden.read_text().replace('"output":2', '"output":9'))
    first, *lines, last = failure(Golden(), path).splitlines()
    assert first == f"{path} does not dissect to {golden}:"
    assert lines[0] == "line 2, message 2: attrs.actions[0].output: expected 9, is 2"
    assert (len(lines), last) == (MOST, f"and {60 - MOST} more")


def test_a_file_that_is_no_golden(tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap([flow(1, 2)]))
    golden = path.with_suffix(".jsonl")
    assert failure(Golden(), path) == f"there is no {golden}: --ovsdissect-update writes it"
    golden.write_text("{no JSON}\n")
    assert failure(Golden(), path).startswith(f"{golden} is no golden file: ")


@pytest.mark.parametrize("suffix", ["pcap", "pcapng", "cap", "pcap.gz", "pcapng.zst"])
def test_the_golden_has_the_name_of_its_capture(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"some.{suffix}"
    path.write_bytes(pcap([flow(1, 2)]))  # what it is, its bytes tell
    Golden(update=True)(path)
    assert {one.name for one in tmp_path.iterdir()} == {path.name, "some.jsonl"}


def test_values_of_another_type_differ() -> None:
    """Which Python takes for equal."""
    for one, other in ((1, True), (0, False), (1, 1.0)):
        assert len(list(compared([{"kind": "message", "a": one}], [{"kind": "message", "a": other}]))) == 1


def test_the_fixture_is_that_of_its_test(ovsdissect_golden: Golden, request: pytest.FixtureRequest) -> None:
    assert ovsdissect_golden.update is False
    assert ovsdissect_golden._folder == request.path.parent == Path(__file__).parent
