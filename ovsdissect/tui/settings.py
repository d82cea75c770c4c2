"""Saved settings: columns, layout, theme, times, presets and colour rules, by profile, in one TOML file that people can read.

    [profiles.default]
    theme = "ovsdissect-dark"
    columns = ["number", "time", "direction", "what", "port", "summary"]
    [profiles.default.presets]
    "ARP" = "key.ethertype == 0x0806"
    [profiles.default.colours]
    "key.arp" = "bold yellow"
"""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from rich.errors import StyleSyntaxError
from rich.style import Style

from ovsdissect.errors import FilterError, OvsDissectError
from ovsdissect.text.rows import TIME_STYLES, TimeStyle
from ovsdissect.tui.columns import column
from ovsdissect.tui.palette import THEMES

DEFAULT: Final = "default"
LEAST, MOST = 20, 80  # the height of the list in percent
TITLE: Final = "# Settings of ovsdissect's terminal interface: written when it ends, read when it starts.\n"


@dataclass
class Settings:
    """One profile.

    theme: a name in palette.THEMES, "" for the one that fits the terminal.  columns: names of the columns; empty: the default ones.
    time: the form of times.  share: the height of the list in percent.  presets: filters by name.
    colours: styles by filter; the first filter that a row passes applies.
    """

    theme: str = ""
    columns: list[str] = field(default_factory=list)
    time: str = "relative"
    share: int = 50
    presets: dict[str, str] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)


class SettingsFile:
    """The file with all profiles.  path: None to read and save nothing.  Raises OvsDissectError if it is invalid."""

    def __init__(self, path: Path | None, profile: str = DEFAULT) -> None:
        self._path, self._profile = path, profile
        self._all: dict[str, Any] = {}
        self._before = Settings()
        self.settings = Settings()
        if path is None:
            return
        try:
            self._all = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            if profile != DEFAULT:
                self._check(profile)
            return
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise self._fault(str(error)) from error
        self._check(profile)
        made, before = self._read(), self._read()
        for name, why in _wrong(made):
            raise self._fault(f"{profile}.{name}: {why}")
        self.settings, self._before = made, before

    def _fault(self, text: str) -> OvsDissectError:
        return OvsDissectError(f"{self._path}: {text}; --no-config starts without it")

    @property
    def time_style(self) -> TimeStyle:
        """The form of times."""
        return next((style for style in TIME_STYLES if style == self.settings.time), TIME_STYLES[0])

    def _check(self, profile: str) -> None:
        if not all(c.isalnum() or c in "-_" for c in profile) or not profile:
            raise OvsDissectError(f"{profile!r} is not a valid profile name: use letters, digits, - and _")

    def _read(self) -> Settings:
        profiles = self._all.get("profiles", {})
        told = profiles.get(self._profile, {}) if isinstance(profiles, dict) else {}
        settings = Settings()
        for one in fields(Settings):
            if not isinstance(told, dict) or one.name not in told:
                continue
            value, usual = told[one.name], getattr(settings, one.name)
            fits = isinstance(value, type(usual)) and not isinstance(value, bool)
            inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            if not fits or not all(isinstance(item, str) for item in inside):
                raise self._fault(f"{self._profile}.{one.name}: {value!r} is not {_KINDS[type(usual)]}")
            setattr(settings, one.name, value)
        return settings

    def keep(self) -> None:
        """Save changes; a failure is ignored."""
        if self._path is None or self.settings == self._before:
            return
        told = {one.name: value for one in fields(Settings) if (value := getattr(self.settings, one.name)) != getattr(Settings(), one.name)}
        profiles = dict(self._all.get("profiles", {}))
        profiles[self._profile] = {**{k: v for k, v in profiles.get(self._profile, {}).items() if k not in _NAMES}, **told}
        text = TITLE + "".join(_tables({**self._all, "profiles": profiles}, ()))
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, "utf-8")
            os.replace(part, self._path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()


_NAMES: Final = frozenset(one.name for one in fields(Settings))
_KINDS: Final = {str: "a text", int: "a number", list: "a list of texts", dict: "a table of texts"}


def _wrong(settings: Settings) -> Iterator[tuple[str, str]]:
    """The settings that nothing can be done with, and why."""
    themes = [theme.name for theme in THEMES]
    if settings.theme and settings.theme not in themes:
        yield "theme", f"{settings.theme!r} is none of {', '.join(themes)}"
    if settings.time not in TIME_STYLES:
        yield "time", f"{settings.time!r} is none of {', '.join(TIME_STYLES)}"
    if not LEAST <= settings.share <= MOST:
        yield "share", f"{settings.share} is not between {LEAST} and {MOST}"
    for name in settings.columns:
        try:
            column(name)
        except FilterError as error:
            yield "columns", str(error)
    for text, style in settings.colours.items():
        from ovsdissect import filter as display_filter

        try:
            display_filter.compile(text)
            Style.parse(style)
        except (FilterError, StyleSyntaxError) as error:
            yield "colours", f"{text!r} = {style!r}: {error}"


def _tables(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """A table of TOML and its subtables."""
    plain = {name: value for name, value in values.items() if not isinstance(value, dict)}
    made = [f"\n[{'.'.join(map(_name, path))}]\n"] if path and plain else []
    made += [f"{_name(name)} = {_value(value)}\n" for name, value in plain.items()]
    for name, value in values.items():
        if isinstance(value, dict):
            made += _tables(value, (*path, name))
    return made


def _name(text: str) -> str:
    bare = text and text.isascii() and all(c.isalnum() or c in "-_" for c in text)
    return text if bare else _value(text)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # strings, numbers and truths of JSON are TOML's, but for the one control character that JSON leaves as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F") if not hasattr(value, "isoformat") else str(value)


def settings_path() -> Path:
    """The path of the settings."""
    from platformdirs import user_config_path

    return user_config_path("ovsdissect", appauthor=False) / "tui.toml"


def history_path() -> Path:
    """The path of the history of filters."""
    from platformdirs import user_state_path

    return user_state_path("ovsdissect", appauthor=False) / "filters"
