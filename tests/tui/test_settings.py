"""The settings file: its values apply, changes are saved, other content is kept, and invalid content is reported."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ovsdissect.errors import OvsDissectError
from ovsdissect.tui.columns import Look
from ovsdissect.tui.palette import THEMES
from ovsdissect.tui.session import Session
from ovsdissect.tui.settings import Settings, SettingsFile
from ovsdissect.tui.source import Source
from tests.recorded import ROOT, path
from tests.tui.driving import driven


@pytest.fixture(name="file")
def fixture_file(tmp_path: Path) -> Path:
    """The example of the documentation, as a file."""
    file = tmp_path / "tui.toml"
    file.write_text(str(re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "tui.md").read_text("utf-8"), re.DOTALL)[0]), "utf-8")
    return file


def test_what_it_says(file: Path) -> None:
    settings = SettingsFile(file).settings
    assert settings.columns == ["number", "time", "what", "port", "key.ipv4.dst", "latency", "summary"]
    assert (settings.time, settings.share) == ("delta", 60)
    assert settings.theme in {theme.name for theme in THEMES}
    assert settings.presets == {"to the gateway": "key.ipv4.dst == 10.0.0.1"}
    assert settings.colours == {"port == v1": "bold magenta"}
    assert SettingsFile(file, "other").settings == Settings(), "another profile has its own"


def test_nothing_is_written_where_nothing_changed(file: Path) -> None:
    before = file.read_bytes()
    SettingsFile(file).keep()
    assert file.read_bytes() == before


def test_what_changed_is_kept_and_the_rest_stays(file: Path) -> None:
    file.write_text(file.read_text("utf-8") + '\n[profiles.lab]\nshare = 30\n\n[of-another-program]\nits = "own"\n', "utf-8")
    kept = SettingsFile(file)
    kept.settings.share = 70
    kept.settings.presets['a "quoted" name\\'] = "kind == error"
    kept.keep()
    read = tomllib.loads(file.read_text("utf-8"))
    assert read["profiles"]["default"]["share"] == 70
    assert read["profiles"]["default"]["presets"] == {"to the gateway": "key.ipv4.dst == 10.0.0.1", 'a "quoted" name\\': "kind == error"}
    assert read["profiles"]["lab"] == {"share": 30}
    assert read["of-another-program"] == {"its": "own"}
    assert list(file.parent.iterdir()) == [file], "nothing is left beside it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profiles", "--no-config starts without it"),
        ('[profiles.default]\nshare = "60"', "profiles"),
        ("[profiles.default]\nshare = true", "share"),
        ("[profiles.default]\ncolumns = [1]", "columns"),
        ("[profiles.default.presets]\nmine = 1", "presets"),
        ('[profiles.default]\ntheme = "nonesuch"', "default.theme: 'nonesuch' is none of ovsdissect-dark, "),
        ('[profiles.default]\ntime = "weird"', "default.time: 'weird' is none of relative, "),
        ("[profiles.default]\nshare = 500", "default.share: 500 is not between 20 and 80"),
        ('[profiles.default]\ncolumns = ["nope"]', "default.columns: there is no field nope"),
        ('[profiles.default.colours]\n"kind == error" = "notacolour"', "default.colours: 'kind == error' = 'notacolour': "),
    ],
)
def test_what_cannot_be_understood_is_said(file: Path, text: str, said: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(OvsDissectError) as caught:
        SettingsFile(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value) or said == "profiles"


@pytest.mark.parametrize("profile", ["", "a b", "../x", "a.b"])
def test_names_of_profiles(file: Path, profile: str) -> None:
    for where in (file, file.with_name("none.toml")):
        with pytest.raises(OvsDissectError, match="not a valid profile name"):
            SettingsFile(where, profile)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = SettingsFile(tmp_path / "new" / "tui.toml")
    kept._path = tmp_path / "file" / "tui.toml"
    kept.settings.share = 70
    kept.keep()
    SettingsFile(None).keep()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("rule", [{"no.such.field": "red"}, {"port == v1": "no such colour"}])
def test_a_wrong_colour_rule_is_said_before_any_screen(rule: dict[str, str]) -> None:
    with pytest.raises(OvsDissectError, match="colour rule"):
        Session(Source(str(path("startup"))), Look(), Settings(colours=rule))


async def test_they_hold_and_stay(file: Path) -> None:
    kept = SettingsFile(file)
    async with driven("startup", kept=kept, look=Look(time=kept.time_style)) as at:
        at.app.capture.apply("ovs_packet.cmd == miss")
        await at.settle()
        assert "Since above" in at.screen()
        assert "key.ipv4.dst" in at.screen().splitlines()[3]
        assert at.app.theme == "ovsdissect-light"
        rows = [at.list.segments(row) for row in range(at.list.lines)]
        painted = [any(one.style and one.style.color and one.style.color.name == "magenta" for one in row) for row in rows]
        ports = [at.session.store.message(line).datapaths and row for line, row in zip(at.list.shown, rows, strict=True)]
        assert painted == ["v1" in "".join(one.text for one in row or []) for row in ports]
        await at.press("f")
        assert "to the gateway" in at.screen()
        await at.press("escape", "D", "t", "plus")
    read = tomllib.loads(file.read_text("utf-8"))["profiles"]["default"]
    assert (read["theme"], read["time"], read["share"]) == ("ovsdissect-dark", "epoch", 70)


def test_what_it_does_not_know_stays_and_any_text_can_be_read_again(file: Path) -> None:
    """A key of a later version in the same profile; the one control character that JSON leaves as it is and TOML forbids."""
    file.write_text('[profiles.default]\nshare = 60\nlater = "kept"\n', "utf-8")
    kept = SettingsFile(file)
    kept.settings.share = 50  # the usual value needs no line
    kept.settings.presets["\x7f\n\"é'"] = 'odp.key contains "\x7f"'
    kept.keep()
    assert tomllib.loads(file.read_text("utf-8"))["profiles"]["default"] == {
        "later": "kept",
        "presets": {"\x7f\n\"é'": 'odp.key contains "\x7f"'},
    }
    assert SettingsFile(file).settings.presets == kept.settings.presets
