# `make run` opens a real capture, `make test` runs every check; both make the environment first.
BIN := .venv/bin

.PHONY: setup run test lint types layers unit docs sanitize bench screenshot

setup:
	@sh tools/setup.sh

run: setup
	$(BIN)/ovsdissect captures/tunnels.pcap.gz

test: lint types layers unit

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -q -n auto

# the pages of docs/ as a site: build/site/index.html
docs: setup
	$(BIN)/sphinx-build -W -q -b html docs build/site

# ARGS: --spoiled 1000000 --seed 2 --only list
sanitize: setup
	$(BIN)/python tools/sanitize.py $(ARGS)

# ARGS: --base CHECKOUT --storm CAPTURE --only repeated --rounds 3 --write
bench: setup
	$(BIN)/python -m tests.bench.run $(ARGS)

# the picture in the README, from the running interface
screenshot: setup
	$(BIN)/python tools/screenshot.py
