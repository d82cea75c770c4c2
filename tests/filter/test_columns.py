"""A field as a column: values as in the JSON, one text for a cell."""

from __future__ import annotations

import pytest

from ovsdissect.filter import FilterError, catalogue, column
from tests import recorded

MESSAGES = tuple(message for name in ("mid-stream", "rawnl") for message in recorded.messages(name))


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("cmd", ["miss"], "miss"),
        ("ovs_packet.cmd", ["miss"], "miss"),
        ("ovs_flow.cmd", [], ""),
        ("family", ["ovs_packet"], "ovs_packet"),
        ("kind", ["message"], "message"),
        ("actions", [], ""),
    ],
)
def test_values_of_a_miss(name: str, values: list[object], text: str) -> None:
    miss = next(message for message in MESSAGES if message.command and message.command.name == "miss")
    assert column(name).values(miss) == values
    assert column(name).text(miss) == text


def test_values_are_those_of_the_json() -> None:
    names = ("in_port", "ct_state", "ct_labels", "recirc_id", "ethertype", "ipv4.src", "ethernet", "tunnel.id")
    plain = [column(f"key.{name}") for name in names]
    for message in MESSAGES:
        if message.problems or message.attrs is None:
            continue
        key = (message.to_dict()["attrs"] or {}).get("key", {})
        for one in plain:
            value = key
            for step in one.name.split(".")[1:]:
                value = value.get(step, {}) if isinstance(value, dict) else {}
            assert one.values(message) == ([value] if value != {} else []), one.name


def test_several_values_are_joined() -> None:
    outputs = column("actions.output")
    found = next(message for message in MESSAGES if len(outputs.values(message)) > 1)
    assert outputs.text(found) == ",".join(str(value) for value in outputs.values(found))


def test_every_field_is_a_column() -> None:
    sample = MESSAGES[:: len(MESSAGES) // 12]
    for info in catalogue()[::7]:
        one = column(info.name)
        for message in sample:
            assert isinstance(one.text(message), str)
    with pytest.raises(FilterError):
        column("nosuch")


def test_time_flags_and_bytes_as_text() -> None:
    message = next(message for message in MESSAGES if message.attrs is not None and message.attrs.child("packet"))
    line = message.to_dict()
    assert column("time").text(message) == line["time"]
    assert column("nlmsg.flags").text(message) == "|".join(line["nlmsg"]["flags"])
    assert column("packet").text(message) == line["attrs"]["packet"]["hex"]
    assert column("packet.len").values(message) == [line["attrs"]["packet"]["length"]]
