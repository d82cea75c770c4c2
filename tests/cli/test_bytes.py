"""`ovsdissect bytes`: whole netlink messages as tools print them, as a tree and as JSON.

The message (pasted/message.bin) is a flow: in_port 2, eth_type 0x0806, output 3; its bytes are read here by hand from linux/openvswitch.h.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ovsdissect.build import build
from tests.views.run import run

PASTED = Path(__file__).parents[1] / "capture" / "pasted"
HEX = (PASTED / "message.bin").read_bytes().hex()
LINE = b"in_port(2),eth(src=64:65:61:64:20:62,dst=65:20:64:65:61:64),eth_type(0x0806), used:never, actions:3"


@pytest.mark.parametrize(
    "name", ["message-xxd", "message-gdb-xw", "message-gdb-p", "message-hexdump", "message-strace", "message-base64", "one-tshark"]
)
def test_one_message(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    told = run(monkeypatch, "bytes", f"@{PASTED / name}.txt", "--json")
    assert (told.err, told.code) == ("", 0)
    (found,) = map(json.loads, told.out.splitlines())
    assert (found["family"], found["cmd"], found["dp_ifindex"], found["problems"]) == ("ovs_flow", "new", 5, [])
    assert found["nlmsg"] == {"len": 72, "type": 34, "flags": [], "seq": 7, "pid": 99}
    assert found["attrs"]["key"]["in_port"] == 2
    assert found["attrs"]["actions"] == [{"output": 3}]


def test_several_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in ([f"@{PASTED}/two-tcpdump-XX.txt"], [f"@{PASTED}/two-tshark.txt"], [HEX * 2], [HEX, HEX]):
        told = run(monkeypatch, "bytes", *arguments)
        assert (told.out.count(LINE), told.err, told.code) == (2, "", 0)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    dump = (PASTED / "message-xxd.txt").read_bytes()
    assert LINE in run(monkeypatch, "bytes", stdin=dump).out
    assert run(monkeypatch, "bytes", "-", stdin=dump) == run(monkeypatch, "bytes", HEX)


def test_places_count_from_the_first_byte_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"    0  48 00 00 00 " in run(monkeypatch, "bytes", HEX, "--hex").out
    cooked = "00040338000000000000000000000010"
    assert b"   16  48 00 00 00 " in run(monkeypatch, "bytes", cooked + HEX, "--hex").out


def test_big_endian(monkeypatch: pytest.MonkeyPatch) -> None:
    # nlmsghdr, genlmsghdr, ovs_header, OVS_FLOW_ATTR_KEY { OVS_KEY_ATTR_IN_PORT: 2 }
    big = "000000240022000000000007000000630101000000000005000c00010008000300000002"
    for options in ((), ("--byteorder", "big")):
        told = run(monkeypatch, "bytes", big, "--json", "--family", "ovs_flow=34", *options)
        found = json.loads(told.out)
        assert (found["dp_ifindex"], found["attrs"]) == (5, {"key": {"in_port": 2}})


def test_a_family_that_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    get = "180000002200010300000000000000000301000005000000"
    assert "--family NAME=34" in run(monkeypatch, "bytes", get).err
    assert b"ovs_flow get" in run(monkeypatch, "bytes", get, "--family", "ovs_flow=34").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["48zz"], "48zz: line 1, column 3: 'z' is no hexadecimal digit"),
        (["no/such.txt"], "neither bytes nor an existing file"),
        (["@no/such.txt"], "No such file or directory"),
        ([""], "there are no bytes"),
        ([HEX, "--json", "--hex"], "cannot be used together"),
    ],
)
def test_mistakes(monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    told = run(monkeypatch, "bytes", *arguments)
    assert (told.out, told.code) == (b"", 2)
    assert said in told.err


# a GET of family 41 with sequence number 1 for datapath 5, as `od -An` of a little-endian host prints its 24 bytes
WORDS = {
    "-tx2": " 0018 0000 0029 0301 0001 0000 0000 0000\n 0103 0000 0005 0000\n",
    "-tx8": " 0301002900000018 0000000000000001\n 0000000500000103\n",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=list(WORDS))
def test_lengths_tell_the_order_of_words(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Nothing tells what family 41 is: nlmsg_len and the number of bytes decide."""
    header = json.loads(run(monkeypatch, "bytes", words, "--json").out)["nlmsg"]
    assert (header["len"], header["type"], header["seq"]) == (24, 41, 1)


def test_words_that_are_messages_in_either_order_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with -tx4: read as it stands it is a message of a big-endian host."""
    words = " 00000018 03010029 00000001 00000000\n 00000103 00000005\n"
    said = run(monkeypatch, "bytes", words)
    assert (said.out, said.code) == (b"", 2)
    assert "hexadecimal digits or hexadecimal words of a little-endian host" in said.err


@pytest.mark.parametrize("flags", ["0000", "0100", "0200", "0500"])  # none, request, multi, request and ack
def test_words_of_four_bytes(monkeypatch: pytest.MonkeyPatch, flags: str) -> None:
    """In the other order the flags are the type: 0 and 5 are none, a NOOP has no body and an error no number above 0."""
    message = bytes.fromhex("24000000" + "2800" + flags + "4301000055000000" + "03010000" + "05000000" + "0c0001000800030002000000")
    words = " ".join(f"{int.from_bytes(message[at : at + 4], 'little'):08x}" for at in range(0, len(message), 4))
    told = [run(monkeypatch, "bytes", text, "--json", "--family", "ovs_flow=40") for text in (words, message.hex())]
    assert [one.code for one in told] == [0, 0]
    assert told[0].out == told[1].out


def test_the_byte_order_that_is_named_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the lengths say: those of a message of a big-endian host."""
    big = build("ovs_flow", "get", byteorder="big", seq=7, dp_ifindex=5, key={"in_port": 2}).hex()
    for order in ("auto", "big"):
        assert json.loads(run(monkeypatch, "bytes", big, "--json", "--byteorder", order).out)["nlmsg"]["seq"] == 7
    wrong = run(monkeypatch, "bytes", big, "--json", "--byteorder", "little")
    assert b'"seq":7' not in wrong.out
