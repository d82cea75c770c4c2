"""The filter made from a line of a tree selects the message that it was made from, for every line of every kind of message."""

from collections import Counter

from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.expression import expression, field_name
from ovsdissect.text.outline import outline
from tests.recorded import messages, telling


def test_every_line() -> None:
    named = unnamed = valued = 0
    asked: Counter[str] = Counter()
    for message in telling()[:60]:
        for line in outline(message):
            if line.sort in ("padding", "undecoded") or line.path.startswith("request") or line.path == "reserved":
                continue  # no field is there: what an error echoes is matched by nothing else
            field = field_name(message, line.path)
            asked[field] += 1
            if asked[field] > 3:
                continue
            text = expression(message, line.path, line.text)
            if text is None:
                unnamed += 1
                continue
            named += 1
            valued += "==" in text
            assert compile_filter(text).matches(message), (text, line.path)
    assert named > 20 * unnamed
    assert valued > named // 2


def test_names() -> None:
    miss = next(m for m in messages("startup") if m.command and m.command.name == "miss")
    assert field_name(miss, "attrs.key.in_port") == "ovs_packet.key.in_port"
    assert field_name(miss, "cmd") == "ovs_packet.cmd"
    assert field_name(miss, "attrs.packet.icmpv6.mldr.mar[0].record_type") == "packet.icmpv6.mldr.mar.record_type"
    assert expression(miss, "attrs.key.in_port", "2 (v1)") == "ovs_packet.key.in_port == 2"
