"""What a capture says about interfaces and records, in the interface: in the list, the tree and the bar."""

from __future__ import annotations

from pathlib import Path

from ovsdissect.capture import open_capture
from ovsdissect.tui.save import Saving
from tests import recorded
from tests.cli.test_interfaces import noted, two_hosts
from tests.tui.driving import driven


async def test_notes_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "notes.pcapng"
    path.write_bytes(noted())
    async with driven(path) as running:
        await running.press("down")
        assert running.number == 2
        lines = {branch.line.path: branch.line.text for branch in running.tree.branches}
        assert lines["frame.drop_count"] == "30 records lost before this one"
        assert lines["frame.comment"] in ("a\\x07b", "second")
        assert "30 records lost before this one" in running.session.store.message(1).summary
        assert running.session.source.lost() == 30


async def test_interfaces(tmp_path: Path) -> None:
    path = tmp_path / "hosts.pcapng"
    path.write_bytes(two_hosts())
    async with driven(path) as running:
        store = running.session.store
        assert [store.message(line).interface_name for line in range(store.count)] == [
            f"nlmon{which}" for which in (0, 0, 1, 1, 0, 1, 0, 1)
        ]
        assert "frame.interface_name" in {branch.line.path for branch in running.tree.branches}
        drawn = running.list.drawn
        assert [column.name for column in drawn[:3]] == ["number", "time", "interface"]
        shown = ["".join(segment.text for segment in running.list.segments(line)).split()[2:4] for line in range(3)]
        assert shown == [["0", "nlmon0"], ["0", "nlmon0"], ["1", "nlmon1"]]


async def test_one_interface_has_no_column() -> None:
    async with driven(recorded.path("upcall-pid")) as running:
        assert "interface" not in [column.name for column in running.list.drawn]


async def test_a_subset_saved_as_pcapng(tmp_path: Path) -> None:
    """The records of a line, and of what names its family, with their interfaces and notes."""
    hosts, notes = tmp_path / "hosts.pcapng", tmp_path / "notes.pcapng"
    hosts.write_bytes(two_hosts())
    notes.write_bytes(noted())
    for path, lines in ((hosts, [7]), (notes, [1])):
        out = tmp_path / f"out-{path.name}"
        async with driven(path) as running:
            saving = Saving(str(out), running.session.store, running.session.look)
            for line in saving.begin(lines):
                saving.step(line)
            saving.finish()
        with open_capture(path) as before, open_capture(out) as after:
            whole, found = list(before), list(after)
            kept = [record for record in whole if record.data in [one.data for one in found]]
            assert [(one.time_ns, one.data, one.interface, one.notes) for one in found] == [
                (one.time_ns, one.data, one.interface, one.notes) for one in kept
            ]
            assert found[-1].data == whole[-1].data
            assert [one.name for one in after.interfaces] == [one.name for one in before.interfaces]
