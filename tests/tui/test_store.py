"""The store, with captures that exceed narrow columns, and with lines that are not messages."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.engine.available import Engine
from ovsdissect.tui.source import Source
from ovsdissect.tui.store import Store
from tests import recorded
from tests.capture import crafted
from tests.dissect.made import MULTI, REQUEST, genl, newfamily, nlmsg, record
from tests.tui.driving import pcap, vport


def stored(file: Path, **families: int) -> Store:
    """The store of a file that was read to its end."""
    source = Source(str(file), families=families)
    source.start()
    end = time.monotonic() + 60
    while not source.done and time.monotonic() < end:
        time.sleep(0.01)
    assert source.done
    assert not source.fault
    return source.store


def test_many_interfaces_families_and_messages(tmp_path: Path) -> None:
    """More interfaces and families than fit a byte, and more messages in a record than fit two."""
    file = tmp_path / "many.pcapng"
    packets = [crafted.interface("<", 253)] * 300
    for which in range(300):
        number = 1000 + which
        packets.append(crafted.enhanced("<", which, which, record(newfamily(f"family{number}", number), nlmsg(number, bytes(4))).data))
    packets.append(crafted.enhanced("<", 7, 0, record(nlmsg(41) * 70_000).data))
    file.write_bytes(crafted.section("<") + b"".join(packets))
    store = stored(file)
    assert store.count == 2 * 300 + 70_000
    assert [store.message(line).family for line in (1, 599)] == ["family1000", "family1299"]
    assert len(store.of_family("family1299")) == 1
    last = store.message(store.count - 1)
    assert (last.number, last.record, last.index) == (store.count, 301, 69_999)


def test_lines_of_records(tmp_path: Path) -> None:
    """A record's own line stands behind its messages; numbers, records and times go on behind it."""
    file = tmp_path / "rests.pcap"
    records = [record(), record(nlmsg(41), nlmsg(42)), record(nlmsg(41)), record(), record(nlmsg(43))]
    rests = [bytes(256), b"", b"\1\2\3", b"", b"\1"]
    packets = [(place, 0, one.data + rest, len(one.data) + len(rest)) for place, (one, rest) in enumerate(zip(records, rests, strict=True))]
    file.write_bytes(crafted.pcap("<", crafted.NANO, packets))
    store = stored(file)
    with ovsdissect.open(file) as capture:
        expected = list(capture)
    assert [store.number(line) for line in range(store.count)] == [None, 1, 2, 3, None, 4, None]
    assert [store.record(line) for line in range(store.count)] == [0, 1, 1, 2, 2, 4, 4]
    for line, message in enumerate(expected):
        made = store.message(line)
        assert made.to_dict(raw=True) == message.to_dict(raw=True)
        assert (made.index, store.time(line)) == (message.index, message.time_ns)


def test_names_are_kept_once(tmp_path: Path) -> None:
    """What ports are called is kept when it changes, not with each line, also while nothing has a name."""
    file = tmp_path / "names.pcap"
    other = record(nlmsg(41)).data
    file.write_bytes(pcap(*[other] * 20, vport(b"one", 1), *[other] * 20, vport(b"one", 1), vport(b"two", 2), *[other] * 20))
    store = stored(file, ovs_vport=39)
    assert [len(store.message(line).ports) for line in range(store.count)] == [0] * 21 + [1] * 22 + [2] * 20
    assert [len(said.names) for said in store._names.values()] == [3]


def lines(store: Store) -> list[tuple[object, ...]]:
    """All that a store says of its lines."""
    told: list[tuple[object, ...]] = []
    for line in range(store.count):
        message = store.message(line)
        request = message.request
        told.append(
            (
                *(
                    message.number,
                    message.record,
                    message.index,
                    message.time_ns,
                    message.frame,
                    message.kind,
                    message.family,
                    message.data,
                ),
                *(
                    request
                    and (request.number, request.type, request.declaration, request.command and request.command.number, request.body),
                ),
                *(
                    dict(message.ports),
                    dict(message.datapaths),
                    dict(message.links),
                    store.ovs(line),
                    store.request(line),
                    store.number(line),
                    store.record(line),
                ),
            )
        )
    return told


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["startup", "mid-stream", "rawnl", "truncated", "nlextras"])
def test_the_engine_fills_it_as_the_tree_does(name: str, packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = recorded.path(name)
    if not packed:
        file = tmp_path / f"{name}.pcap"
        file.write_bytes(gzip.decompress(recorded.path(name).read_bytes())[:400_000])
    stores = []
    for compiled in (False, True):
        monkeypatch.setattr("ovsdissect.tui.source.engine", lambda compiled=compiled: Engine(compiled))
        stores.append(stored(file))
    tree, filled = stores
    assert lines(filled) == lines(tree)
    assert filled.unnamed() == tree.unnamed()
    assert len(filled._names) == len(tree._names)
    assert list(filled.table.times) == list(tree.table.times)


def link(index: int, name: bytes) -> bytes:
    """RTM_NEWLINK, 16: struct ifinfomsg and IFLA_IFNAME, 3."""
    data = name + b"\0"
    attribute = (4 + len(data)).to_bytes(2, "little") + b"\3\0" + data + bytes(-len(data) % 4)
    return nlmsg(16, bytes(4) + index.to_bytes(4, "little") + bytes(8) + attribute)


def test_interfaces_that_get_other_names(tmp_path: Path) -> None:
    """Each line has the names of its time, as a pass over the capture has them."""
    file = tmp_path / "links.pcap"
    told = [link(5, b"eth0"), link(6, b"eth1"), link(5, b"wan0"), link(5, b"wan0"), link(6, b"lan0")]
    file.write_bytes(pcap(*[record(one, protocol=0).data for one in told]))
    store = stored(file)
    with ovsdissect.open(file) as capture:
        expected = [dict(message.links) for message in capture]
    assert [dict(store.message(line).links) for line in range(store.count)] == expected
    assert expected == [{5: "eth0"}, {5: "eth0", 6: "eth1"}, {5: "wan0", 6: "eth1"}, {5: "wan0", 6: "eth1"}, {5: "wan0", 6: "lan0"}]


def test_answers_of_a_request(tmp_path: Path) -> None:
    """All messages of a dump, in order, and its end; of a long one the first hundred."""
    file = tmp_path / "dump.pcap"
    get = genl("ovs_vport", "get", {}, flags=REQUEST | 0x300, seq=7, pid=70)
    replies = [genl("ovs_vport", "new", {"port_no": at, "name": f"p{at}"}, flags=MULTI, seq=7, pid=70) for at in range(120)]
    done = nlmsg(3, bytes(4), flags=MULTI, seq=7, pid=70)
    other = genl("ovs_vport", "get", {}, flags=REQUEST | 0x300, seq=8, pid=70)
    file.write_bytes(pcap(*[record(one).data for one in (get, replies[0], other, *replies[1:], done)]))
    store = stored(file, ovs_vport=39)
    assert store.answers(0) == [1, *range(3, 102)]
    assert store.answers(2) == []
    assert [store.request(line) for line in (0, 1, 2, 3, 122)] == [None, 0, None, 0, 0]
