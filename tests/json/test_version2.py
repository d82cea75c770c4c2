"""Schema version 2: names of datapaths and ports, answers with what their requests are, one type for each path, symbols, old goldens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import ovsdissect
from ovsdissect.api import Message
from ovsdissect.build import build, error, pcap
from ovsdissect.fixture.version1 import as_version_1, is_version_1
from ovsdissect.json.jsonline import SCHEMA_VERSION
from ovsdissect.json.schema import schema, version_1
from ovsdissect.json.symbols import has_symbols
from ovsdissect.testing import Golden
from tests import recorded
from tests.dissect.made import ACK_TLVS, CAPPED, REQUEST, failed, genl, newfamily, nlmsg, single

DATAPATH = genl("ovs_datapath", "new", {"name": "ovs-system"}, dp=9)
PORT = genl("ovs_vport", "new", {"port_no": 2, "type": "netdev", "name": "v1"}, dp=9)
PUT = genl("ovs_flow", "new", {"key": {"in_port": 2, "ethertype": 2054}, "actions": []}, dp=9, flags=REQUEST, seq=7, pid=3)
MISS = genl("ovs_packet", "miss", {"key": {"in_port": 2, "ethertype": 2054}, "packet": "00"}, dp=9)


def told(*messages: bytes) -> list[dict[str, Any]]:
    """The objects of messages."""
    return [message.to_dict() for message in single(*messages)]


def subject(line: dict[str, Any]) -> tuple[Any, ...]:
    """What a line says that it is about."""
    return tuple(line[name] for name in ("family", "cmd", "datapath", "port"))


def test_names_are_those_of_the_messages_time() -> None:
    gone = genl("ovs_vport", "del", {"port_no": 2, "name": "v1"}, dp=9)
    lines = told(MISS, DATAPATH, MISS, PORT, MISS, gone, MISS)
    assert [subject(line) for line in lines] == [
        ("ovs_packet", "miss", None, None),
        ("ovs_datapath", "new", None, None),
        ("ovs_packet", "miss", "ovs-system", None),
        ("ovs_vport", "new", "ovs-system", "v1"),
        ("ovs_packet", "miss", "ovs-system", "v1"),
        ("ovs_vport", "del", "ovs-system", "v1"),
        ("ovs_packet", "miss", "ovs-system", None),
    ]


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("flags", [0, CAPPED])
@pytest.mark.parametrize("number", [-17, 0])
def test_an_answer_is_about_what_its_request_is(seen: bool, flags: int, number: int) -> None:
    answer = told(*[DATAPATH, PORT, *([PUT] if seen else [])], failed(PUT, number, flags=flags))[-1]
    if seen or not flags:
        assert subject(answer) == ("ovs_flow", "new", "ovs-system", "v1")
    else:
        assert subject(answer) == ("ovs_flow", None, None, None)  # nothing but the header is there
    assert answer["kind"] == ("error" if number else "ack")


def test_the_end_of_a_dump_is_about_what_was_asked() -> None:
    ask = genl("ovs_vport", "get", {"name": "v1"}, dp=9, flags=REQUEST | 0x300, seq=8, pid=3)
    end = nlmsg(3, bytes(4), flags=2, seq=8, pid=3)
    assert subject(told(DATAPATH, ask, end)[-1]) == ("ovs_vport", "get", "ovs-system", "v1")
    assert subject(told(end)[0]) == (None, None, None, None)


def test_a_family_that_is_not_decoded_has_its_name_in_answers() -> None:
    ask = nlmsg(37, bytes(4), flags=REQUEST, seq=5, pid=6)
    line = told(newfamily("psample", 37), ask, failed(ask, -22))[-1]
    assert subject(line) == ("psample", None, None, None)
    assert line["request"] == {"number": 2, "family": "psample", "cmd": None}


def test_an_odd_name_is_text() -> None:
    """A name of the kernel may hold any bytes but a slash and spaces."""
    odd = genl("ovs_vport", "new", {"port_no": 2, "type": "netdev", "name": 'v"\\1'}, dp=9)
    assert subject(told(odd, MISS)[1]) == ("ovs_packet", "miss", None, 'v"\\1')


def types(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path of every value in an object, and its type; indexes and repetitions of a name left out."""
    if isinstance(value, dict) and value.keys() != {"undecoded"}:
        yield path, "object"
        for name, one in value.items():
            yield from types(one, f"{path}.{name.partition('#')[0]}")
    elif isinstance(value, list):
        yield path, "list"
        for one in value:
            yield from types(one, f"{path}[]")
    elif not isinstance(value, dict) and value is not None:
        yield path, type(value).__name__


