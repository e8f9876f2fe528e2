# What there is to run; `make` lists it.
.PHONY: help setup test lint cover faults fuzz mutants lock new-source docs ci
PYTHON ?= python3
BIN := .venv/bin

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-11s %s\n", $$1, $$2}' Makefile

setup:  ## make the virtual environment
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet -e '.[dev]'

test:  ## run the tests on all processors
	$(BIN)/pytest -n auto --dist worksteal

lint:  ## format, lint, types, import contracts, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

cover:  ## measure what the tests run
	$(BIN)/coverage run -m pytest && $(BIN)/coverage combine --quiet && $(BIN)/coverage report

faults:  ## the tests of faults, and every call of every command failing once
	BRANDWATCH_TRIAL_CALLS=all BRANDWATCH_FLIPS=200 $(BIN)/pytest tests/faults tests/trials/test_failing_calls.py

fuzz:  ## random sequences of events and mutated inputs; STEPS=N INPUTS=N SEED=TEXT
	BRANDWATCH_TRIAL_STEPS=$(or $(STEPS),10000) BRANDWATCH_TRIAL_INPUTS=$(or $(INPUTS),3000) \
	BRANDWATCH_TRIAL_SEED=$(or $(SEED),$(shell date +%s)) \
	$(BIN)/pytest tests/trials/test_sequences.py tests/trials/test_feed_inputs.py tests/trials/test_user_inputs.py

mutants:  ## 150 random mutants of a package, and the survivors: make mutants ROOM=privacy
	$(BIN)/python tools/mutants.py $(ROOM) --count $(or $(COUNT),150) $(if $(SEED),--seed $(SEED))

lock:  ## write the versions we know to work
	uv lock

new-source:  ## write the files of a kind of source: make new-source NAME=gitlab
	$(BIN)/python tools/new_source.py $(NAME)

docs:  ## draw the picture of the packages, and list the nouns of the code
	$(BIN)/python tools/draw_architecture.py
	$(BIN)/python tools/list_nouns.py

ci:  ## what CI runs
	.ci/run
