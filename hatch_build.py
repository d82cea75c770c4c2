"""Builds the engine into wheels and editable installations; if nothing can be compiled they are pure Python and record the reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Engine(BuildHookInterface[Any]):
    """Compiles before hatchling collects the files: beside the sources for an editable installation, else for the wheel alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, str(Path(self.root, "tools")))
        import compile_engine as engine

        root = Path(self.root)
        editable = version == "editable"
        included: dict[Path, Path] = {}
        try:
            if editable:
                engine.into_tree(root)
                made = engine.beside(root)
            else:
                made = engine.build(root)
                included = {path: engine.installed(path) for path in made}
        except (engine.NoCompilerError, engine.SourceError) as error:
            reason = str(error) if isinstance(error, engine.NoCompilerError) else "its sources did not compile"
            print(f"{error}\nthe engine is not compiled, and ovsdissect is slower without it: {reason}", file=sys.stderr)
            kept = root / (engine.ENGINE if editable else engine.WORK) / engine.NOT_COMPILED
            engine.note(reason, kept)
            if not editable:
                included[kept] = engine.ENGINE / engine.NOT_COMPILED
        else:
            build_data["pure_python"] = not made
            build_data["infer_tag"] = bool(made)
        build_data["force_include"] |= {str(path): place.as_posix() for path, place in included.items()}
