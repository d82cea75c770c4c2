"""Compiles the engine, the tree and the rules of the analyses: each .py there with a .pxd of its name becomes an extension module.

    python tools/compile_engine.py    compile what changed, beside the sources, where a C compiler is there

A .pxd of nothing but an enum says numbers to C; the .py beside it stays Python.
What a module was made of is recorded by hashes below build/, so neither a checkout nor a copy can pass an old module for a new one.
Exit code: 0 compiled, or nothing can be compiled here, which one sentence says; 1 the sources do not compile.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
ENGINE: Final = Path("ovsdissect", "engine")
RULES: Final = Path("ovsdissect", "analysis")
TREE: Final = (Path("ovsdissect", "tree"), Path("ovsdissect", "dissect"))
SUFFIX: Final = str(sysconfig.get_config_var("EXT_SUFFIX"))
WORK: Final = Path("build", "engine" + SUFFIX.rpartition(".")[0].replace(".", "-"))
SHARED: Final = "_shared"  # Cython's own code for memoryviews, compiled once instead of in each module
NOT_COMPILED: Final = "not-compiled.txt"  # beside the sources, with the reason: what ovsdissect/engine/available.py tells
JOBS: Final = 2
DECLARES: Final = re.compile(r"^(cdef|cpdef) (?!enum\b)", re.MULTILINE)
DIRECTIVES: Final = {
    "language_level": 3,
    "boundscheck": True,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "warn.unreachable": False,  # what stands behind `if cython.compiled: return` is for Python
    "auto_pickle": False,  # nobody pickles a pass, and the code for it takes a third of the compiler's time
    "show_performance_hints": False,  # most say that bounds are checked
}
# plain Python that is also run as such: indexes from the end and floor division mean what they mean there
PLAIN: Final[dict[str, object]] = {"wraparound": True, "cdivision": False, "annotation_typing": False}
ROOMS: Final[dict[Path, dict[str, object]]] = {
    ENGINE: {},
    RULES: {**PLAIN, "infer_types": True},
    **dict.fromkeys(TREE, PLAIN),
}
FLAGS: Final = ("/O2",) if os.name == "nt" else ("-O3", "-g0")
CHOSEN_BY: Final = ("CC", "CFLAGS", "LDSHARED", "LDFLAGS", "ARCHFLAGS", "MACOSX_DEPLOYMENT_TARGET")
REMEDY: Final = "run `make setup`"


class NoCompilerError(Exception):
    """Nothing can be compiled here; the text says why."""


class SourceError(Exception):
    """The sources do not compile; Cython or the C compiler has said why."""


class Made(NamedTuple):
    """How a module was compiled: the flags and what else decides, its hash, and the hashes of its sources with the .pxd it cimports."""

    setting: str
    module: str
    sources: dict[str, str]


def modules(root: Path = ROOT) -> list[Path]:
    """The modules to compile, as paths without a suffix below the root; the largest first, so that it is not the last to end."""
    declared = [path for room in ROOMS for path in root.joinpath(room).glob("[!_]*.pxd")]
    types = [path for path in declared if DECLARES.search(path.read_text(encoding="utf-8"))]
    paths = [path.with_suffix(".py") for path in types if path.with_suffix(".py").exists()]
    names = [path.relative_to(root).with_suffix("") for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.name))]
    return [ENGINE / SHARED, *names] if names else []


def stale(root: Path = ROOT) -> str | None:
    """Why the engine beside the sources must be compiled anew, and what to run; None if it need not, or nothing can be compiled here."""
    names = modules(root)
    there = {path.relative_to(root).with_name(path.name.removesuffix(SUFFIX)) for path in beside(root)}
    if not there and root.joinpath(ENGINE, NOT_COMPILED).exists():
        return None
    record = _recorded(root / WORK)
    for name in names:
        if name not in there:
            return f"the engine is not compiled ({_place(name)}): {REMEDY}."
        made = record.get(name)
        if made is None or made.module != _hash(root / _compiled(name)) or not _fresh(made, root):
            return f"the compiled engine is not that of its sources ({_place(name)}): {REMEDY}."
    if gone := there.difference(names):
        return f"the compiled engine has a module without sources ({_place(min(gone))}): {REMEDY}."
    return None


def into_tree(root: Path = ROOT) -> None:
    """Compile what changed, beside the sources.  Raises NoCompilerError and SourceError; what was compiled before is gone then."""
    made: list[Path] = []
    try:
        made = build(root)
    finally:
        # what is compiled wins over the source that was edited: nothing old may stay
        kept = {root / installed(path) for path in made}
        for path in beside(root):
            if path not in kept:
                path.unlink()
        root.joinpath(ENGINE, NOT_COMPILED).unlink(missing_ok=True)
    for path in made:
        place = root / installed(path)
        if _hash(place) != _hash(path):
            copy = place.with_name(f"{place.name}.new")
            shutil.copy(path, copy)
            copy.replace(place)  # not written over: a running process may have it mapped


def note(reason: str, path: Path = ROOT / ENGINE / NOT_COMPILED) -> None:
    """Keep the reason why nothing is compiled: ovsdissect tells it when it runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{reason}\n", encoding="utf-8")


def build(root: Path = ROOT, work: Path = WORK, flags: Sequence[str] = FLAGS, link_flags: Sequence[str] = ()) -> list[Path]:
    """Compile what changed, below a directory of the root, and give the places of all compiled modules.

    Raises NoCompilerError and SourceError.
    """
    with contextlib.chdir(root):
        record = _recorded(work)
        variables = [os.environ.get(name) for name in CHOSEN_BY]
        setting = repr([_hash(Path(__file__)), _cython_version(), sysconfig.get_platform(), flags, link_flags, variables])
        places = {name: work / "lib" / _compiled(name) for name in modules(Path())}
        record = {
            name: made
            for name, made in record.items()
            if name in places and made.setting == setting and made.module == _hash(places[name]) and _fresh(made)
        }
        changed = [name for name in places if name not in record]
        if changed:
            os.environ |= _environment()  # where setuptools looks
            sources = _compile(changed, work, flags, link_flags)
            record |= {name: Made(setting, _hash(places[name]), sources[name]) for name in changed}
            work.joinpath("record.json").write_text(json.dumps({name.as_posix(): made for name, made in record.items()}, indent=1))
        return [root / place for place in places.values()]


