"""Compares the table of releases with reference rows: which print the same, what each changed, and their names."""

from __future__ import annotations

import pickle
import struct
from itertools import pairwise

import pytest

from ovsdissect.errors import OvsDissectError
from ovsdissect.odp import RELEASES, format_actions, format_flow, format_key, format_tunnel, release
from ovsdissect.odp.releases import Release
from tests.each import all_of

# the letters of the releases' texts, each with its first and last point release of a branch
CLASSES = {
    "a": [("2.13.0", "2.13.6")],
    "b": [("2.13.7", "2.13.8")],
    "c": [("2.13.9", "2.13.11")],
    "d": [("2.15.0", "2.15.3")],
    "e": [("2.15.4", "2.15.8")],
    "f": [("2.17.0", "2.17.3"), ("3.0.0", "3.0.1")],
    "g": [("2.17.4", "2.17.12")],
    "h": [("3.0.2", "3.0.8"), ("3.1.0", "3.1.7")],
    "i": [("3.2.0", "3.2.6"), ("3.3.0", "3.3.7")],
    "j": [("3.3.8", "3.3.9")],
    "k": [("3.4.0", "3.4.6")],
    "l": [("3.5.0", "3.5.2"), ("3.6.0", "3.6.1")],
    "m": [("3.5.3", "3.5.4"), ("3.6.2", "3.6.3"), ("3.7.0", "3.7.1")],
    "n": [("4.0.0", "4.0.90")],
}


def facts(one: Release) -> tuple[object, ...]:
    """All that a release has but its version."""
    return tuple(getattr(one, name) for name in Release.__dataclass_fields__ if name != "version")


def test_every_point_release_has_its_class() -> None:
    found = {}
    for letter, ranges in CLASSES.items():
        for first, last in ranges:
            branch, _, low = first.rpartition(".")
            found |= {f"{branch}.{point}": letter for point in range(int(low), int(last.rpartition(".")[2]) + 1)}
    assert {version: one.text_class for version, one in RELEASES.items()} == {version: found[version] for version in RELEASES}
    assert set(found) - set(RELEASES) == {f"4.0.{point}" for point in range(1, 90)}


@pytest.mark.parametrize(
    "same",
    [
        ("2.13.0", "2.13.6"), ("2.13.7", "2.13.8"), ("2.13.9", "2.13.11"), ("2.15.0", "2.15.3"), ("2.15.6", "2.15.8"),
        ("2.17.9", "2.17.12"), ("3.1.0", "3.1.7"), ("3.3.0", "3.3.7"), ("3.3.8", "3.3.9"), ("3.5.0", "3.5.2"),
        ("3.5.3", "3.5.4", "3.6.3", "3.7.1"),
    ],
)  # fmt: skip
def test_releases_that_were_equal_in_every_row_have_the_same_facts(same: tuple[str, ...]) -> None:
    assert all_of(facts(RELEASES[one]) == facts(RELEASES[other]) for one, other in pairwise(same))


def test_names() -> None:
    newest = {"2.13": "2.13.11", "2.15": "2.15.8", "2.17": "2.17.12", "3.0": "3.0.8", "3.1": "3.1.7", "3.2": "3.2.6", "3.3": "3.3.9"}
    newest |= {"3.4": "3.4.6", "3.5": "3.5.4", "3.6": "3.6.3", "3.7": "3.7.1", "4.0": "4.0.90"}
    assert {branch: release(branch).version for branch in newest} == newest
    assert release("3.3.7").version == "3.3.7"
    assert release(RELEASES["2.15.0"]) is RELEASES["2.15.0"]
    assert pickle.loads(pickle.dumps(release("3.3.7"))) is release("3.3.7")


@pytest.mark.parametrize("name", ["v3.5.0", "openvswitch-3.5.0", "3.5.0-1ubuntu2.1", "3.5.0+dfsg1", " 3.5.0\n"])
def test_names_of_tags_and_packages(name: str) -> None:
    assert release(name) is RELEASES["3.5.0"]
    assert release("branch-3.5") is release("3.5.x") is release("V3.5") is release("3.5")


@pytest.mark.parametrize("name", ["", "4", "2.12", "2.14", "2.16.0", "3.8", "3.3.10", "3.3.07", "vv3.3", "4.0.1", "3.5.0 x", "newest"])
def test_any_other_name_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(OvsDissectError, match=r"the releases are 2\.13 \(2\.13\.0 to 2\.13\.11\), .* 4\.0 \(4\.0\.0 and 4\.0\.90\)"):
        format_key(b"", ovs=name)


def attr(number: int, payload: bytes) -> bytes:
    """An attribute, padded."""
    return (len(payload) + 4).to_bytes(2, "little") + number.to_bytes(2, "little") + payload + bytes(-len(payload) % 4)


EXTHDRS = attr(32, bytes(2))


