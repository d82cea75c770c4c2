"""Invalid filters are refused when they are compiled, with the position and a helpful text; no text has any other effect."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.errors import FilterError
from ovsdissect.filter import catalogue, column
from ovsdissect.filter import compile as compile_filter

# the filter, what is marked in it, what is said
CASES = [
    ("key.ipv4.scr == 1.2.3.4", "key.ipv4.scr", "there is no field key.ipv4.scr: did you mean key.ipv4.src?"),
    ("in_port == 3", "in_port", "there is no field in_port: did you mean key.in_port?"),
    ("ack && number > 1", "ack", "did you mean kind == ack?"),
    ("miss", "miss", "did you mean cmd == miss?"),
    ("route", "route", "did you mean family == route?"),
    ("ENOENT", "ENOENT", "did you mean error.name == ENOENT?"),
    ("number == 1 && ct_labl", "ct_labl", "did you mean key.ct_labels?"),
    ("xyzzy", "xyzzy", "there is no field xyzzy; `ovsdissect fields` lists them"),
    ("key.priority == foo", "foo", "key.priority: foo is not a number"),
    ("key.in_port == 4294967296", "4294967296", "does not fit: the field holds 0 to 4294967295"),
    ("key.in_port == -1", "-1", "does not fit"),
    ("key.in_port == 08", "08", "is not a number"),
    ("key.ipv4.frag == frist", "frist", "did you mean first?"),
    ("key.ipv4.src == 10.0.0.256", "10.0.0.256", "is not an IPv4 address"),
    ("key.ipv4.src == 10.0.0.0/33", "10.0.0.0/33", "/33 is no prefix length: 0 to 32"),
    ("key.ipv6.src == fe80::1::2", "fe80::1::2", "is not an IPv6 address"),
    ("key.ethernet.src == 10.0.0.1", "10.0.0.1", "is not a MAC address"),
    ("key.ct_state == new|tkr", "tkr", "tkr is not a valid value: did you mean trk?"),
    ("key.in_port == 1|2", "1|2", "only names of flags are joined by |"),
    ("key == 3", "3", "key holds other fields"),
    ("key.ipv4.ttl contains 3", "contains", "contains needs a text or bytes: key.ipv4.ttl is a number"),
    ("key.in_port has new", "has", "has needs a set of flags"),
    ("key.ipv4.src == key.in_port", "==", "these two cannot be compared by ==: key.ipv4.src is an IPv4 address"),
    ("key.in_port[0:2] == 00:01", "key.in_port", "only bytes and texts have slices"),
    ("key.ethernet.src[x] == 00", "x", "x is no range of bytes"),
    ("key.ethernet.src & 3", "key.ethernet.src", "& needs a number or a slice of bytes"),
    ("name[0] & 1", "name", "only bytes have bits"),
    ("ovs_packet.cmd == mis", "mis", "did you mean miss?"),
    ("family == ovs_pakcet", "ovs_pakcet", "did you mean ovs_packet?"),
    ("error.name == XQJ", "XQJ", "any other text needs quotes"),
    ("cmd == RTM_NEWLIN", "RTM_NEWLIN", "cmd: RTM_NEWLIN is neither one of"),
    ("cmd == RTM_NEWLINK && ovs_flow", "ovs_flow", "is about other messages"),
    ("key.tcp.src > 70000", "70000", "does not fit: the field holds 0 to 65535"),
    ("key.tcp.src in {70000..80000}", "70000", "does not fit"),
    ("key.tcp.src <= -1", "-1", "does not fit"),
    ("datapath == 0", "datapath == 0", "never has such a value"),
    ('name < ""', 'name < ""', "never has such a value"),
    ("actions.clone.output == 1", "actions.clone.output", "did you mean actions.output?"),
    ("attrs.key.in_port == 1", "attrs.key.in_port", "did you mean key.in_port?"),
    ("name == br0", "br0", 'text needs quotes: "br0"'),
    ("name matches br0", "br0", 'a regular expression needs quotes: "br0"'),
    ('name matches "("', '"("', "invalid regular expression: missing )"),
    ("time > yesterday", "yesterday", "is not a time as 2026-11-23"),
    ('time > "2026-02-30"', '"2026-02-30"', "is no time"),
    ("time > 2026-11-23 05:48:14", "05:48:14", 'a time with a space in it needs quotes: "2026-11-23 05:48:14"'),
    ("number in {5..1}", "5", "the range is empty"),
    ("3 == 4", "3", "a value alone is no condition"),
    ('"x"', '"x"', "a value alone is no condition"),
    ("number = 3", "=", "= is no operator: write =="),
    ("number == 3 and", "", "the filter ends where a field is expected"),
    ("number ==", "", "the filter ends where a value after == is expected"),
    ("number == == 3", "==", "== does not fit here: a value after == is expected"),
    ("number 3", "3", "3 does not fit here: an operator"),
    ("(number == 3", "", "the filter ends where"),
    ("number == 3)", ")", ") does not fit here: the end of the filter, and, or is expected"),
    ("number in {1, 2", "", "the filter ends where } or , is expected"),
    ('name == "br0', '"br0', 'the string that begins here has no closing "'),
    ("request.nosuch", "request.nosuch", "there is no field request.nosuch"),
    ("key.", "key.", "there is no field key.: did you mean key?"),
    (".key.in_port == 3", ".key.in_port", "did you mean key.in_port?"),
    ("ovs_packet.cmd == MISS", "MISS", "MISS is not a valid value: did you mean miss?"),
    ("cmd == misss", "misss", "misss is not a valid value: did you mean miss?"),
    ("cmd == fnord", "fnord", "getpolicy, new, del, get, set, miss, action, execute, features nor a number"),
    ("error.name == einval", "einval", "did you mean EINVAL?"),
    ("error.name == zzz", "zzz", 'zzz is not one of the valid values; any other text needs quotes: "zzz"'),
    ("kind == zzz", "zzz", "zzz is not one of message, error, ack, done, noop, overrun, record"),
    ("key.ethertype == ip", "ip", "ip is not a valid value"),
    ("name == eth", "eth", 'text needs quotes: "eth"'),
    ("name matches ip", "ip", 'a regular expression needs quotes: "ip"'),
    ('key.ct_state == "new|tkr"', '"new|tkr"', '"tkr" is not a valid value: did you mean trk?'),
    ("key.ct_labels == -1", "-1", "the field holds 0 to 340282366920938463463374607431768211455"),
]


@pytest.mark.parametrize(("text", "marked", "said"), CASES)
def test_error(text: str, marked: str, said: str) -> None:
    with pytest.raises(FilterError) as raised:
        compile_filter(text)
    error = raised.value
    assert said in str(error)
    assert "\n" not in str(error)
    if marked:
        assert text[error.column : error.column + error.length] == marked
    else:
        assert error.column == len(text)


def test_column_of_no_field() -> None:
    with pytest.raises(FilterError, match=r"did you mean key\.in_port\?"):
        column("key.in_prot")


def test_deep_and_long_filters_are_refused_not_fatal() -> None:
    for text in ("(" * 5000 + "number", "!" * 5000 + "number", "(!" * 100 + "number" + ")" * 100, "number" * 20000):
        with pytest.raises(FilterError):
            compile_filter(text)
    wide = compile_filter(" or ".join(f"(number == {i})" for i in range(2000)))
    assert wide.text


def test_a_hostile_regular_expression_is_harmless() -> None:
    compile_filter('name matches "(a+)+(a+)+(a+)+$"')
    with pytest.raises(FilterError):
        compile_filter('name matches "((a{1000}){1000}){1000}"')


SIGNS = "== != === !== ~= < >= in { } ( ) && || ! not and or any all contains matches ~ has & | .. , [0:2] [-1] [x] [ ] ' \""
WORDS = "0x10 -1 08 1.5 10.0.0.0/8 10.0.0.0/99 ::1 fe80::/10 aa:bb:cc:dd:ee:ff 2026-11-23T05:48:14Z new trk new|trk miss true 5ms"
TOKENS = (
    *SIGNS.split(" "),
    *WORDS.split(" "),
    *('"abc"', "'x'", '"("', '"\\xff"', '"€"', 'r"\\d"', '"2026-13-45"', "9" * 5000, "\x00", "ü", "1e9", "/", ":", "...", "{1..2}"),
    *(info.short for info in catalogue()[::23]),
)


def refused_or_not(text: str) -> None:
    found: FilterError | None = None
    try:
        compile_filter(text)
    except FilterError as error:
        found = error
    assert found is None or (0 <= found.column <= len(text) and found.length >= 1)


@pytest.mark.slow
def test_four_thousand_texts_of_words() -> None:
    chance = random.Random(20261123)
    for _ in range(4_000):
        refused_or_not(chance.choice(("", " ", " ")).join(chance.choices(TOKENS, k=chance.randrange(1, 9))))


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    refused_or_not(text)
