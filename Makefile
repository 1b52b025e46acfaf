# The one runner. Everything happens in .venv, which the targets make for themselves.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint format types contracts wheel bench ci clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.runs: pyproject.toml setup.py constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing planvault into .venv …" >&2
	@$(PIP) --editable .
	@touch $@

.venv/.develops: .venv/.runs
	@echo "Installing what tests and checks need …" >&2
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: .venv/.runs  ## a plan from approved inputs, in one go, on a SQLite file
	@$(BIN)/planvault demo

test: .venv/.develops  ## every test, on memory, SQLite and a real PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST)

unit: .venv/.develops  ## the tests that need no server
	$(BIN)/python -m pytest tests/unit $(PYTEST)

lint: .venv/.develops  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.develops  ## put style right where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.develops  ## mypy, strict
	$(BIN)/mypy

contracts: .venv/.develops  ## who may import whom
	$(BIN)/lint-imports

wheel: .venv/.develops  ## the built wheel, in an empty environment
	$(BIN)/python .ci/check_wheel.py

bench: .venv/.develops  ## figures against the raw driver, measured in the same run
	$(BIN)/python bench/series.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/imports.py
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/diffs.py
	$(BIN)/python bench/exports.py
	$(BIN)/python bench/plan_exports.py
	$(BIN)/python bench/comparisons.py
	$(BIN)/python bench/copies.py
	$(BIN)/python bench/edits.py
	$(BIN)/python bench/backfill.py
	$(BIN)/python bench/lists.py
	$(BIN)/python bench/modes.py
	$(BIN)/python bench/verify.py
	$(BIN)/python bench/trim.py
	$(BIN)/python bench/drill.py
	$(BIN)/python bench/startup.py

ci: test lint types contracts wheel  ## what has to be green

clean:  ## forget what was made here
	rm -rf .venv build dist src/*.egg-info *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
