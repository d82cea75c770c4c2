# `make run` opens a real capture, with what the program needs and no more; `make test` runs the checks in a few minutes, `make test-all` all
# of them; each makes the environment first.
BIN := .venv/bin
# tests also wait: for terminals, for files that grow
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# what Python compiles is kept: the tests, and the package for each process that a test starts
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup run lowest test test-all lint types layers quick slow unit docs mutants sanitize fuzz bench screenshot

setup:
	@sh tools/setup.sh

# without a terminal a screenful of it
run:
	@sh tools/setup.sh run
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/ovsdissect captures/tunnels.pcap.gz; else $(BIN)/ovsdissect list -q captures/tunnels.pcap.gz -c 24; fi
	@echo "Call it as $(CURDIR)/$(BIN)/ovsdissect CAPTURE, or after: . $(CURDIR)/$(BIN)/activate" >&2

test: lint types layers quick

test-all: lint types layers unit

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -q -n $(WORKERS)

quick: setup
	$(BIN)/pytest -q -n $(WORKERS) -m "not slow"

# what `make test` leaves out
slow: setup
	$(BIN)/pytest -q -n $(WORKERS) -m slow

# ARGS: --room filter --count 40 --seed 2
mutants: setup
	$(BIN)/python tools/mutants.py $(ARGS)

# the lowest releases of what pyproject.toml declares; ARGS: pytest's
lowest: setup
	$(BIN)/python tools/lowest.py $(ARGS)

# the pages of docs/ as a site: build/site/index.html
docs: setup
	$(BIN)/sphinx-build -W -q -b html docs build/site

# ARGS: --spoiled 1000000 --seed 2 --only list
sanitize: setup
	$(BIN)/python tools/sanitize.py $(ARGS)

# a minute; ARGS: --seconds 3600 --seed 2 --only readers
fuzz: setup
	$(BIN)/python -m tools.fuzz $(ARGS)

# ARGS: --base CHECKOUT --storm CAPTURE --only repeated --rounds 3 --write
bench: setup
	$(BIN)/python -m tests.bench.run $(ARGS)

# the picture in the README, from the running interface
screenshot: setup
	$(BIN)/python tools/screenshot.py
