"""Adds what depends on where the package is built to its metadata: the addresses of the repository, and a README whose links lead there.

A build that GitHub runs knows the repository (GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_REF_NAME); any other build has neither.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"(?<=\]\()(?!https?://|#)")


class Addresses(MetadataHookInterface):
    """The fields `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set both fields.  An old Python ends the build: installers ask for the metadata before they read requires-python."""
        if sys.version_info < (3, 11):  # noqa: UP036
            sys.exit(f"ovsdissect needs Python 3.11 or newer; this is Python {sys.version.split()[0]}")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
        if server and repository:
            home = f"{server}/{repository}"
            branch = os.environ.get("GITHUB_REF_NAME", "main")
            metadata["urls"] = {
                "Homepage": home,
                "Documentation": f"{home}/tree/{branch}/docs",
                "Changelog": f"{home}/blob/{branch}/CHANGELOG.md",
                "Issues": f"{home}/issues",
            }
            text = re.sub(r"(!\[[^\]]*\]\()(?!https?://)", rf"\g<1>{home}/raw/{branch}/", text)
            text = RELATIVE.sub(f"{home}/blob/{branch}/", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
