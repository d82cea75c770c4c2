"""Which release the recordings are attributed to, and what handmade messages reveal: the rows of releases.md about what OVS sends."""

from __future__ import annotations

from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.odp import release
from ovsdissect.odp.detection import Detector

CAPTURES = Path(__file__).parents[2] / "captures"
NAMES = sorted(path.name for path in CAPTURES.glob("*.pcap*.gz"))
REQUEST, REPLY = 1, 2
DATAPATH, FLOW, PACKET = "ovs_datapath", "ovs_flow", "ovs_packet"
NEW, SET, EXECUTE = 1, 4, 3


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_every_recording_has_the_right_text(name: str) -> None:
    """Those of kernel 6.12 are of 3.5.0, the others of 4.0.0."""
    with ovsdissect.open(CAPTURES / name) as capture:
        found = capture.detector().release
    assert found is not None
    assert release(found).text_class == ("l" if "-k612" in name else "n")
    with open(CAPTURES / name, "rb") as stream, ovsdissect.open(stream) as capture:
        releases = [message.daemon.release for message in capture if message.daemon is not None]
    assert releases[0] is None
    assert releases[-1] == found


def attr(number: int, payload: bytes) -> bytes:
    """An attribute, padded."""
    return (len(payload) + 4).to_bytes(2, "little") + number.to_bytes(2, "little") + payload + bytes(-len(payload) % 4)


def u32(number: int, value: int) -> bytes:
    """An attribute of a number."""
    return attr(number, value.to_bytes(4, "little"))


def told(*messages: tuple[str, int, int, bytes]) -> str | None:
    """What a conversation tells: family, flags, command and attributes of its messages."""
    detector = Detector()
    for family, flags, command, attrs in messages:
        detector.see(family, flags, bytes([command, 1, 0, 0]) + bytes(4) + attrs, "little")
    return detector.release


def datapath(features: int, *more: bytes, command: int = NEW) -> tuple[str, int, int, bytes]:
    """A request of dpif_netlink_open()."""
    return DATAPATH, REQUEST, command, attr(1, b"ovs-system\0") + u32(2, 0) + u32(5, features) + b"".join(more)


# the order of keys and masks that the daemon makes: odp_flow_key_from_flow__()
OLD = u32(2, 0) + u32(15, 0) + u32(20, 0) + u32(19, 0) + u32(3, 0)
KERNELS = u32(20, 0) + u32(19, 0) + u32(2, 0) + u32(3, 0) + u32(15, 0)


def put(key: bytes, actions: bytes, *more: bytes) -> tuple[str, int, int, bytes]:
    """A request for a flow."""
    return FLOW, REQUEST, NEW, attr(1, key) + attr(2, actions) + b"".join(more)


def probe(key: bytes, actions: bytes = b"") -> tuple[str, int, int, bytes]:
    """A probe of a flow."""
    return put(key, actions, attr(8, b""))


def execute(*more: bytes, actions: bytes = b"") -> tuple[str, int, int, bytes]:
    """A packet to carry out."""
    return PACKET, REQUEST, EXECUTE, attr(1, bytes(14)) + attr(2, OLD) + attr(3, actions) + b"".join(more)