@pytest.mark.parametrize("symbols", [False, True])
def test_one_type_for_each_family_and_path(symbols: bool) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for name in recorded.NAMES:
        for message in recorded.few_messages(name):
            assert isinstance(message, Message)
            line = message.to_dict(inner=True, symbols=symbols)
            for path, kind in types(line):
                found.setdefault((line["family"] or "", path), set()).add(kind)
    assert {key: kinds for key, kinds in found.items() if len(kinds) > 1} == {}
    assert len(found) > 400
    assert not [path for _, path in found if re.search(r"layers.*\.\.", path)]


@pytest.mark.parametrize(
    ("values", "path", "value"),
    [
        ({"actions": [{"drop": "4000"}]}, "actions", [{"drop": "4000"}]),
        ({"actions": [{"userspace": {"userdata": "0102"}}]}, "actions", [{"userspace": {"userdata": {"undecoded": "0102"}}}]),
    ],
)
def test_what_has_no_name_has_the_type_of_what_has_one(values: dict[str, Any], path: str, value: Any) -> None:
    assert told(genl("ovs_flow", "new", values, flags=REQUEST))[0]["attrs"][path] == value


def test_zones_are_numbers() -> None:
    limits = [{"zone_id": -1, "limit": 1, "count": 0}, {"zone_id": 5, "limit": 1, "count": 0}]
    assert told(genl("ovs_ct_limit", "set", {"zone_limit": limits}, flags=REQUEST))[0]["attrs"]["zone_limit"] == limits


def test_an_ack_has_no_name_of_an_error() -> None:
    assert told(PUT, failed(PUT, 0))[-1]["error"] == {"number": 0}


