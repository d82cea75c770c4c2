"""`--ovs`: the release that a capture reveals, for each of its interfaces, and the reasons that are shown."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import orjson
import pytest

import ovsdissect
from ovsdissect.cli.analysing import Options, release
from ovsdissect.cli.ending import told_release
from ovsdissect.errors import OvsDissectError
from tests import recorded
from tests.capture.crafted import enhanced, interface, section
from tests.views.run import run

OLD, NEW = recorded.path("startup-k612"), recorded.path("startup")
# as many as the page of the capture has of the kinds "other", and the errors among them
HIDDEN = "ovsdissect: 1,588 messages of other families and protocols, 18 errors among them: --all shows them\n"
SENTENCE = "ovsdissect: {}: text of Open vSwitch 3.5.2, the newest that fits (an EXECUTE with a HASH and without UPCALL_PID)\n"


def test_a_file_tells_its_release_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "json", "--odp", OLD)
    assert told.err == SENTENCE.format(OLD) + HIDDEN
    assert told.out == run(monkeypatch, "json", "--odp", "--ovs", "3.5.2", OLD).out
    assert told.out != run(monkeypatch, "json", "--odp", "--ovs", "3.1", OLD).out


@pytest.mark.parametrize("command", ["list", pytest.param("show", marks=pytest.mark.slow)])
def test_one_line_on_standard_error(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    told = f"ovsdissect: {NEW}: text of Open vSwitch 4.0 (no sign of an older release)\n"
    assert run(monkeypatch, command, OLD).err == SENTENCE.format(OLD) + HIDDEN
    assert run(monkeypatch, command, NEW, "--all").err == told
    assert run(monkeypatch, command, OLD, "-q").err == ""
    assert run(monkeypatch, command, OLD, "--ovs", "3.5").err == HIDDEN
    assert run(monkeypatch, "json", OLD).err == HIDDEN  # no text of Open vSwitch's


def test_a_pipe_tells_it_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "list", "-", stdin=OLD.read_bytes())
    assert said.err == SENTENCE.format("standard input") + HIDDEN
    assert said.out == run(monkeypatch, "list", "--ovs", "3.5.2", OLD).out


def test_stats_say_what_told_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = orjson.loads(run(monkeypatch, "stats", "--json", OLD).out)["ovs"]
    assert (found["interface"], found["release"], found["text"], found["text_class"]) == (0, "3.5.2", "3.5.2", "l")
    assert "an EXECUTE with a HASH and without UPCALL_PID" in found["hints"]
    assert found["decisive"] == ["an EXECUTE with a HASH and without UPCALL_PID"]
    assert SENTENCE.partition("{}: ")[2].encode() in run(monkeypatch, "stats", OLD).out
    (found,) = orjson.loads(run(monkeypatch, "stats", "--json", "-", stdin=NEW.read_bytes()).out)["ovs"]
    assert (found["release"], found["text"], found["text_class"], found["decisive"]) == ("4.0.90", "4.0", "n", [])


def test_a_capture_that_tells_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """24 bytes: no message at all."""
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 fd000000"))
    assert run(monkeypatch, "list", empty).err == f"ovsdissect: {empty}: text of Open vSwitch 4.0 (no sign of the release)\n"


def renumbered(path: Path, by: int) -> list[bytes]:
    """The records of a recording that hold Open vSwitch's messages only, with other family ids; those of nlctrl are left out."""
    records: dict[int, bytearray] = {}
    with ovsdissect.open(path) as capture:
        for message in capture:
            data = records.setdefault(message.record, bytearray(message.data))
            family = message.declaration or (message.request and message.request.declaration)
            if family is None or not family.name.startswith("ovs_"):
                data.clear()
            elif data:
                # nlmsg_type, and that of the request that an error echoes
                for at in (message.frame.offset + 4, message.frame.offset + 24)[: 1 + (message.kind == "error")]:
                    kind = int.from_bytes(data[at : at + 2], "little")
                    data[at : at + 2] = (kind + by if kind >= 16 else kind).to_bytes(2, "little")
    return [bytes(data) for data in records.values() if data]


@pytest.fixture(name="merged")
def merged_capture(tmp_path: Path) -> Path:
    """The two recordings as two interfaces of one pcapng file, record by record, with the family ids of the second."""
    turns = zip(renumbered(OLD, 2), renumbered(NEW, 0), strict=False)
    path = tmp_path / "merged.pcapng"
    blocks = [enhanced("<", which, 0, data) for turn in turns for which, data in enumerate(turn)]
    path.write_bytes(section("<") + 2 * interface("<", 253) + b"".join(blocks))
    return path


def test_each_interface_has_its_own(monkeypatch: pytest.MonkeyPatch, merged: Path) -> None:
    found = orjson.loads(run(monkeypatch, "stats", "--json", merged).out)["ovs"]
    assert [(one["interface"], one["text_class"]) for one in found] == [(0, "l"), (1, "n")]
    said = run(monkeypatch, "list", merged)
    reason = "the newest that fits (an EXECUTE with a HASH and without UPCALL_PID) on interface 0"
    assert said.err == f"ovsdissect: {merged}: text of Open vSwitch 3.5.2, {reason}, 4.0 (no sign of an older release) on interface 1\n"
    with ovsdissect.open(merged) as capture:
        releases = {(message.record % 2, message.odp.release.version) for message in islice(capture, 400)}
    assert releases == {(1, "3.5.2"), (0, "4.0.90")}
    with ovsdissect.open(merged) as capture:
        assert [told_release(capture, given) for given in ("auto", "3.1")] == ["auto", "3.1"]


def test_a_filter_sees_the_text_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(ovs: str, actions: str) -> bytes:
        return run(monkeypatch, "list", OLD, "-q", "--ovs", ovs, "-Y", f'odp.actions == "{actions}"').out

    # a DROP, which is tnl_pop in 2.17 to 3.3; what has no actions is "drop" in all
    assert b"actions:tnl_pop(ovs-system)" in found("3.1", "tnl_pop(0)")
    assert found("3.5", "tnl_pop(0)") == b""
    assert len(found("3.1", "drop")) < len(found("3.5", "drop"))
    with ovsdissect.open(OLD, ovs="3.1") as capture:
        assert any(message.odp.actions == "tnl_pop(0)" for message in capture)
    with pytest.raises(OvsDissectError, match=r"no Open vSwitch release '3\.8'"):
        ovsdissect.open(OLD, ovs="3.8")


def test_a_fixture_pins_what_it_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for capture, name, pinned in ((OLD, "old", ', ovs="3.5.2"'), (NEW, "new", "")):
        told = run(monkeypatch, "fixture", capture, "-Y", "ovs_packet.cmd == miss", "-o", tmp_path / name, "--key", "k")
        assert told.code == 0
        assert "text of Open vSwitch" in told.err
        assert f'with_name("{name}.pcap"){pinned})' in (tmp_path / name / f"test_{name}.py").read_text()
        assert f"ovsdissect json --odp --ovs {'3.5.2' if pinned else '4.0'} {name}.pcap" in (tmp_path / name / f"{name}.md").read_text()


def test_the_analyses_print_the_text_of_the_release_that_is_told() -> None:
    for path, told in ((OLD, "3.5.2"), (NEW, "4.0")):
        with ovsdissect.open(path) as capture:
            for _ in capture.facts():
                pass
            for given, wanted in (("auto", told), ("3.1", "3.1")):
                options = Options("", {}, False, True, False, None, True, given, False, False, None)
                assert str(release(capture, options)).startswith(wanted)
