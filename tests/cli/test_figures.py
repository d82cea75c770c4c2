"""What list and stats print for a capture of which every figure is known, because its bytes were written by hand: no two are equal."""

from __future__ import annotations

import csv
import io
import struct
from typing import Any

import orjson
import pytest

from tests.dissect.made import IDS, MULTI, REQUEST, failed, genl, newfamily, nlmsg
from tests.views.run import run

DATAPATH = genl("ovs_datapath", "new", {"name": "ovs-system"}, dp=9)
PORT = genl("ovs_vport", "new", {"port_no": 3, "type": "netdev", "name": "eth3"}, dp=9)
MISS = genl("ovs_packet", "miss", {"key": {"in_port": 3}, "packet": bytes(14)}, dp=9)
GET = genl("ovs_vport", "get", {"name": "eth4"}, dp=9, flags=REQUEST, seq=7, pid=70)
WRONG = MISS[:24] + b"\3\0" + MISS[26:]  # its first attribute claims 3 bytes
SECOND = 1_700_000_000
# message, and nanoseconds since SECOND
MESSAGES = [
    *((newfamily(name, number), 0) for name, number in IDS.items()),
    (DATAPATH, 250_000_123),
    (PORT, 250_001_000),
    (MISS, 1_000_000_001),
    (GET, 2_500_000_000),
    (failed(GET, -19), 2_500_000_999),
    (WRONG, 3_999_999_999),
    (nlmsg(3, bytes(4), flags=MULTI | 0x10, seq=8, pid=70), 61_000_000_000),
]


