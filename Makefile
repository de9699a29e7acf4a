# Everything that a fresh machine with Python 3.10+ and make needs is set up by these targets.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
TORCH ?= 2.13.0
SETUP = $(VENV)/.set-up-$(TORCH)

.PHONY: demo test check exhaustive lint bench compat clean

# The main job, on examples/. It finds problems there, as it should, and so ends with status 1.
demo: $(SETUP)
	-$(BIN)/fullgraph check examples

test: lint $(SETUP)
	$(BIN)/pytest -n 2 --dist loadfile -m "not exhaustive"

# What to run often.
check: lint $(SETUP)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not exhaustive"

# Against stock draft_export, and the standard library's own tests on observed code: an hour or more.
exhaustive: $(SETUP)
	$(BIN)/pytest -m exhaustive

lint: $(SETUP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(SETUP)
	$(BIN)/python -m tests.benchmarks

# The worker's tests on another torch, in an environment of its own: make compat TORCH=2.9.1
compat:
	$(MAKE) VENV=.venv-$(TORCH) TORCH=$(TORCH) .venv-$(TORCH)/.set-up-$(TORCH)
	.venv-$(TORCH)/bin/pytest tests/tracing tests/workers tests/test_fixtures.py -m "not exhaustive"

# A CPU build of torch is taken where the package index offers one under this version.
$(SETUP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet torch==$(TORCH)
	$(BIN)/pip install --quiet --group dev --editable .
	touch $@

clean:
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
