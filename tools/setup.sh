#!/bin/sh
# Makes .venv with the package (editable) and compiles the engine; does only what is not up to date.
# sh tools/setup.sh [run|dev]: what the program needs and no more, or (the default) the development tools too.
set -eu
cd "$(dirname "$0")/.."

mode=${1:-dev}
case $mode in
  run) wanted='. cython>=3.1 setuptools>=75' ;;  # the last two compile the engine
  dev) wanted='.[dev]' ;;
  *) echo "setup: $mode is neither run nor dev" >&2; exit 2 ;;
esac

die() { echo "setup: $*" >&2; exit 1; }

# A Python that answers with its path and version, or nothing: old ones and shims without a Python behind them are passed over.
identify() {
  "$1" -c 'import sys; sys.exit(1) if sys.version_info < (3, 11) else print(sys.executable, sys.version.split()[0])' 2>/dev/null || :
}

# Shows what an installer says only if it fails.
install() {
  "$@" >"$said" 2>&1 && return
  cat "$said" >&2
  if grep -Eiq 'name resolution|NameResolution|getaddrinfo|NewConnectionError|connection refused|unreachable|no route|timed out|dns error|error sending request' "$said"; then
    die "the package index cannot be reached: check the network, or the proxy."
  fi
  if grep -Eiq 'No space left' "$said"; then
    die "the disk is full."
  fi
  die "the packages could not be installed: see the lines above."
}

uv=$(command -v uv || :)
python='' identity='' without_venv=''
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
  identity=$(identify "$candidate")
  [ -n "$identity" ] || continue
  if [ -n "$uv" ] || "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
    python=$candidate
    break
  fi
  without_venv=${without_venv:-$candidate}
done
if [ -z "$python" ]; then
  [ -z "$without_venv" ] || die "$without_venv has no venv module: install it (Debian and Ubuntu: apt install python3-venv) or install uv."
  old=$(python3 -c 'import sys; print("python3 is " + sys.version.split()[0] + "; ")' 2>/dev/null || :)
  [ -n "$uv" ] || die "${old}no Python 3.11 or newer found: install one (for instance apt install python3 python3-venv) or install uv."
  python='>=3.11' identity=uv  # uv fetches a Python itself
fi

stamp=.venv/setup-stamp
key="$(cksum <pyproject.toml) $identity"
has=$(cat "$stamp" 2>/dev/null || :)
[ -x .venv/bin/python ] || has=''
if [ "$has" != "$key dev" ] && { [ "$has" != "$key run" ] || [ "$mode" = dev ]; }; then
  # Half an environment is worse than none: whatever goes wrong from here on, interrupts included, takes it away again.
  said=$(mktemp)
  if [ "$has" = "$key run" ]; then
    trap 'rm -f "$said"' EXIT  # what is there works, and stays
    echo "setup: adding the development tools to .venv" >&2
  else
    trap 'rm -rf .venv "$said"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rm -rf .venv
    echo "setup: making .venv with ${uv:-$python}" >&2
    if [ -n "$uv" ]; then
      "$uv" venv --quiet --python "$python" .venv || die "uv could not make .venv."
    else
      "$python" -m venv .venv || die "$python could not make .venv: install its venv module (Debian and Ubuntu: apt install python3-venv)."
    fi
  fi
  # the first of the packages is the checkout itself
  # shellcheck disable=SC2086
  if [ -n "$uv" ]; then
    install "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --editable $wanted
  else
    install .venv/bin/python -m pip install --quiet --retries 2 --disable-pip-version-check --editable $wanted
  fi
  # pip compiles what it installs, but not what is editable: with PYTHONDONTWRITEBYTECODE, as in many containers, every start would.
  .venv/bin/python -m compileall -q ovsdissect || die "ovsdissect could not be compiled to bytecode: see the lines above."
  printf '%s\n' "$key $mode" >"$stamp"
  rm -f "$said"
  trap - EXIT INT TERM HUP
fi
exec .venv/bin/python tools/compile_engine.py