def pcap(magic: int, unit: int) -> bytes:
    """The capture, its fractions of a second counted in units of so many nanoseconds."""
    blocks = [struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 4096, 253)]
    for message, at in MESSAGES:
        data = b"\0\4\3\x38" + bytes(10) + b"\0\x10" + message
        seconds, fraction = divmod(at, 10**9)
        blocks.append(struct.pack("<IIII", SECOND + seconds, fraction // unit, len(data), len(data)) + data)
    return b"".join(blocks)


NANO, MICRO = pcap(0xA1B23C4D, 1), pcap(0xA1B2C3D4, 1000)


def column(monkeypatch: pytest.MonkeyPatch, name: str, *options: str, data: bytes = NANO) -> list[str]:
    """A column of the messages after the announcements, from --csv; the aligned line says the same."""
    more = ("-q", *options, "-Y", "!nlctrl", "-", "--columns", name)
    table = list(csv.reader(io.StringIO(run(monkeypatch, "list", *more, "--csv", stdin=data).out.decode())))
    assert table[0] == [name]
    lines = run(monkeypatch, "list", *more, stdin=data).out.decode().splitlines()
    if name != "direction":
        assert [line.strip() for line in lines] == [row[0] for row in table[1:]]
    return [row[0] for row in table[1:]]


def test_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert column(monkeypatch, "number") == ["7", "8", "9", "10", "11", "12"]
    assert column(monkeypatch, "number", "--all") == ["7", "8", "9", "10", "11", "12", "13"]
    assert column(monkeypatch, "record") == ["7", "8", "9", "10", "11", "12"]
    up, down = "to-user", "to-kernel"
    assert column(monkeypatch, "direction") == [up, up, up, down, up, up]
    assert column(monkeypatch, "family") == ["ovs_datapath", "ovs_vport", "ovs_packet", "ovs_vport", "ovs_vport", "ovs_packet"]
    assert column(monkeypatch, "cmd") == ["new", "new", "miss", "get", "get", "miss"]
    assert column(monkeypatch, "datapath") == ["9", *["ovs-system"] * 5]  # a name holds from the message after
    assert column(monkeypatch, "port") == ["", "eth3", "eth3", "eth4", "eth4", ""]
    assert column(monkeypatch, "datapath", "--no-names") == ["9"] * 6
    assert column(monkeypatch, "port", "--no-names") == ["", "3", "3", "", "", ""]
    assert column(monkeypatch, "summary")[4] == 'ENODEV: No such device (request 10: get "eth4")'
    assert column(monkeypatch, "key.in_port") == ["", "", "3", "", "", ""]


@pytest.mark.parametrize(
    ("style", "nano"),
    [
        ("relative", ["0.250000123", "0.250001000", "1.000000001", "2.500000000", "2.500000999", "3.999999999", "61.000000000"]),
        ("delta", ["0.000000000", "0.000000877", "0.749999001", "1.499999999", "0.000000999", "1.499999000", "57.000000001"]),
        (
            "epoch",
            [
                *(f"{SECOND}.250000123", f"{SECOND}.250001000", f"{SECOND + 1}.000000001", f"{SECOND + 2}.500000000"),
                *(f"{SECOND + 2}.500000999", f"{SECOND + 3}.999999999", f"{SECOND + 61}.000000000"),
            ],
        ),
        (
            "absolute",  # date -u -d @1700000000
            [
                "2023-11-14 22:13:20.250000123",
                "2023-11-14 22:13:20.250001000",
                "2023-11-14 22:13:21.000000001",
                "2023-11-14 22:13:22.500000000",
                "2023-11-14 22:13:22.500000999",
                "2023-11-14 22:13:23.999999999",
                "2023-11-14 22:14:21.000000000",
            ],
        ),
    ],
)
def test_times(monkeypatch: pytest.MonkeyPatch, style: str, nano: list[str]) -> None:
    """Nine digits where the capture counts nanoseconds, six where it counts microseconds; nothing is rounded."""
    assert column(monkeypatch, "time", "--time", style, "--all") == nano
    if style != "delta":
        assert column(monkeypatch, "time", "--time", style, "--all", data=MICRO) == [text[:-3] for text in nano]
    else:
        assert column(monkeypatch, "time", "--time", style, "--all", data=MICRO)[:3] == ["0.000000", "0.000001", "0.749999"]


def stats(monkeypatch: pytest.MonkeyPatch, data: bytes) -> dict[str, Any]:
    """The object of `stats --json`."""
    found: dict[str, Any] = orjson.loads(run(monkeypatch, "stats", "-q", "--json", "-", stdin=data).out)
    return found


def test_stats(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stats(monkeypatch, NANO)
    assert (found["records"], found["messages"], found["malformed"], found["dumps_interrupted"]) == (13, 13, 1, 1)
    assert (found["first"], found["last"]) == ("2023-11-14T22:13:20.000000000Z", "2023-11-14T22:14:21.000000000Z")
    assert found["span_ns"] == 61_000_000_000
    assert found["control"] == {"error": 1, "done": 1}
    assert found["problems"] == {"bad-length": 1}
    assert (found["format"], found["compression"], found["byteorder"], found["cut"]) == ("pcap", None, "little", None)
    assert [(one["family"], one["cmd"], one["direction"], one["count"]) for one in found["counts"]] == [
        ("ovs_datapath", "new", "to-user", 1),
        ("ovs_packet", "miss", "to-user", 2),
        ("ovs_vport", "get", "to-kernel", 1),
        ("ovs_vport", "new", "to-user", 1),
        ("nlctrl", "newfamily", "to-user", 6),
    ]
    (failure,) = found["errors"]
    assert failure == {
        "number": -19,
        "name": "ENODEV",
        "protocol": "generic",
        "family": "ovs_vport",
        "cmd": "get",
        "type": None,
        "count": 1,
    }
    assert {one["name"]: (one["id"], one["how"]) for one in found["families"]} == {
        **{name: (number, "nlctrl") for name, number in IDS.items()},
        "nlctrl": (16, "fixed"),
    }
    assert [(one["snaplen"], one["link_type"], one["lost"]) for one in found["interfaces"]] == [(4096, 253, 0)]


def test_stats_of_a_clock_that_went_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The earliest and the latest time, wherever they stand."""
    head, records = NANO[:24], NANO[24:]
    last = 16 + 16 + len(MESSAGES[-1][0])
    turned = head + records[-last:] + records[:-last]
    assert [stats(monkeypatch, turned)[name] for name in ("first", "last", "span_ns")] == [
        "2023-11-14T22:13:20.000000000Z",
        "2023-11-14T22:14:21.000000000Z",
        61_000_000_000,
    ]


def test_the_text_of_stats(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(monkeypatch, "stats", "-q", "-", stdin=NANO).out.decode().splitlines()
    assert lines[1:3] == [
        "2023-11-14T22:13:20.000000000Z to 2023-11-14T22:14:21.000000000Z: 61.000000 s",
        "13 records, 13 netlink messages",
    ]
    text = "\n".join(lines)
    assert "\n1 dump interrupted: incomplete\n" in text
    assert "\nerrors:\n  1  ENODEV  ovs_vport  get\n" in text
    assert "\nproblems, in 1 message:\n  bad-length  1\n" in text
    assert "\ncontrol messages:\n  error  1\n  done   1\n" in text
    assert "\n  0  -  link type 253  snaplen 4,096  drop counts not recorded\n" in text
    assert lines[-1] == "complete"
