"""Which release's text is shown by default, and why: as an object for scripts and as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ovsdissect.capture.record import interface_of
from ovsdissect.odp.detection import Detector
from ovsdissect.odp.releases import NEWEST, release, short_name


def release_objects(detectors: Mapping[int, Detector]) -> list[dict[str, Any]]:
    """Return the objects of `stats --json`: one for each conversation in which Open vSwitch takes part, at least one.

    release: the newest point release that fits, None if nothing reveals it. text, text_class: whose text is shown, and the letter of the
    releases that print the same text. hints: what was seen. decisive: the hints without which it would be another release.
    """
    speaking = {conversation: one for conversation, one in sorted(detectors.items()) if one.seen} or dict(sorted(detectors.items())[:1])
    return [
        {
            "interface": interface_of(conversation),
            "release": one.release,
            "text": short_name(one.release or NEWEST.version),
            "text_class": release(one.release or NEWEST).text_class,
            "hints": [hint.words for hint in one.hints],
            "decisive": one.reasons,
        }
        for conversation, one in speaking.items()
    ]


def release_text(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return the sentence."""
    texts = [(one["interface"], _text(one)) for one in objects]
    if len({text for _, text in texts}) == 1:
        return f"text of Open vSwitch {texts[0][1]}"
    return f"text of Open vSwitch {', '.join(f'{text} on interface {interface}' for interface, text in texts)}"


def _text(one: Mapping[str, Any]) -> str:
    if one["release"] is None:
        return f"{one['text']} (no sign of the release)"
    decisive = "; ".join(one["decisive"])
    return f"{one['text']}, the newest that fits ({decisive})" if decisive else f"{one['text']} (no sign of an older release)"
