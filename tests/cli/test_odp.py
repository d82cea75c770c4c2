"""`ovsdissect odp`: pasted bytes, and output that is safe for a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.odp.rows import rows
from tests.views.run import run

IN_PORT = "0800030002000000"


@pytest.mark.parametrize("spelled", [IN_PORT, "08 00 03 00 02 00 00 00", "0x08000300,0x02000000", "08:00:03:00:02:00:00:00\n"])
def test_pasted_bytes(monkeypatch: pytest.MonkeyPatch, spelled: str) -> None:
    assert run(monkeypatch, "odp", "key", spelled) == (b"in_port(2)\n", "", 0)
    assert run(monkeypatch, "odp", "key", "-", stdin=spelled.encode()) == (b"in_port(2)\n", "", 0)


@pytest.mark.parametrize(
    "spelled",
    [
        "00000000: 0800 0300 0200 0000                      ........",
        "0000000 0008 0003 0002 0000\n0000008",  # hexdump: words, whose order the attribute's length tells
        "0x7ffe10:\t0x00030008\t0x00000002",
        r'"\10\0\3\0\2\0\0\0"',
        "CAADAAIAAAA=",
    ],
)
def test_what_tools_print(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spelled: str) -> None:
    file = tmp_path / "dump.txt"
    file.write_text(spelled)
    assert run(monkeypatch, "odp", "key", spelled) == (b"in_port(2)\n", "", 0)
    assert run(monkeypatch, "odp", "key", f"@{file}") == (b"in_port(2)\n", "", 0)
    assert run(monkeypatch, "odp", "key", file) == (b"in_port(2)\n", "", 0)


def test_several_blocks_are_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "odp", "key", "0000  08 00 03 00 02 00 00 00\n\n0000  08 00 03 00 02 00 00 00\n")
    assert (told.out, told.code) == (b"", 2)
    assert "2 blocks of bytes" in told.err


def test_what_takes_no_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    for what in ("key", "actions"):
        told = run(monkeypatch, "odp", what, "0800010003000000", "08000300ffffffff")
        assert (told.out, told.code) == (b"", 2)
        assert f"{what} takes no mask" in told.err


def test_bytes_that_are_a_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / IN_PORT).write_text("08000300ffffffff")
    assert "can be bytes or a file name" in run(monkeypatch, "odp", "key", IN_PORT).err
    assert run(monkeypatch, "odp", "key", f"@{IN_PORT}").out == b"in_port(4294967295)\n"


def test_forms_and_byte_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "odp", "flow", IN_PORT, "08000300ffff0000").out == b"in_port(2/0xffff)\n"
    assert run(monkeypatch, "odp", "key", "0008000300000002", "--byteorder", "big").out == b"in_port(2)\n"
    assert run(monkeypatch, "odp", "actions", "0800180000000000", "--ovs", "3.1").out == b"tnl_pop(0)\n"
    assert run(monkeypatch, "odp", "tunnel", "08000200c0a80001").out == b"tunnel(dst=192.168.0.1,flags(0))\n"


def test_every_form_of_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As dump-flows, dump-flows -m and the log of ovs-vswitchd printed the shortest flow that each of them prints in its own way."""
    row = min((row for row in rows("masks") if len({*row[2:5]}) == 3), key=lambda row: len(row[1]))
    key, mask = row[1].split(" ")
    for form, text in zip(("dump", "dump-m", "log"), row[2:5], strict=True):
        assert run(monkeypatch, "odp", "flow", key, mask, "--form", form).out.decode() == f"{text}\n"
    assert run(monkeypatch, "odp", "flow", key, mask).out.decode() == f"{row[2]}\n"


def test_a_tunnel_with_a_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attributes of a golden flow: TUN_ID, IPV4_SRC, IPV4_DST, GTPU_OPTS."""
    key = "0c00000000000000000000050800010001010101080002000202020206001000" + "30ff0000"
    mask = "0c000000ffffffffffffffff08000100ffffffff08000200ffffffff06001000" + "f0ff0000"
    assert any(f"1000{key}" in row[1] and f"1000{mask}" in row[1] and "0x30/0xf0" in row[2] for row in rows("masks"))
    text = b"tunnel(tun_id=0x5,src=1.1.1.1,dst=2.2.2.2,gtpu(flags=0x30/0xf0,msgtype=255),flags(+key))\n"
    assert run(monkeypatch, "odp", "tunnel", key, mask).out == text


@pytest.mark.parametrize(("ovs", "text"), [("2.15.0", b"drop\n"), ("3.3.7", b"tnl_pop(0)\n"), ("4.0", b"drop\n")])
def test_releases(monkeypatch: pytest.MonkeyPatch, ovs: str, text: bytes) -> None:
    assert run(monkeypatch, "odp", "actions", "0800180000000000", "--ovs", ovs).out == text
    for spelled in (f"v{ovs}", f"openvswitch-{ovs}", f"{ovs}-1ubuntu2.1", f"{ovs.rpartition('.')[0]}.x" if ovs == "2.15.0" else f" {ovs}"):
        assert run(monkeypatch, "odp", "actions", "0800180000000000", "--ovs", spelled).out == text
    assert run(monkeypatch, "odp", "key", "05002900ff000000", "--ovs", "2.13").out == b"(bad key length 1, expected -1)(ff)\n"
    unknown = b"tunnel(key17(bad key length 1, expected -1)(c8)flags(0))\n"
    assert run(monkeypatch, "odp", "tunnel", "05001100c8000000", "--ovs", "2.15").out == unknown


@pytest.mark.parametrize("ovs", ["2.14", "3.8", "3.3.10", "4", "newest"])
def test_a_release_that_there_is_not(monkeypatch: pytest.MonkeyPatch, ovs: str) -> None:
    told = run(monkeypatch, "odp", "actions", "", "--ovs", ovs)
    assert (told.out, told.code) == (b"", 2)
    assert f"no Open vSwitch release '{ovs}'; the releases are 2.13 (2.13.0 to 2.13.11), " in " ".join(told.err.split())


@pytest.mark.parametrize(("arguments", "said"), [(("key", "0z"), "no hexadecimal digit"), (("key", "080"), "a byte has two")])
def test_mistakes(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str) -> None:
    told = run(monkeypatch, "odp", *arguments)
    assert (told.out, told.code) == (b"", 2)
    assert said in told.err


@pytest.mark.parametrize("terminal", [True, False])
def test_control_characters_are_spelled_out(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    helper = "0c000c00" + "08000500" + b"\x1b[m\0".hex()
    assert run(monkeypatch, "odp", "actions", helper, terminal=terminal).out == b"ct(helper=\\x1b[m)\n"