@pytest.mark.parametrize(
    ("ovs", "key", "dump", "verbose"),
    [
        ("2.13.8", "(bad key length 2, expected -1)(00 00)", "(bad key length 2, expected -1)(00 00)", None),
        ("2.15.8", "(bad key length 2, expected -1)(00 00)", "(bad key length 2, expected -1)(00 00)", None),
        ("2.17.3", "(bad key length 2, expected -1)(00 00)", "(bad key length 2, expected -1)(00 00)", None),
        ("2.17.4", ",key32(00 00)", "", ",key32(00 00/00 00)"),
        ("3.0.1", "(bad key length 2, expected -1)(00 00)", "(bad key length 2, expected -1)(00 00)", None),
        ("3.0.2", ",key32(00 00)", "", ",key32(00 00/00 00)"),
        ("3.1", ",key32(00 00)", "", ",key32(00 00/00 00)"),
    ],
)
def test_the_kernels_ipv6_extension_headers(ovs: str, key: str, dump: str, verbose: str | None) -> None:
    ethertype, mask = attr(6, b"\x86\xdd"), attr(6, b"\xff\xff")
    assert format_key(ethertype + EXTHDRS, ovs=ovs) == f"eth_type(0x86dd){key}"
    assert format_flow(ethertype + EXTHDRS, mask, ovs=ovs) == f"eth_type(0x86dd){dump}"
    assert format_flow(ethertype + EXTHDRS, mask, form="dump-m", ovs=ovs) == f"eth_type(0x86dd){dump if verbose is None else verbose}"


@pytest.mark.parametrize(
    ("ovs", "text"), [("2.13", "tnl_push"), ("2.15.0", "tnl_push"), ("2.17.0", "add_mpls"), ("3.3", "add_mpls"), ("4.0", "add_mpls")]
)
def test_action_22(ovs: str, text: str) -> None:
    assert format_actions(attr(22, bytes(8)), ovs=ovs).startswith(f"{text}(")


def test_action_numbers_of_a_kernel() -> None:
    """DROP reads "drop" in 2.13 and 2.15 by accident, as something else up to 3.3; PSAMPLE is another release's drop."""
    drop, psample = attr(24, bytes([7, 0, 0, 0])), attr(25, attr(1, bytes([1, 0, 0, 0])))
    assert [format_actions(drop, ovs=ovs) for ovs in ("2.13", "2.15", "2.17", "3.3", "3.4", "4.0")] == [
        "drop", "drop", "tnl_pop(7)", "tnl_pop(7)", "drop", "drop",
    ]  # fmt: skip
    bad = "bad length 8, expected {} for: action25(08 00 01 00 01 00 00 00)"
    assert [format_actions(psample, ovs=ovs) for ovs in ("2.13", "2.15", "3.3", "3.4")] == [
        bad.format(-1), bad.format(4), bad.format(4), "psample(group=1)",
    ]  # fmt: skip


def test_tunnel_id_without_a_mask() -> None:
    tunnel = attr(0, bytes.fromhex("000000bded0000a0"))
    key = attr(16, tunnel)
    for ovs in ("2.13.8", "2.15.5", "2.17.2"):
        assert format_key(key, verbose=False, ovs=ovs) == "tunnel(tun_id=0xbded0000a0,flags(key))"
    for ovs in ("2.13.9", "2.15.6", "2.17.3", "3.0.0"):
        assert format_key(key, verbose=False, ovs=ovs) == "tunnel(flags(key))"
        assert format_tunnel(tunnel, verbose=True, ovs=ovs) == "tunnel(tun_id=0xbded0000a0,flags(key))"


ETHERNET = bytes.fromhex("020000000002 020000000001")
IPV4 = ETHERNET + bytes.fromhex("0800 4500 0000 0000 4000 40 2f 0000 0a000001 0a000002")
IPV6 = ETHERNET + bytes.fromhex("86dd 60000000 0000 2b 40") + bytes(15) + b"\1" + bytes(15) + b"\2"
UDP = struct.pack(">4H", 4096, 4789, 0, 0)
ETH_TEXT = "eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01,dl_type=0x{})"
IPV4_TEXT = ETH_TEXT.format("0800") + ",ipv4(src=10.0.0.1,dst=10.0.0.2,proto=47,tos=0,ttl=64,frag=0x4000),"
IPV6_TEXT = ETH_TEXT.format("86dd") + ",ipv6(src=::1,dst=::2,label=0,proto=43,tclass=0x0,hlimit=64),"


def pushed(kind: int, header: bytes, size: int | None = None, ovs: str = "4.0") -> str:
    """What is in header() behind its size and type; the action's number is the release's."""
    number = next(number for number, name in release(ovs).actions.items() if name == "tnl_push")
    size = len(header) if size is None else size
    text = format_actions(attr(number, struct.pack("<4I", 5, 8, size, kind) + header), ovs=ovs)
    start, end = f"tnl_push(tnl_port(5),header(size={size},type={kind},", "),out_port(8))"
    assert text.startswith(start)
    assert text.endswith(end)
    return text[len(start) : -len(end)]


