# `make run` shows the tool at work on a real capture, `make test` runs every check; both make the environment first.
BIN := .venv/bin

.PHONY: setup run test lint types layers unit

setup:
	@sh tools/setup.sh

run: setup
	$(BIN)/ovsdissect list captures/startup.pcap.gz

test: lint types layers unit

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -q -n auto
