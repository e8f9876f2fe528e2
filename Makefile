# What there is to run; `make` lists it.
.PHONY: help setup test lint cover lock ci
PYTHON ?= python3
BIN := .venv/bin

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-8s %s\n", $$1, $$2}' Makefile

setup:  ## make the virtual environment
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet -e '.[dev]'

test:  ## run the tests
	$(BIN)/pytest

lint:  ## format, lint, types, contracts of the rooms, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

cover:  ## measure what the tests run
	$(BIN)/coverage run -m pytest && $(BIN)/coverage combine --quiet && $(BIN)/coverage report

lock:  ## write the versions we know to work
	uv lock

ci:  ## what CI runs
	.ci/run