MASK, KERNELS_MASK = attr(7, OLD), attr(7, KERNELS)
CHECK_PKT_LEN, ADD_MPLS, DROP, PSAMPLE = attr(21, b""), attr(22, bytes(8)), u32(24, 0), attr(25, u32(1, 10))
CT = OLD + u32(22, 0)
HASH, GARBAGE, PID = attr(11, bytes(4) + b"\3\0\0\0"), attr(11, bytes.fromhex("11223344407f0000")), u32(12, 77)
OUTPUT = u32(1, 1)
START_215 = [datapath(0x3), probe(OLD), probe(OLD, CHECK_PKT_LEN), probe(CT)]
START_31 = [
    datapath(0x80000003), datapath(0x9), datapath(0x9, attr(8, bytes(8)), command=SET),
    probe(OLD), probe(OLD, CHECK_PKT_LEN), probe(OLD, ADD_MPLS), probe(CT),
]  # fmt: skip
START_35 = [
    datapath(0x80000003), datapath(0x9), probe(KERNELS), probe(KERNELS, CHECK_PKT_LEN), probe(KERNELS, DROP), probe(KERNELS, ADD_MPLS),
    probe(KERNELS, PSAMPLE), probe(KERNELS + u32(22, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("messages", "want"),
    [
        ([], None),
        ([datapath(0x3)], "2.15.0"),
        (START_215, "2.15.0"),
        ([*START_215, put(KERNELS, OUTPUT, MASK), execute(HASH)], "2.15.0"),
        ([*START_215, execute(GARBAGE)], "2.15.0"),
        ([put(KERNELS, OUTPUT, MASK), execute(GARBAGE)], "2.15.0"),
        (START_31, "3.1.7"),
        ([*START_31, put(KERNELS, OUTPUT, MASK), execute(HASH)], "3.1.7"),
        ([put(KERNELS, OUTPUT, MASK), execute(HASH)], "3.1.7"),
        # a kernel without sockets per CPU: the newer daemon tries, and asks again
        ([datapath(0x80000003), datapath(0x9), datapath(0x3), *START_31[3:]], "3.1.7"),
        ([put(KERNELS, OUTPUT, KERNELS_MASK), execute(HASH)], "3.5.2"),
        (START_35, "4.0.90"),
        ([*START_35, execute(HASH)], "3.5.2"),
        ([*START_35, execute(HASH, PID)], "4.0.90"),
        # a request for features that no kernel has tells nothing of the sockets
        ([datapath(0x9), datapath(0x80000003), put(KERNELS, OUTPUT, KERNELS_MASK), execute(HASH)], "3.5.2"),
        # probes without an explicit drop
        ([datapath(0x9), probe(KERNELS), probe(KERNELS, CHECK_PKT_LEN), probe(KERNELS, ADD_MPLS), probe(KERNELS + u32(22, 0))], "3.3.9"),
        ([datapath(0x9), probe(KERNELS, CHECK_PKT_LEN), probe(KERNELS, ADD_MPLS), probe(KERNELS + u32(22, 0)), execute(HASH)], "3.3.6"),
        # one socket per port: the daemon names no socket, whatever release it is
        ([datapath(0x80000003), datapath(0x3), put(KERNELS, OUTPUT, KERNELS_MASK), execute(HASH)], "4.0.90"),
    ],
)
def test_what_messages_tell(messages: list[tuple[str, int, int, bytes]], want: str | None) -> None:
    assert told(*messages) == want


def test_the_keys_of_puts_are_the_kernels_and_tell_nothing() -> None:
    assert told(put(OLD, OUTPUT)) is None
    assert told(put(KERNELS, OUTPUT)) is None


def test_only_requests_and_what_the_kernel_says_of_datapaths() -> None:
    family, _, command, attrs = put(KERNELS, OUTPUT, MASK)
    assert told((family, REPLY, command, attrs)) is None
    assert told((DATAPATH, REPLY, SET, attr(1, b"ovs-system\0") + u32(5, 0x9) + attr(8, bytes(8)))) == "4.0.90"


def test_a_cut_message_tells_nothing() -> None:
    family, flags, command, attrs = execute(HASH)
    assert told((family, flags, command, attrs[:-4])) is None
    # a probe that was cut may have been the one that is missing
    cut = (FLOW, REQUEST, NEW, probe(OLD, ADD_MPLS)[3][:-2])
    assert told(probe(OLD, CHECK_PKT_LEN), cut, probe(CT)) == "3.1.7"
    assert told(probe(OLD, CHECK_PKT_LEN), probe(CT)) == "2.15.0"


def test_network_service_headers() -> None:
    base = attr(1, bytes(8) + b"\0\x3f" + bytes(6))
    whole = attr(11, attr(28, base + attr(2, bytes(32))))
    changed = attr(11, attr(28, attr(2, bytes(32))))
    unchanged = attr(11, attr(28, attr(1, bytes(16)) + attr(2, bytes(16) + b"\xff" * 16)))
    start = [put(KERNELS, OUTPUT, KERNELS_MASK), execute(HASH, PID)]
    assert told(*start, put(KERNELS, whole)) == "4.0.90"
    assert told(*start, put(KERNELS, changed)) == "4.0.90"
    assert told(*start, put(KERNELS, unchanged)) == "3.6.1"
    # without UPCALL_PID, but with parts left out: no release does both but those of a kernel that knows no socket
    assert told(put(KERNELS, OUTPUT, KERNELS_MASK), put(KERNELS, unchanged), execute(HASH)) == "3.5.2"