def installed(path: Path) -> Path:
    """Where a module belongs that build() made, below the root of a tree or of a wheel."""
    return Path(*path.parts[-len(ENGINE.parts) - 1 :])


def beside(root: Path) -> list[Path]:
    """The compiled modules beside the sources that this Python would load."""
    return [path for room in ROOMS for path in root.joinpath(room).glob(f"*{SUFFIX}")]


def _compiled(name: Path) -> Path:
    """The file of a compiled module."""
    return name.with_name(f"{name.name}{SUFFIX}")


def _place(name: Path) -> str:
    """A module, as messages say it."""
    return f"{name.name} in {name.parent.as_posix()}"


def _recorded(work: Path) -> dict[Path, Made]:
    """How the modules were compiled, as far as it is known."""
    try:
        return {Path(name): Made(*made) for name, made in json.loads(work.joinpath("record.json").read_bytes()).items()}
    except (OSError, ValueError, TypeError):
        return {}


def _fresh(made: Made, root: Path = Path()) -> bool:
    """Whether the sources are still those that a module was compiled from."""
    return all(_hash(root / path) == value for path, value in made.sources.items())


def _hash(path: Path) -> str:
    """The hash of a file; empty where there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _cython_version() -> str:
    """The version of Cython; empty where there is none."""
    try:
        return version("Cython")
    except PackageNotFoundError:
        return ""


def _environment() -> dict[str, str]:
    """The environment in which a compiler is found that finds Python.h.  Raises NoCompilerError."""
    for package in ("Cython", "setuptools"):
        if find_spec(package) is None:
            raise NoCompilerError(f"{package} was not found")
    if os.name == "nt":
        return {}  # setuptools looks for the compiler
    headers = {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}
    chosen = os.environ.get("CC")
    candidates = [chosen] if chosen else [str(sysconfig.get_config_var("CC")), "cc", "gcc", "clang"]
    found = next((command for command in candidates if shutil.which(shlex.split(command)[0])), None)
    if found is None:
        raise NoCompilerError(f"the C compiler that CC names was not found ({chosen})" if chosen else "no C compiler was found")
    if not any(Path(path, "Python.h").exists() for path in headers):
        raise NoCompilerError("Python.h was not found")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "probe.c")
        source.write_text("#include <Python.h>\n")
        command = [*shlex.split(found), "-c", str(source), "-o", str(source.with_suffix(".o")), *(f"-I{path}" for path in headers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = next((line.partition("error: ")[2] for line in done.stderr.splitlines() if "error: " in line), "it failed")
        raise NoCompilerError(f"the C compiler {found} cannot compile for Python: {told}")
    return {"CC": found}


def _compile(names: Sequence[Path], work: Path, flags: Sequence[str], link_flags: Sequence[str]) -> dict[Path, dict[str, str]]:
    """Compile modules.  Module -> its sources, with their hashes.  Raises NoCompilerError and SourceError."""
    from Cython.Build import cythonize
    from Cython.Build.Dependencies import create_dependency_tree
    from Cython.Compiler.Errors import CompileError
    from setuptools import Distribution, Extension
    from setuptools.errors import BaseError, PlatformError

    tree = create_dependency_tree(quiet=True)
    shared, c = ENGINE / SHARED, work / "c"
    # before Cython reads them: what is edited meanwhile is stale
    needed = {name: sorted(tree.all_dependencies(str(name.with_suffix(".py")))) if name != shared else [] for name in names}
    sources = {name: {path: _hash(Path(path)) for path in paths} for name, paths in needed.items()}

    def extension(name: Path, source: Path) -> Extension:
        return Extension(".".join(name.parts), [str(source)], extra_compile_args=list(flags), extra_link_args=list(link_flags))

    extensions = []
    if shared in names:
        c.mkdir(parents=True, exist_ok=True)
        extensions.append(extension(shared, c / f"{SHARED}.c"))
        subprocess.run([sys.executable, "-m", "cython", "--generate-shared", str(c / f"{SHARED}.c")], check=True)
    try:
        for room, directives in ROOMS.items():
            extensions += cythonize(
                [extension(name, name.with_suffix(".py")) for name in names if name.parent == room and name != shared],
                nthreads=JOBS,
                force=True,
                quiet=True,
                build_dir=str(c),
                compiler_directives=DIRECTIVES | directives,
                shared_utility_qualified_name=".".join(shared.parts),
            )
        command = Distribution({"name": "engine", "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(work / "lib"), str(work / "temp")
        command.force, command.parallel = True, JOBS
        command.ensure_finalized()
        command.run()
    except PlatformError as error:
        raise NoCompilerError(f"no C compiler was found: {error}") from error
    except (CompileError, BaseError) as error:
        raise SourceError(str(error)) from error
    return sources


def main() -> int:
    """Compile what changed, and say what came of it."""
    try:
        into_tree()
    except NoCompilerError as error:
        note(str(error))
        remedy = "Debian and Ubuntu: apt install gcc python3-dev"
        print(f"setup: the engine is not compiled, and ovsdissect is slower without it: {error} ({remedy}).", file=sys.stderr)
    except SourceError as error:
        print(f"{error}\nsetup: the engine does not compile: see the lines above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
