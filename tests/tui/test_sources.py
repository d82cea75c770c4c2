"""What a capture says of interfaces and records, in the interface: in the list, in the tree, in its bar."""

from __future__ import annotations

from pathlib import Path

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
