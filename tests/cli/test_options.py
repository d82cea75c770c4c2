"""Every option of every command has an effect: for a suitable capture, the output differs with it and without.

The tests of the commands check what it does. Here none may be ignored, and new ones must be listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import pytest

from ovsdissect.cli import COMMANDS, ovsdissect
from ovsdissect.netlink.headers import EXTACK
from tests import recorded
from tests.dissect.made import ACK, ACK_TLVS, IDS, MULTI, REQUEST, failed, genl, newfamily, nlmsg, pcap, record
from tests.views.run import run

PACKET = bytes.fromhex("02000000000202000000000108004500001c00010000401100000a0000010a0000021000200000080000")
UFID, OTHER, PROBED = "0011" * 8, "2233" * 8, "4455" * 8


def port(number: int, name: str) -> bytes:
    return genl("ovs_vport", "new", {"port_no": number, "type": "netdev", "name": name, "upcall_pid": [5]})


def key(number: int, **more: Any) -> dict[str, Any]:
    ethernet = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
    ipv4 = {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": 17, "tos": 0, "ttl": 64, "frag": "none"}
    return (
        {"in_port": number, "ethernet": ethernet, "ethertype": 0x0800, "ipv4": ipv4, "udp": {"src": 4096, "dst": 8192}}
        | {"recirc_id": 0}
        | more
    )


def miss(number: int, recirc: int = 0) -> bytes:
    return genl("ovs_packet", "miss", {"key": key(number, recirc_id=recirc), "hash": {"value": number}, "packet": PACKET})


def put(seq: int, ufid: str, number: int, **more: Any) -> bytes:
    values = {
        "ufid": ufid,
        "key": key(number),
        "mask": {"in_port": 0xFFFFFFFF},
        "actions": [{"output": 4}, {"recirc": 1}, {"psample": {"group": 1}}],
    }
    return genl("ovs_flow", "new", values | more, flags=REQUEST | ACK | 0x400, seq=seq, pid=5)


def dumped(ufid: str, number: int, packets: int) -> bytes:
    stats = {"n_packets": packets, "n_bytes": 60 * packets}
    values = {"ufid": ufid, "key": key(number), "actions": [{"output": 4}]} | ({"stats": stats} if packets else {})
    return genl("ovs_flow", "get", values, flags=MULTI, seq=20, pid=5)


def gone(seq: int) -> bytes:
    return genl("ovs_flow", "del", {"ufid": f"{seq:02d}" * 16, "key": key(seq)}, flags=REQUEST | ACK, seq=seq, pid=5)


GET = genl("ovs_vport", "get", {"name": "x"}, flags=REQUEST, seq=30, pid=5)
EXECUTE = genl("ovs_packet", "execute", {"packet": PACKET, "key": key(3), "actions": [{"output": 4}]}, flags=REQUEST, seq=12, pid=5)
REFUSED = put(13, OTHER, 4)
THERE = genl("ovs_datapath", "new", {"name": "ovs-system", "upcall_pid": 5}, flags=REQUEST | ACK, seq=60, pid=5)
NO = EXTACK.build([(EXTACK.by_name["message"], 0, "=no", None)])
MADE: Final = [
    *(newfamily(name, number) for name, number in IDS.items()),
    genl("ovs_datapath", "new", {"name": "=dp", "user_features": ["unaligned"]}),
    *(port(3, "=eth3"), port(4, "eth4"), port(9, "eth9")),
    nlmsg(21, bytes(4), flags=REQUEST, seq=1, pid=9),  # another family's
    miss(3),
    *(put(11, UFID, 3), EXECUTE, failed(put(11, UFID, 3), 0, flags=0x100)),
    put(10, PROBED, 3, probe=True),
    miss(4),
    *(REFUSED, failed(REFUSED, -22, flags=ACK_TLVS, extack=NO)),
    *(THERE, failed(THERE, -17), put(14, "8899" * 8, 4), failed(put(14, "8899" * 8, 4), -22)),
    *(GET, failed(GET, -19)),
    genl("ovs_flow", "get", flags=REQUEST | 0x300, seq=20, pid=5),
    *(dumped(UFID, 3, 0), dumped(OTHER, 4, 7), dumped("6677" * 8, 9, 5), nlmsg(3, bytes(4), flags=MULTI, seq=20, pid=5)),
    genl("ovs_flow", "del", {"ufid": OTHER, "key": key(4)}, flags=REQUEST | ACK, seq=40, pid=5),
    genl("ovs_flow", "del", {"ufid": OTHER, "key": key(4), "stats": {"n_packets": 7, "n_bytes": 420}}, seq=40, pid=5),
    # three requests to delete flows that are gone
    *(one for seq in (70, 71, 72) for one in (gone(seq), failed(gone(seq), -2))),
    miss(3),
    put(50, "6677" * 8, 9),
]
# messages that do not tell their families
POOR: Final = [
    genl("ovs_packet", "miss", {"packet": PACKET}),
    genl("ovs_flow", "new", {"key": {"in_port": 3}}, flags=REQUEST, seq=1, pid=5),
    failed(genl("ovs_flow", "new", {"key": {"in_port": 3}}, flags=REQUEST, seq=1, pid=5), -22),
    genl("ovs_flow", "get", {"key": {"in_port": 4}}, flags=MULTI, seq=2, pid=5),
]
MISS: Final = MADE.index(miss(3)) + 1


class Case(NamedTuple):
    """How an option is tried.  beside: what it needs; {} is a file of its own, {dir} the directory that the command writes."""

    words: tuple[str, ...]
    beside: tuple[str, ...] = ()
    capture: str = "made"


# by option, and by command and option where a command needs something else
CASES: Final[dict[str, Case | None]] = {
    "--family": Case(("--family", "ovs_flow=40", "--family", "ovs_packet=41"), capture="poor"),
    "--byteorder": Case(("--byteorder", "big")),
    "--max-record": Case(("--max-record", "1M"), capture="large"),
    "--quiet": Case(("--quiet",), capture="cut"),
    "--strict": None,  # test_strict.py
    "--follow": None,  # test_signals.py: without it the command would end by itself
    "--jobs": None,  # what comes out is the same: test_jobs.py
    "--display-filter": Case(("-Y", "number > 9000")),
    "--number": Case(("-n", str(MISS))),
    "--count": Case(("-c", "1")),
    "--all": Case(("--all",)),
    "--names": Case(("--no-names",)),
    "--ovs": Case(("--ovs", "2.13")),
    "--color": Case(("--color", "always")),
    "--json": Case(("--json",)),
    "--csv": Case(("--csv",)),
    "--safe-csv": Case(("--safe-csv",), ("--csv",)),
    "--columns": Case(("--columns", "number")),
    "--sort": Case(("--sort", "port")),
    "--hex": Case(("--hex",)),
    "--output": Case(("-o", "{}")),
    "list --time": Case(("--time", "epoch")),
    "list --columns": Case(("--columns", "number,port")),
    "list --safe-csv": Case(("--safe-csv",), ("--csv",)),
    "carve --messages": Case(("--messages",)),
    "carve --inner": Case(("--inner",)),
    "fixture --name": Case(("--name", "other")),
    "fixture --anonymise": Case(("--keep-addresses",)),
    "fixture --key": Case(("--key", "one"), ("--key", "two")),
    "fixture --force": Case(("--force",), ("--key", "x"), capture="again"),
    "fixture --display-filter": Case(("-Y", "ovs_packet.cmd == miss"), ("--keep-addresses",)),
    "fixture --number": Case(("-n", str(MISS)), ("--keep-addresses",)),
    "fixture --count": Case(("-c", "3"), ("--keep-addresses",)),
    "json --array": Case(("--array",)),
    "json --odp": Case(("--odp",)),
    "json --inner": Case(("--inner",)),
    "json --symbols": Case(("--symbols",)),
    "json --raw": Case(("--raw",)),
    "json --upcalls": Case(("--upcalls",)),
    "json --names": Case(("--names",), ("--odp",)),
    "json --ovs": Case(("--ovs", "2.13"), ("--odp",)),
    "upcalls --ovs": Case(("--ovs", "2.13"), ("--odp",)),
    "upcalls --by": Case(("--by", "port")),
    "upcalls --unanswered": Case(("--unanswered",)),
    "upcalls --slower": Case(("--slower", "5000")),
    "upcalls --chain": Case(("--chain", str(MISS))),
    "upcalls --summary": Case(("--summary",)),
    "upcalls --odp": Case(("--odp",)),
    "flows --at": Case(("--at", f"@{MISS}")),
    "flows --deleted": Case(("--deleted",)),
    "flows --probes": Case(("--probes",)),
    "flows --never-hit": Case(("--never-hit",)),
    "flows --stats": Case(("--stats",)),
    "flows --explain": Case(("--explain",)),
    "flows --ufid": Case(("--ufid", "0011")),
    "flows --history": Case(("--history",), ("--ufid", "0011")),
    "flows --verbose": Case(("--verbose",)),
    "flows --columns": Case(("--columns", "ufid"), ("--stats",)),
    "flows --sort": Case(("--sort", "packets"), ("--stats", "--probes")),
    "flows --safe-csv": Case(("--safe-csv",), ("--csv", "--columns", "datapath")),
    "ports --sort": Case(("--sort", "no"), ("--all",)),
    "errors --sort": Case(("--sort", "first-request"), ("--all",)),
    "errors --columns": Case(("--columns", "error")),
    "ports --columns": Case(("--columns", "port")),
    "report --names": Case(("--no-names",), ("--html", "{}")),
    "report --html": Case(("--html", "{}")),
    "report --anonymise": Case(("--anonymise",), ("--html", "{}")),
    "columns --output": Case(("-o", "{dir}/other")),
    "columns --table": Case(("--table", "errors")),
    "columns --format": Case(("--format", "csv")),
    "columns --binary": Case(("--binary",)),
    "columns --schema": Case(("--schema",)),
    "columns --force": Case(("--force",), capture="again"),
    "sql --format": Case(("--format", "json")),
    "sql --save": Case(("--save", "{}")),
    "odp --byteorder": Case(("--byteorder", "big"), ("key", "0800030003000000")),
    "odp --form": Case(("--form", "dump-m"), ("flow", "08000300030000000800020001000000", "08000300ffffffff")),
    "odp --ovs": Case(("--ovs", "2.13"), ("actions", "0800190004000000")),
    "bytes --family": Case(("--family", "ovs_flow=40"), (POOR[1].hex(),)),
    "bytes --byteorder": Case(("--byteorder", "big"), (GET.hex(),)),
    "bytes --ovs": Case(("--ovs", "2.13"), (put(1, UFID, 3).hex(),)),
    "bytes --json": Case(("--json",), (GET.hex(),)),
    "bytes --hex": Case(("--hex",), (GET.hex(),)),
    "fields --json": Case(("--json",)),
    "schema --old": Case(("--old",)),
}
WITHOUT: Final = ("odp", "bytes", "fields", "schema", "completion", "help")  # a capture
BASE: Final = {
    "carve": ("carve", "-o", "{dir}/out.pcap"),
    "fixture": ("fixture", "-o", "{dir}/f", "--name", "f"),
    "columns": ("columns", "-o", "{dir}/tables"),
    "sql": ("sql", "select * exclude (capture) from messages"),
    "fields": ("fields", "key.in_port"),
}


def options() -> list[tuple[str, str]]:
    """Every option of every command but the interface, which tests/tui is about."""
    found = []
    for name in COMMANDS:
        command = ovsdissect.get_command(click.Context(ovsdissect), name)
        assert command is not None
        there = [one for one in command.params if isinstance(one, click.Option) and not one.hidden and name != "tui"]
        found += [(name, max(one.opts, key=len)) for one in there]
    return found


def case(name: str, option: str) -> Case | None:
    """How an option of a command is tried."""
    return CASES[f"{name} {option}"] if f"{name} {option}" in CASES else CASES[option]


def test_every_option_is_tried() -> None:
    there = options()
    assert [f"{name} {option}" for name, option in there if f"{name} {option}" not in CASES and option not in CASES] == []
    named = {f"{name} {option}" for name, option in there} | {option for _, option in there}
    assert [one for one in CASES if one not in named] == []


@pytest.fixture(name="captures", scope="module")
def fixture_captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures")
    large = nlmsg(21, bytes(1_100_000), flags=REQUEST)
    for name, messages in (("made", MADE), ("poor", POOR), ("large", [*MADE, large])):
        records = [record(one, number=number) for number, one in enumerate(messages[:-1], 1)]
        # the last two in one record
        records[-1] = record(*messages[-2:], number=len(messages))
        (folder / name).write_bytes(pcap(records))
    (folder / "cut").write_bytes((folder / "made").read_bytes()[:-3])
    return folder


def outcome(
    monkeypatch: pytest.MonkeyPatch, name: str, words: tuple[str, ...], capture: Path, folder: Path, *, again: bool
) -> tuple[Any, ...]:
    """What a command printed, its exit code and the files that it wrote."""
    folder.mkdir()
    if again:
        for directory in ("f", "tables"):
            (folder / directory).mkdir()
            (folder / directory / "mine").write_text("mine")
    arguments = [word.replace("{dir}", str(folder)).replace("{}", str(folder / "file")) for word in (*BASE.get(name, (name,)), *words)]
    said = run(monkeypatch, *arguments, *([] if name in WITHOUT else [capture]))
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".duckdb"
    }
    return said.code, said.out.replace(str(folder).encode(), b""), said.err.replace(str(folder), ""), files


def tried() -> Iterator[Any]:
    """The options; those of the tables, which take a second each, and of the analyses are slow but for their own."""
    for name, option in options():
        if case(name, option) is not None:
            slow = name in ("columns", "sql", "fixture") or (name in ("flows", "ports", "errors", "report") and option in CASES)
            yield pytest.param(name, option, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize(("name", "option"), list(tried()))
def test_it_does_something(monkeypatch: pytest.MonkeyPatch, name: str, option: str, captures: Path, tmp_path: Path) -> None:
    found = case(name, option)
    assert found is not None
    capture = captures / ("made" if found.capture == "again" else found.capture)
    again = found.capture == "again"
    plain = outcome(monkeypatch, name, found.beside, capture, tmp_path / "plain", again=again)
    other = outcome(monkeypatch, name, (*found.beside, *found.words), capture, tmp_path / "other", again=again)
    assert plain != other
    assert other[0] == FAILING.get((name, option), 0), other
    if option == "--quiet":
        assert plain[2]
        assert other[2] == ""


# exit codes: an option that would do nothing is refused; nothing is left of a fixture in the other byte order
FAILING: Final = {
    ("ports", "--ovs"): 2,
    ("errors", "--names"): 2,
    ("errors", "--ovs"): 2,
    ("report", "--ovs"): 2,
    ("fixture", "--byteorder"): 1,
}


OTHERS = "ovsdissect: messages of other families and protocols pass the filter: --all shows them\n"


@pytest.mark.parametrize(
    ("display_filter", "others"), [("family == route", True), ("cmd == RTM_NEWLINK", True), ("key.in_port == 4000000000", False)]
)
@pytest.mark.parametrize("command", [("list",), ("json",), ("show",), ("carve", "-o", "{}")], ids=lambda command: command[0])
def test_a_filter_that_only_other_families_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...], display_filter: str, others: bool
) -> None:
    """tshark dissects 748 records of the recording as netlink-route; no datapath has such a port."""
    typed = [word.format(tmp_path / "out.pcap") for word in command]
    capture = recorded.path("upcall-pid")
    assert (OTHERS in run(monkeypatch, *typed, "-Y", display_filter, capture).err) == others
    assert OTHERS not in run(monkeypatch, *typed, "-Y", "ovs_packet", capture).err
    assert run(monkeypatch, *typed, "-Y", display_filter, "-q", capture).err == ""