def test_symbols_are_text() -> None:
    key = {"ethertype": 2048, "ipv4": {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": 6, "tos": 0, "ttl": 64, "frag": "none"}}
    values = {"key": key, "mask": {"ethertype": 65535}, "actions": [{"pop_mpls": 0x88B5}, {"clone": [{"pop_mpls": 0x86DD}]}]}
    (message,) = single(genl("ovs_flow", "new", values, flags=REQUEST))
    attrs = message.to_dict(symbols=True)["attrs"]
    assert (attrs["key"]["ethertype"], attrs["key"]["ipv4"]["proto"], attrs["key"]["ipv4"]["ttl"]) == ("ipv4", "tcp", 64)
    assert attrs["actions"] == [{"pop_mpls": "0x88b5"}, {"clone": [{"pop_mpls": "ipv6"}]}]
    assert attrs["mask"]["ethertype"] == 65535  # bits, not a name
    assert message.to_dict()["attrs"] == values
    refused = single(failed(message.data[16:], -22))[0].to_dict(symbols=True)
    assert refused["request"]["attrs"]["key"]["ethertype"] == "ipv4"


def test_every_key_of_the_schema_is_described() -> None:
    def lacking(one: Any, place: str) -> Iterator[str]:
        if isinstance(one, list):
            for i, below in enumerate(one):
                yield from lacking(below, f"{place}/{i}")
        elif isinstance(one, dict):
            if one.get("type") == "object":
                yield from (f"{place}.{name}" for name, value in one.get("properties", {}).items() if not value.get("description"))
            for name, below in one.items():
                yield from lacking(below, f"{place}/{name}")

    assert list(lacking(schema(), "")) == []


def test_a_schema_that_was_published_stays(update: bool) -> None:
    """A change of meaning raises the version; a new attribute changes the file of today's."""
    assert version_1()["$id"] == "urn:ovsdissect:json:1"
    path = Path(__file__).with_name(f"schema-{SCHEMA_VERSION}.json")
    # what readers of the published schema rely on is still so, or the version is another one; --update does not get round it
    assert list(taken_back(orjson.loads(path.read_bytes()), schema())) == []
    if update:
        path.write_bytes(orjson.dumps(schema(), option=orjson.OPT_INDENT_2) + b"\n")
    assert orjson.loads(path.read_bytes()) == schema()


def taken_back(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """What an older schema says and a newer one does not: keys, words of enumerations, types, patterns; sentences may change."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, below in old.items():
            if name in ("description", "$comment", "title"):
                continue
            if name not in new:
                yield f"{place}/{name}"
            else:
                yield from taken_back(below, new[name], f"{place}/{name}")
    elif isinstance(old, list) and isinstance(new, list):
        yield from (f"{place}: {one}" for one in old if one not in new and not isinstance(one, dict))
        for i, (one, other) in enumerate(zip(old, new, strict=False)):
            if isinstance(one, dict):
                yield from taken_back(one, other, f"{place}/{i}")
        if sum(isinstance(one, dict) for one in old) > sum(isinstance(one, dict) for one in new):
            yield f"{place}: fewer"
    elif old != new:
        yield f"{place}: {old!r} became {new!r}"


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        (lambda made: made["properties"].pop("datapath"), False),
        (lambda made: made["required"].remove("number"), False),
        (lambda made: made["$defs"]["key"]["properties"].update(in_port={"type": "string"}), False),
        (lambda made: made["$defs"]["key"]["properties"].pop("in_port"), False),
        (lambda made: made.update({"$id": "urn:ovsdissect:json:3"}), False),  # then it is another file's
        (lambda made: made["$defs"]["key"]["properties"].update(colour={"type": "integer"}), True),
        (lambda made: made["$defs"]["key"]["properties"]["in_port"].update(description="Another sentence."), True),
    ],
)
def test_what_is_taken_back(change: Callable[[Any], object], allowed: bool) -> None:
    made = orjson.loads(orjson.dumps(schema()))
    change(made)
    assert (list(taken_back(schema(), made)) == []) is allowed


def golden_of_version_1(line: dict[str, Any]) -> dict[str, Any]:
    """A line as version 1 wrote it, by hand: no names, answers without a family, numbers where there is no name."""
    old = {name: value for name, value in line.items() if name not in ("datapath", "port")}
    if line["kind"] != "message":
        old |= {"family": None, "cmd": None}
    text = orjson.dumps(old).decode()
    return orjson.loads(text.replace('"drop":"4000"', '"drop":4000').replace('{"undecoded":"0102"}', '"0102"'))  # type: ignore[no-any-return]


@pytest.fixture
def old_golden(tmp_path: Path) -> Path:
    """A capture with its golden of version 1 beside it."""
    actions = [{"drop": "4000"}, {"userspace": {"userdata": "0102"}}]
    put = build("ovs_flow", "new", flags=["request", "create"], seq=3, key={"in_port": 1}, actions=actions)
    path = tmp_path / "old.pcap"
    path.write_bytes(pcap([put, error(put, -17)]))
    with ovsdissect.open(path) as capture:
        lines = [golden_of_version_1(message.to_dict() | {"odp": message.odp.to_dict()}) for message in capture.ovs()]
    path.with_suffix(".jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


def test_a_golden_of_version_1_is_still_compared(old_golden: Path) -> None:
    Golden()(old_golden)
    text = old_golden.with_suffix(".jsonl").read_text()
    assert is_version_1([orjson.loads(line) for line in text.splitlines()])
    old_golden.with_suffix(".jsonl").write_text(text.replace('"in_port":1', '"in_port":7'))
    with pytest.raises(pytest.fail.Exception, match=r"in_port: expected 7, is 1(.|\n)*of schema version 1.*--ovsdissect-update"):
        Golden()(old_golden)
    old_golden.with_suffix(".jsonl").write_text("".join(text.splitlines(keepends=True)[:-1]))
    with pytest.raises(pytest.fail.Exception, match="expected 2 messages, there are 3"):
        Golden()(old_golden)
    Golden(update=True)(old_golden)
    Golden()(old_golden)
    assert '"datapath":null' in old_golden.with_suffix(".jsonl").read_text()


def test_a_line_of_version_2_is_one_of_version_1(old_golden: Path) -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(version_1())
    with ovsdissect.open(old_golden) as capture:
        golden = [orjson.loads(line) for line in old_golden.with_suffix(".jsonl").read_bytes().splitlines()]
        for message, old in zip(capture.ovs(), golden, strict=True):
            line = as_version_1(message.to_dict() | {"odp": message.odp.to_dict()}, old)
            assert (line, list(validator.iter_errors(line))) == (old, [])


def test_numbers_with_names_are_few() -> None:
    """What --symbols changes are ethertypes, protocols and the like; flags and enumerations have their names anyway."""
    from ovsdissect.families.flow_key import CT_STATE, ETHERTYPE, FRAG, IP_PROTOCOL
    from ovsdissect.grammar.wire import U32

    assert [has_symbols(wire) for wire in (ETHERTYPE, IP_PROTOCOL, FRAG, CT_STATE, U32)] == [True, True, False, False, False]


def test_an_ack_with_an_extended_ack_alone() -> None:
    """What follows the header of a capped acknowledgement is no request."""
    extack = bytes.fromhex("0c00010068656c6c6f000000")
    line = told(failed(PUT, 0, flags=CAPPED | ACK_TLVS, extack=extack))[0]
    assert line["port"] is None