UDP_TEXT = IPV4_TEXT + "udp(src=4096,dst=4789,csum=0x0),"
GRE_TEXT = IPV4_TEXT + "gre((flags=0xb000,proto=0x6558)"
GENEVE_TEXT = UDP_TEXT + "geneve(oam,crit,vni=0x2a,options("
SRV6 = IPV6 + bytes([4, 4, 4, 1, 1, 0, 0, 0]) + bytes(15) + b"\3" + bytes(15) + b"\4"
GENEVE = IPV4 + UDP + bytes.fromhex("02c06558 00002a00 0102830100000009")
GRE = IPV4 + bytes.fromhex("b0006558 12340000 0000002a 00000007")
GTPU = IPV4 + UDP + bytes.fromhex("30ff0000 0000002a")
# the tunnel's type, the header, its text, and the texts of sizes that are too small
LAYERS: list[tuple[int, bytes, str, dict[int, str]]] = [
    (6, IPV4, IPV4_TEXT, {13: " eth(truncated header)", 33: ETH_TEXT.format("0800") + ",ipv4(truncated header)"}),
    (
        112,
        SRV6,
        IPV6_TEXT + "srv6(segments_left=1,segs(::4,::3))",
        {
            53: ETH_TEXT.format("86dd") + ",ipv6(truncated header)",
            61: IPV6_TEXT + "srv6(truncated header)",
            93: IPV6_TEXT + "srv6(segments_left=1,segs(truncated segs))",
        },
    ),
    (
        4,
        IPV4 + UDP + bytes.fromhex("08000000 00002a00"),
        UDP_TEXT + "vxlan(flags=0x8000000,vni=0x2a)",
        {41: IPV4_TEXT + "udp(truncated header)", 49: UDP_TEXT + "vxlan(truncated header)"},
    ),
    (
        5,
        GENEVE,
        GENEVE_TEXT + "{class=0x102,type=0x83,len=4,0x9}))",
        {49: UDP_TEXT + "geneve(truncated header)", 57: GENEVE_TEXT + "invalid length))"},
    ),
    (
        3,
        GRE,
        GRE_TEXT + ",csum=0x1234,key=0x2a,seq=0x7)",
        {37: IPV4_TEXT + "gre(truncated header)", 38: GRE_TEXT + ",csum=<truncated>)", 45: GRE_TEXT + ",csum=0x1234,key=<truncated>)"},
    ),
    (
        107,
        IPV4 + bytes.fromhex("100088be 00000007 10000123 0000002a"),
        IPV4_TEXT + "erspan(ver=1,sid=0x123,idx=0x2a)",
        {49: IPV4_TEXT + "erspan(ver=1,truncated header)"},
    ),
    (108, IPV4 + bytes.fromhex("100022eb 00000007 20000123 00000000 0000 01f8"), IPV4_TEXT + "erspan(ver=2,sid=0x123,dir=1,hwid=0x1f)", {}),
    (110, GTPU, UDP_TEXT + "gtpu(flags=0x30,msgtype=255,teid=0x2a)", {49: UDP_TEXT + "gtpu(truncated header)"}),
]


@pytest.mark.parametrize(("kind", "header", "text", "cuts"), LAYERS)
def test_tunnel_headers(kind: int, header: bytes, text: str, cuts: dict[int, str]) -> None:
    """Bytes by hand from lib/packets.h; a size that is too small is looked at in 4.0 only."""
    assert pushed(kind, header) == text
    for size, cut in cuts.items():
        assert pushed(kind, header, size) == cut
        assert pushed(kind, header, size, "3.7") == text


def test_tunnel_types_that_a_release_does_not_know_leave_the_comma() -> None:
    assert pushed(110, GTPU, ovs="2.13") == IPV4_TEXT
    assert pushed(110, GTPU, ovs="2.15.0") == UDP_TEXT + "gtpu(flags=0x30,msgtype=255,teid=0x2a)"
    assert pushed(112, SRV6, ovs="3.1") == IPV6_TEXT
    assert pushed(112, SRV6, ovs="3.2") == IPV6_TEXT + "srv6(segments_left=1,segs(::4,::3))"


def test_tunnel_headers_that_end_with_the_bytes() -> None:
    assert format_actions(attr(26, b"")) == "tnl_push(tnl_port(0),header(size=0,type=0, eth(truncated header)),out_port(0))"
    zeros = "eth(dst=00:00:00:00:00:00,src=00:00:00:00:00:00,dl_type=0x0000),ipv6(src=::,dst=::,label=0,proto=0,tclass=0x0,hlimit=0),"
    assert format_actions(attr(26, b""), ovs="3.7") == f"tnl_push(tnl_port(0),header(size=0,type=0,{zeros}),out_port(0))"
