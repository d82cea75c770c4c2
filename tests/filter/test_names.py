"""Field names: computed from the rows, finite, one for each kind of value; other tools' names are aliases."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovsdissect.families import FAMILIES, OVS_FLOW, OVS_PACKET
from ovsdissect.filter import FilterError, catalogue
from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.aliases import HEADERS
from ovsdissect.filter.fields import attribute_fields, lookup, named, words
from ovsdissect.filter.hints import names
from ovsdissect.grammar.fieldnames import every, places
from tests.each import all_of, none_of

WIRESHARK = (Path(__file__).parent / "wireshark_fields.txt").read_text(encoding="utf-8").split()


def test_actions_inside_actions_collapse() -> None:
    found = {place.name for place in every(places(OVS_FLOW.attrs))}
    assert {"actions.output", "actions.clone", "actions.sample.probability", "actions.sample.actions"} <= found
    assert none_of("clone." in name or "sample.actions." in name for name in found)


def test_a_key_inside_a_key_is_another_one() -> None:
    found = {place.name for place in every(places(OVS_PACKET.attrs))}
    assert {"key.ipv4.src", "key.encap.ipv4.src"} <= found
    assert none_of("encap.encap" in name and "set_masked" not in name for name in found)


@pytest.mark.parametrize("names_", [("key.ipv4.src", "mask.ipv4.src", "actions.set.ipv4.src", "actions.set_masked.ipv4.value.src")])
def test_key_mask_and_what_is_set_share_no_name(names_: tuple[str, ...]) -> None:
    places_ = [attribute_fields()[f"ovs_flow.{name}"] for name in names_]
    assert all_of(len(found) == 1 for found in places_)
    assert len({found[0][1] for found in places_}) == len(names_)
    assert lookup("actions.set_masked.ipv4.mask.src") is not None


def test_every_row_of_every_family_has_a_field() -> None:
    for family in FAMILIES.values():
        for row in family.attrs.rows:
            if row.wire.kind != "pad":
                assert lookup(f"{family.name}.{row.name}") is not None
                assert lookup(row.name) is not None


def test_the_catalogue_holds_each_field_once_with_its_help() -> None:
    infos = catalogue()
    assert len({info.name for info in infos}) == len(infos)
    for info in infos:
        assert lookup(info.name) is not None, info.name
        assert lookup(info.short) is not None, info.short
        for alias in info.aliases:
            assert lookup(alias) is not None, alias


@pytest.mark.parametrize("name", WIRESHARK)
def test_wiresharks_names_are_accepted(name: str) -> None:
    assert compile_filter(name).text == name


@pytest.mark.parametrize(
    ("alias", "native"),
    [
        ("key.eth.src", "key.ethernet.src"),
        ("mask.eth.src", "mask.ethernet.src"),
        ("key.encap.eth_type", "key.encap.ethertype"),
        ("key.ct_label", "key.ct_labels"),
        ("key.skb_priority", "key.priority"),
        ("key.tunnel.tun_id", "key.tunnel.id"),
        ("key.ct_tuple4.tp_src", "key.ct_orig_tuple_ipv4.src_port"),
        ("ovs_flow.key.eth.dst", "ovs_flow.key.ethernet.dst"),
        ("actions.set_masked.eth.value.src", "actions.set_masked.ethernet.value.src"),
        ("ovs_flow.key.ipv4_src", "ovs_flow.key.ipv4.src"),
        ("ovs_flow.ct.zone", "ovs_flow.actions.ct.zone"),
        ("ovs_packet.data", "ovs_packet.packet.data"),
    ],
)
def test_aliases(alias: str, native: str) -> None:
    found, meant = lookup(alias), lookup(native)
    assert found is not None
    assert meant is not None
    assert found.places == meant.places


def test_native_names_win() -> None:
    """ovs_packet.hash is a number in Wireshark, the attribute with its parts here."""
    assert compile_filter("ovs_packet.hash.sw").needs_tree
    with pytest.raises(FilterError):
        compile_filter("ovs_packet.hash == 10.0.0.1")


def test_what_collapsed_is_no_name() -> None:
    with pytest.raises(FilterError, match=r"did you mean actions\.output\?"):
        compile_filter("actions.clone.output == 1")


def test_names_are_finite() -> None:
    assert len(names()) < 10_000


def test_a_name_is_found_without_the_others() -> None:
    for name, found in attribute_fields().items():
        assert named(name) == found, name
    assert not set(HEADERS) & set(words())
