"""Compares the rows with the kernel's header: each enum name of include/uapi/linux/openvswitch.h (7.2) is declared with its number."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ovsdissect.families import FAMILIES
from ovsdissect.families.actions import (
    ACTIONS,
    CHECK_PKT_LEN,
    CT,
    DEC_TTL,
    NAT,
    PSAMPLE,
    SAMPLE,
    USERSPACE,
)
from ovsdissect.families.flow_key import FRAG, KEY, MASK, NSH, SET_MASKED
from ovsdissect.families.ovs_ct_limit import CT_LIMIT_ATTRS
from ovsdissect.families.ovs_datapath import DATAPATH_ATTRS
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_meter import BAND, METER_ATTRS
from ovsdissect.families.ovs_packet import PACKET_ATTRS
from ovsdissect.families.ovs_vport import OPTIONS, UPCALL_STATS, VPORT_ATTRS, VPORT_TYPES, VXLAN_EXTENSION
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar import AttrSet
from ovsdissect.grammar.wire import Enum
from tests import recorded
from tests.each import all_of

# prefix of the names in the header -> the set that declares them
SETS: Mapping[str, AttrSet] = {
    "OVS_DP_ATTR_": DATAPATH_ATTRS,
    "OVS_PACKET_ATTR_": PACKET_ATTRS,
    "OVS_VPORT_ATTR_": VPORT_ATTRS,
    "OVS_VPORT_UPCALL_ATTR_": UPCALL_STATS,
    "OVS_VXLAN_EXT_": VXLAN_EXTENSION,
    "OVS_TUNNEL_ATTR_": OPTIONS,
    "OVS_KEY_ATTR_": KEY,
    "OVS_TUNNEL_KEY_ATTR_": TUNNEL_KEY,
    "OVS_NSH_KEY_ATTR_": NSH,
    "OVS_FLOW_ATTR_": FLOW_ATTRS,
    "OVS_SAMPLE_ATTR_": SAMPLE,
    "OVS_USERSPACE_ATTR_": USERSPACE,
    "OVS_CT_ATTR_": CT,
    "OVS_NAT_ATTR_": NAT,
    "OVS_CHECK_PKT_LEN_ATTR_": CHECK_PKT_LEN,
    "OVS_ACTION_ATTR_": ACTIONS,
    "OVS_METER_ATTR_": METER_ATTRS,
    "OVS_BAND_ATTR_": BAND,
    "OVS_CT_LIMIT_ATTR_": CT_LIMIT_ATTRS,
    "OVS_DEC_TTL_ATTR_": DEC_TTL,
    "OVS_PSAMPLE_ATTR_": PSAMPLE,
}
COMMANDS = {
    "OVS_DP_CMD_": "ovs_datapath",
    "OVS_PACKET_CMD_": "ovs_packet",
    "OVS_VPORT_CMD_": "ovs_vport",
    "OVS_FLOW_CMD_": "ovs_flow",
    "OVS_METER_CMD_": "ovs_meter",
    "OVS_CT_LIMIT_CMD_": "ovs_ct_limit",
}


def enum_names(wire: object) -> dict[int, str]:
    """The words of a wire type that is an enum."""
    assert isinstance(wire, Enum)
    return dict(wire.names)


def member(attrs: AttrSet, path: str) -> dict[int, str]:
    """The words of a row, or of a struct's member."""
    row, _, name = path.partition(".")
    wire = attrs.by_name[row].wire
    return enum_names(wire.fields[name].wire if name else wire)  # type: ignore[attr-defined]


VALUES = {
    "OVS_VPORT_TYPE_": VPORT_TYPES,
    "OVS_FRAG_TYPE_": FRAG.names,
    "OVS_HASH_ALG_": member(ACTIONS, "hash.alg"),
    "OVS_METER_BAND_TYPE_": member(BAND, "type"),
}


def header() -> list[tuple[str, int]]:
    """The names and numbers of the kernel's header."""
    lines = (recorded.GOLDEN / "uapi-openvswitch.tsv").read_text().splitlines()[1:]
    return [(name, int(number)) for _enum, name, number in (line.split("\t") for line in lines)]


def prefix_of(name: str) -> str:
    """The part of a name that its whole enum shares."""
    known = [prefix for prefix in (*SETS, *COMMANDS, *VALUES) if name.startswith(prefix)]
    assert known, f"no set declares the enum of {name}"
    return max(known, key=len)


@pytest.mark.parametrize(("name", "number"), header())
def test_every_name_of_the_header_is_declared_with_its_number(name: str, number: int) -> None:
    prefix = prefix_of(name)
    short = name.removeprefix(prefix).lower()
    declared: Mapping[int, str]
    if prefix in SETS:
        declared = {row.number: row.name for row in SETS[prefix].rows}
    elif prefix in COMMANDS:
        declared = {command.number: command.name for command in FAMILIES[COMMANDS[prefix]].commands}
    else:
        declared = VALUES[prefix]
    if short == "unspec":
        assert 0 not in declared
    else:
        assert declared.get(number) == short


@pytest.mark.parametrize("prefix", [*SETS, *COMMANDS, *VALUES])
def test_nothing_is_declared_that_the_header_lacks(prefix: str) -> None:
    there = {number for name, number in header() if prefix_of(name) == prefix}
    declared = SETS[prefix].by_number if prefix in SETS else FAMILIES[COMMANDS[prefix]].by_number if prefix in COMMANDS else VALUES[prefix]
    assert set(declared) <= there


def test_masks_and_masked_sets_have_the_rows_of_the_key() -> None:
    """Derived rows know the row that they come from, at every depth."""
    for derived in (MASK, SET_MASKED):
        assert [(row.number, row.name) for row in derived.rows] == [(row.number, row.name) for row in KEY.rows]
        assert all_of(row.origin is KEY.by_number[row.number] for row in derived.rows)
    inner = MASK.by_name["encap"].wire
    assert inner is MASK
    tunnel = MASK.by_name["tunnel"].wire
    assert isinstance(tunnel, AttrSet)
    assert tunnel.by_name["ttl"].origin is TUNNEL_KEY.by_name["ttl"]


def test_rows_say_what_they_are() -> None:
    """Every row has a sentence, unless its name says it all (padding)."""
    for attrs in SETS.values():
        for row in attrs.rows:
            assert row.wire.kind == "pad" or row.doc.endswith("."), f"{attrs.set_name}.{row.name}"
