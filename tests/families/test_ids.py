"""How family ids become known: given, announced anywhere in a file or earlier in a stream, or inferred from the messages' shape."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.api import Capture, Message
from ovsdissect.capture import Record
from ovsdissect.dissect.survey import LOOK_AHEAD
from ovsdissect.families.registry import How
from ovsdissect.netlink.framing import framing
from ovsdissect.netlink.headers import NETLINK_GENERIC
from tests import recorded
from tests.dissect.made import IDS, REQUEST, genl, newfamily, nlmsg, pcap, record

NLCTRL = 16
MISS = {"key": {"in_port": 3}, "packet": bytes(14)}
NAMES = {number: name for name, number in IDS.items()}


def told(capture: Capture) -> dict[str, tuple[int, str]]:
    """Name -> (id, how it became known) of what the capture told, without nlctrl."""
    return {known.name: (number, known.how.value) for number, known in capture.ids.items() if known.how is not How.FIXED}


def without_nlctrl(name: str) -> list[Record]:
    """The records of a capture, those of nlctrl taken out, as a capture that began later would be."""
    return [one for one in recorded.records(name) if not any(frame.type == NLCTRL for frame in frames(one))]


def frames(one: Record) -> Iterable[object]:
    """The generic netlink messages of a record."""
    cut = framing(one.data, one.link_type, one.wire_length, one.byteorder)
    return cut.frames if cut.protocol == NETLINK_GENERIC else ()


def spoken(messages: Iterable[Message]) -> list[tuple[int | None, str | None]]:
    """Number and family of every message of Open vSwitch."""
    return [(message.number, message.family) for message in messages if message.declaration is not None and message.family != "nlctrl"]


def by_type(name: str) -> list[str]:
    """The families of the messages, by the ids that all bundled captures of that kernel have."""
    return [
        NAMES[message.frame.type]
        for message in recorded.messages(name)
        if message.protocol == NETLINK_GENERIC and message.frame.type in NAMES
    ]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_every_family_that_speaks_is_told_by_its_shape(name: str, tmp_path: Path) -> None:
    """Without a word from nlctrl: all messages of Open vSwitch are found, and no noise is taken for them."""
    file = tmp_path / "late.pcap"
    file.write_bytes(pcap(without_nlctrl(name)))
    with ovsdissect.open(file) as capture:
        messages = list(capture)
        found = told(capture)
    assert [family for _number, family in spoken(messages)] == by_type(name)
    assert {family: number for family, (number, _how) in found.items()} == IDS
    speaking = {"ovs_datapath", "ovs_vport", "ovs_flow", "ovs_packet"}
    assert {family for family, (_number, how) in found.items() if how == "inferred"} >= speaking


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_pipe_tells_the_same_as_a_file(name: str) -> None:
    """Within the look-ahead nothing that the file would show is lost, nor anything shown that it would not."""
    stream = io.BytesIO(pcap(without_nlctrl(name)))
    with ovsdissect.open(stream) as capture:
        assert [family for _number, family in spoken(capture)] == by_type(name)


def test_a_family_that_was_given_needs_no_telling() -> None:
    data = pcap([record(genl("ovs_packet", "miss", MISS, kind=47))])
    with ovsdissect.open(io.BytesIO(data), families={"ovs_packet": 47}) as capture:
        (message,) = list(capture)
        assert message.family == "ovs_packet"
        assert told(capture)["ovs_packet"] == (47, "given")
        # the others stand beside it, in the order in which the kernel registers them
        assert told(capture)["ovs_datapath"] == (44, "presumed")


def test_what_was_given_stands_against_what_is_announced() -> None:
    data = pcap([record(newfamily("ovs_packet", 41)), record(genl("ovs_packet", "miss", MISS, kind=47), number=2)])
    with ovsdissect.open(io.BytesIO(data), families={"ovs_packet": 47}) as capture:
        assert [message.family for message in capture] == ["nlctrl", "ovs_packet"]


def test_a_family_that_does_not_exist_is_the_callers_mistake() -> None:
    with pytest.raises(ovsdissect.OvsDissectError, match="no family ovs_pakcet; the families are nlctrl, ovs_datapath"):
        ovsdissect.open(io.BytesIO(pcap([])), families={"ovs_pakcet": 47})


def poor(kind: int) -> bytes:
    """A message that could be of any family: no attribute."""
    return genl("ovs_flow", "get", kind=kind, flags=REQUEST)


def test_an_announcement_at_the_end_of_a_file_serves_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "late.pcap"
    file.write_bytes(pcap([record(poor(50)), record(newfamily("ovs_flow", 50), number=2)]))
    with ovsdissect.open(file) as capture:
        assert [message.family for message in capture] == ["ovs_flow", "nlctrl"]
        assert told(capture)["ovs_flow"] == (50, "nlctrl")


def test_in_a_stream_it_serves_what_comes_after_and_what_was_held_back() -> None:
    far = [record(nlmsg(20), number=i) for i in range(2, LOOK_AHEAD + 10)]
    data = pcap([record(poor(50)), *far, record(newfamily("ovs_flow", 50), number=999), record(poor(50), number=1000)])
    with ovsdissect.open(io.BytesIO(data)) as capture:
        names = [message.family for message in capture if message.frame.type == 50]
    assert names[1] == "ovs_flow"


def test_an_announcement_that_the_snaplen_cut_counts_where_name_and_id_are_there() -> None:
    said = genl("nlctrl", "newfamily", {"family_name": "ovs_flow", "family_id": 77, "version": 1, "hdrsize": 4}, seq=1, pid=1)
    whole = record(said)
    ids = {}
    for length in range(len(whole.data)):
        capture = Capture(io.BytesIO(pcap([whole._replace(data=whole.data[:length], wire_length=len(whole.data))])))
        list(capture)
        ids[length] = told(capture).get("ovs_flow")
    assert ids[len(whole.data) - 1] == (77, "nlctrl")
    assert {length for length, one in ids.items() if one} == set(range(16 + 20 + 16 + 6, len(whole.data)))


def test_an_id_changes_from_its_announcement_on(tmp_path: Path) -> None:
    """The module was loaded anew: the old id means nothing from then on, or another family."""
    file = tmp_path / "reload.pcap"
    records = [
        newfamily("ovs_packet", 41),
        genl("ovs_packet", "miss", MISS),
        genl("nlctrl", "delfamily", {"family_name": "ovs_packet", "family_id": 41}),
        poor(41),
        newfamily("ovs_packet", 50),
        newfamily("ovs_flow", 41),
        genl("ovs_packet", "miss", MISS, kind=50),
        poor(41),
    ]
    file.write_bytes(pcap([record(one, number=i) for i, one in enumerate(records, 1)]))
    with ovsdissect.open(file) as capture:
        names = [message.family for message in capture if message.family != "nlctrl"]
        assert names == ["ovs_packet", None, "ovs_packet", "ovs_flow"]
        assert told(capture)["ovs_packet"] == (50, "nlctrl")


def test_a_family_that_is_not_decoded_has_its_name() -> None:
    data = pcap([record(newfamily("ethtool", 21)), record(nlmsg(21, bytes(4)), number=2)])
    with ovsdissect.open(io.BytesIO(data)) as capture:
        message = list(capture)[1]
    assert (message.declaration, message.family) == (None, "ethtool")
    assert message.to_dict()["family"] == "ethtool"


def test_presumed_families_decode_only_what_fits() -> None:
    """ovs_meter has not spoken enough to be sure; what stands under its presumed id and does not fit stays undecoded."""
    key = {"recirc_id": 0, "dp_hash": 0, "priority": 0, "in_port": 1, "skb_mark": 0, "ct_state": [], "ct_zone": 0}
    rich = genl("ovs_flow", "get", {"ufid": bytes(16).hex(), "key": key, "stats": {"n_packets": 1, "n_bytes": 60}})
    fits = genl("ovs_meter", "del", {"id": 3})
    noise = nlmsg(42, bytes([9, 9, 9, 9]))
    with ovsdissect.open(io.BytesIO(pcap([record(one, number=i) for i, one in enumerate((rich, fits, noise), 1)]))) as capture:
        assert [message.family for message in capture] == ["ovs_flow", "ovs_meter", None]
        assert told(capture)["ovs_meter"] == (42, "presumed")


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_big_endian_captures_tell_the_same(name: str) -> None:
    """A capture of a big-endian host (each message written anew in its order): the same families, inferred; the same JSON."""
    little = [
        message for message in recorded.messages(name) if message.declaration and message.family != "nlctrl" and not message.problems
    ][:1500]
    records = []
    for number, message in enumerate(little, 1):
        assert message.declaration is not None
        assert message.command is not None
        assert message.attrs is not None
        attrs, header = message.declaration.attrs, (message.dp_ifindex or 0).to_bytes(4, "big", signed=True)
        at = message.attrs.offset
        built = attrs.build(attrs.parse(message.data[at : at + message.attrs.length]), byteorder="big")
        frame, version = message.frame, message.version or 0
        body = bytes([message.command.number, version, 0, 0]) + header + built
        whole = nlmsg(frame.type, body, flags=frame.flags, seq=frame.seq, pid=frame.pid, order="big")
        records.append(record(whole, number=number, order="big"))
    with ovsdissect.open(io.BytesIO(pcap(records, order="big"))) as capture:
        twins = list(capture)
        assert capture.byteorder == "big"
        assert {how for _number, how in told(capture).values()} <= {"inferred", "presumed"}
    for twin, message in zip(twins, little, strict=True):
        there, here = twin.to_dict(), message.to_dict()
        for key in ("family", "cmd", "version", "dp_ifindex", "attrs", "direction", "nlmsg", "problems"):
            if key == "nlmsg":  # the last attribute of a packet is not padded, the end of a message may be
                there[key].pop("len")
                here[key].pop("len")
            assert there[key] == here[key], (message.number, key)


@pytest.mark.parametrize(("length", "kept"), [(15, True), (255, True), (256, False)])
def test_a_name_that_fills_a_message_is_not_kept(length: int, kept: bool) -> None:
    """The kernel's names have at most 15 characters (GENL_NAMSIZ); a hostile capture must not fill memory with longer ones."""
    name = "f" * length
    with ovsdissect.open(io.BytesIO(pcap([record(newfamily(name, 900))]))) as capture:
        assert [message.family for message in capture] == ["nlctrl"]
        assert (name in told(capture)) == kept
