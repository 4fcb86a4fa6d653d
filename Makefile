# What is done often. `make` lists it. PYTHON=python3.12 chooses the interpreter, VENV=.venv-3.12 another folder for it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

VENV := .venv
PY := $(VENV)/bin/python
EXAMPLE := examples/flows/customer_registration

# The first of these that starts and is new enough; a version manager may offer names that don't start.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)

.PHONY: help demo test test-all soak soak-memory guard bench bench-all figures lint types fmt golden wheel clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/wgen.stamp ## run the example: step by step, with a retry, then its stored history
	@"$(PY)" -m wgen generate --handlers $(EXAMPLE)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && store="sqlite:///$$folder/demo.db" && \
	"$(PY)" -m wgen run $(EXAMPLE) --store "$$store" --input @$(EXAMPLE)/customer.json && \
	run=$$("$(PY)" -m wgen runs --store "$$store" --json | "$(PY)" -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])') && \
	echo && echo "What the store holds of it (wgen show, wgen history):" && echo && \
	"$(PY)" -m wgen show "$$run" --store "$$store" && echo && \
	"$(PY)" -m wgen history "$$run" --store "$$store"

test: $(VENV)/dev.stamp ## all tests, or some: make test TESTS=tests/runtime
	@"$(PY)" -m pytest -n auto $(TESTS)

test-all: export WGEN_NO_SKIPS := 1
test-all: test lint types wheel ## tests, none of them skipped; linter, types, and the built package

lint: $(VENV)/dev.stamp ## linter and layout of the code, and of the example flows
	@"$(PY)" -m ruff check .
	@"$(PY)" -m ruff format --check .
	@"$(PY)" -m wgen fmt --check examples/...
	@"$(PY)" -m wgen lint examples/... --output-format concise
	@"$(PY)" -m wgen generate --check examples/...

types: $(VENV)/dev.stamp ## type checker
	@"$(PY)" -m mypy

soak: $(VENV)/dev.stamp ## simulate SEEDS random flows under random faults: make soak SEEDS=20000
	@"$(PY)" -m tests.simulation 0 $(or $(SEEDS),2000)

soak-memory: $(VENV)/dev.stamp ## keep a worker at full load, and see that nothing grows: make soak-memory MINUTES=60
	@mkdir -p build && "$(PY)" benchmarks/soak.py --minutes $(or $(MINUTES),60) --json build/soak.json --folder build

guard: $(VENV)/dev.stamp ## hold the instructions of steps, events and compiling against their ceilings: two minutes, needs valgrind
	@"$(PY)" benchmarks/guard.py $(ARGS)

bench: build/bench.stamp ## measure start-up, compiler and runtime beside their peers: six minutes, tables, and JSON in build/
	@build/bench/bin/python benchmarks/startup.py --json build/startup.json --folder build
	@build/bench/bin/python benchmarks/compiler.py --peers build/peers/bin --json build/compiler.json --folder build
	@build/bench/bin/python benchmarks/runtime.py --peers build/peers/bin --json build/runtime.json --folder build $(ALL)

bench-all: ALL := --all
bench-all: bench ## likewise with the slow peers and the long workloads: an hour

figures: $(VENV)/dev.stamp ## write the tables and charts of docs/benchmarks.md from what bench and bench-all have measured
	@"$(PY)" benchmarks/report.py build

fmt: $(VENV)/dev.stamp ## write the layout of code and flows
	@"$(PY)" -m ruff check --fix-only --quiet .
	@"$(PY)" -m ruff format .
	@"$(PY)" -m wgen fmt examples/...

golden: $(VENV)/dev.stamp ## rewrite the expected texts of the tests from what the compiler says now
	@WGEN_UPDATE_GOLDEN=1 "$(PY)" -m pytest -n auto tests/compiler tests/cli

wheel: $(VENV)/dev.stamp ## build the package into dist/
	@rm -rf dist && "$(PY)" -m pip wheel --quiet --no-deps --wheel-dir dist . && ls dist

clean: ## remove what these commands made
	@rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# ---- the environment; a stamp is renewed when pyproject.toml changes ----

$(VENV)/wgen.stamp: pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) does not start or is older than 3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) can't make environments; on Debian: apt-get install python$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" >&2; exit 1; }
	@"$(PY)" -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear "$(VENV)"
	@"$(PY)" -m pip install --quiet --editable . || { echo "make: the packages of pyproject.toml could not be installed (see above); is there a network?" >&2; exit 1; }
	@touch $@

$(VENV)/dev.stamp: $(VENV)/wgen.stamp
	@"$(PY)" -m pip install --quiet --upgrade 'pip>=25.1' && "$(PY)" -m pip install --quiet --group dev || { echo "make: the tools for development could not be installed (see above); is there a network?" >&2; exit 1; }
	@touch $@

# Without the tools for development, as users have it; the peers stand apart, for their libraries change ours.
GORCHESTRATE := benchmarks/contenders/gorchestrate
GO ?= $(shell PATH="$$PATH:/usr/local/go/bin" command -v go)

build/bench.stamp: pyproject.toml benchmarks/peers.txt $(wildcard $(GORCHESTRATE)/*)
	@mkdir -p build && "$(PYTHON)" -m venv --clear build/bench && "$(PYTHON)" -m venv --clear build/peers
	@build/bench/bin/python -m pip install --quiet --editable .
	@build/peers/bin/python -m pip install --quiet --requirement benchmarks/peers.txt || echo "make: some peers could not be installed; they are left out" >&2
	@if command -v npm >/dev/null; then npm install --global --prefix build/peers --ignore-scripts --no-audit --no-fund --loglevel error @restatedev/restate-server@1 || echo "make: the server of Restate could not be installed; it is left out" >&2; \
	else echo "make: there is no npm; Restate is left out" >&2; fi
	@if test -n "$(GO)"; then "$(GO)" build -C $(GORCHESTRATE) -o "$(CURDIR)/build/peers/bin/gorchestrate" . || echo "make: the Go program could not be built; it is left out" >&2; \
	else echo "make: there is no go; gorchestrate/async is left out" >&2; fi
	@touch $@
