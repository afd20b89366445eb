# Bare `make` lists the targets. Every target that needs the environment makes it first.
SHELL := /bin/sh
HARNESS := .venv/bin/harness
PYTHON := .venv/bin/python
STAMP := .venv/.synced

.DEFAULT_GOAL := help
.PHONY: help setup bench test unit lint perf torture trust lock doctor reference clean test-all

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create the environment, find or provide a container engine, make the images
	@$(HARNESS) doctor --fix

$(STAMP): requirements.lock pyproject.toml harness/setup.sh
	@sh harness/setup.sh

bench: $(STAMP) ## the main job: benchmark two agent versions, hold the findings against what was expected, report
	@$(HARNESS) bench

test: $(STAMP) ## unit, contract, integration and end-to-end tests, in real containers: each kind of case
	@$(HARNESS) doctor --fix
	@$(PYTHON) -m pytest -m "not slow" $(PYTEST_ARGS)

test-all: $(STAMP) ## the same with every case of each kind, and more kills
	@$(HARNESS) doctor --fix
	@HARNESS_KILLS=10 $(PYTHON) -m pytest $(PYTEST_ARGS)

unit: $(STAMP) ## only the tests that need no engine (seconds)
	@$(PYTHON) -m pytest tests/unit -q $(PYTEST_ARGS)

lint: $(STAMP) ## ruff and mypy --strict
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

perf: $(STAMP) ## measure the harness itself; prints each figure beside its target
	@$(HARNESS) perf

torture: $(STAMP) ## kill a run fifty times at random moments and resume it (minutes)
	@HARNESS_KILLS=50 $(PYTHON) -m pytest tests/e2e/test_durability.py -k kill_at_any_moment -rA $(PYTEST_ARGS)

trust: $(STAMP) ## tasks prove themselves: reference, mutants, variants and stubs against every scorer
	@$(HARNESS) task check --all

lock: ## resolve the dependencies again (needs uv)
	@sh harness/lock.sh

reference: $(STAMP) ## write harness/REFERENCE.md from the schemas
	@$(PYTHON) -m harness.selfcheck.reference

doctor: $(STAMP) ## is this machine able to run, and how isolated
	@$(HARNESS) doctor

clean: $(STAMP) ## remove what dead runs left behind
	@$(HARNESS) clean
