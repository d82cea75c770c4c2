"""The passes that precede all others over a file: which family ids it has, and which Open vSwitch release.

The compiled engine makes them if there is one, else the tree's modules; the results are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovsdissect.capture import CaptureFile
from ovsdissect.dissect.conversation import Registries
from ovsdissect.engine.available import engine

if TYPE_CHECKING:
    from ovsdissect.odp.detection import Detectors


def survey(registries: Registries, records: CaptureFile) -> None:
    """Learn the family ids of a whole file."""
    if engine().compiled:
        from ovsdissect.engine.survey import survey as made
    else:
        from ovsdissect.dissect.survey import survey as made
    made(registries, records)


def look(detectors: Detectors, registries: Registries, records: CaptureFile) -> None:
    """Show the detectors the first records of a file, as many as are likely to reveal the release."""
    if engine().compiled:
        from ovsdissect.engine.detection import look as made

        made(detectors, registries, records)
    else:
        detectors.look(registries, records)
