"""Compares values with what Open vSwitch printed during the capture: ports and statistics, datapaths, limits of zones, meters."""

from __future__ import annotations

import re
from typing import Any

import pytest

import ovsdissect
from tests import recorded

# what OVS has no number for is a question mark
COUNTS = r"{} packets:(\d+) errors:(\d+) dropped:(\d+)"


def told(name: str, family: str) -> list[tuple[float, dict[str, Any]]]:
    """Time and attributes of what the kernel says in a family."""
    return [
        ((message.time_ns or 0) / 1e9, message.attrs.value)
        for message in recorded.messages(name)
        if message.family == family and message.direction == "to-user" and message.attrs is not None
    ]


def shown(name: str) -> list[tuple[float, float, str]]:
    """What `dpctl/show -s` printed, with when it was called and had ended."""
    text = (recorded.ROOT / "captures" / f"{name}.show.txt").read_text()
    blocks = re.findall(r"^## (\d+\.\d+) \S+ (?:-s show|dpctl/show -s)\n(.*?)^## end (\d+\.\d+)", text, re.DOTALL | re.MULTILINE)
    return [(float(start), float(end), block) for start, block, end in blocks]


def numbers(pattern: str, text: str) -> tuple[int, ...]:
    """The numbers that a pattern finds."""
    found = re.search(pattern, text)
    assert found, (pattern, text)
    return tuple(map(int, found.groups()))


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["startup", "tunnels"])
def test_ports_and_datapaths_are_as_printed(name: str) -> None:
    ports, datapaths = told(name, "ovs_vport"), told(name, "ovs_datapath")
    compared = 0
    for start, end, block in shown(name):
        if not ports[0][0] < start < end < ports[-1][0]:
            continue  # not in the capture
        # ovs-appctl may print what the daemon had asked for a while before
        near = [value for time, value in ports if start - 30 < time < end + 1]
        head, *printed = re.split(r"^(?=  port \d+:)", block, flags=re.MULTILINE)
        for text in printed:
            number, device, kind = re.match(r"  port (\d+): (\S+)(?: \((\w+))?", text).groups()  # type: ignore[union-attr]
            if "?" in text:
                continue
            wanted = {
                f"{way}_{what}": count
                for way in ("rx", "tx")
                for what, count in zip(("packets", "errors", "dropped"), numbers(COUNTS.format(way.upper()), text), strict=True)
            }
            wanted |= {f"{way}_bytes": numbers(rf"{way.upper()} bytes:(\d+)", text)[0] for way in ("rx", "tx")}
            success, fail = numbers(r"UPCALL packets:(\d+) errors:(\d+)", text)
            same = [
                port
                for port in near
                if (port.get("port_no"), port.get("name")) == (int(number), device)
                and port["stats"] == wanted
                and port["upcall_stats"] == {"success": success, "fail": fail}
            ]
            assert same, text
            assert kind != "internal" or same[0]["type"] == "internal"
            compared += 1
        hit, missed, lost, flows = numbers(r"lookups: hit:(\d+) missed:(\d+) lost:(\d+)\n\s+flows: (\d+)", head)
        tried, masks = numbers(r"masks: hit:(\d+) total:(\d+)", head)
        (cached,) = numbers(r"cache: hit:(\d+)", head)
        (size,) = numbers(r"masks-cache: size:(\d+)", head)
        assert any(
            value["stats"] == {"n_hit": hit, "n_missed": missed, "n_lost": lost, "n_flows": flows}
            and value["megaflow_stats"] == {"n_mask_hit": tried, "n_masks": masks, "n_cache_hit": cached}
            and value["masks_cache_size"] == size
            for time, value in datapaths
            if start - 30 < time < end + 1 and "stats" in value
        ), head
    assert compared > 5


def test_limits_of_zones_are_as_printed() -> None:
    """`ovs-appctl dpctl/ct-get-limits` said: default limit=0; zone=7,limit=3,count=0; later count=3."""
    with ovsdissect.open(recorded.path("conntrack")) as capture:
        limits = [
            message.attrs.value.get("zone_limit")
            for message in capture
            if message.family == "ovs_ct_limit" and message.direction == "to-user" and message.attrs is not None
        ]
    default = {"zone_id": -1, "limit": 0, "count": 0}
    assert limits[1] == [default, {"zone_id": 7, "limit": 3, "count": 0}]
    assert [zone["zone_id"] for zone in limits[2]] == [-1, 5, 7, 9]
    assert limits[3] == [default, {"zone_id": 7, "limit": 3, "count": 3}]


def test_meters_are_as_printed() -> None:
    """`ovs-ofctl meter-stats` said packet_in_count:2 byte_in_count:514 of both; `meter-features` max_meter:200000 max_bands:1, drop."""
    with ovsdissect.open(recorded.path("actions")) as capture:
        meters = [
            (message.command.name, message.attrs.value)
            for message in capture
            if message.family == "ovs_meter"
            and message.direction == "to-user"
            and message.command is not None
            and message.attrs is not None
        ]
    assert ("features", {"max_meters": 200000, "max_bands": 1, "bands": [{"type": "drop"}]}) in meters
    got = [value for command, value in meters if command == "get"]
    assert [(value["id"], value["stats"], value["bands"]) for value in got[-2:]] == [
        (meter, {"n_packets": 2, "n_bytes": 514}, [{"stats": {"n_packets": 0, "n_bytes": 0}}]) for meter in (0, 1)
    ]
