# The same words here, in CONTRIBUTING and in CI. `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Stamps: the second call reuses what is there; a changed lock file installs anew.
PRESENT := $(VENV)/.present
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PEERS := $(VENV)/.peers

# Arguments for pytest and assay: make test ARGS="-k postgres"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup spss dev run demo test check format accept coverage bench torture lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUNTIME) ## the environment alone: .venv/bin/assay

spss: $(RUNTIME) ## add what `assay export --format sav` needs
	$(PIP) install --require-hashes -r requirements-spss.txt

dev: $(DEV) ## the environment with everything tests and checks need

run: $(RUNTIME) ## start: what config.toml says, without one the demo (no token, no network)
	@if [ -f config.toml ]; then exec $(BIN)/assay run $(ARGS); else exec $(BIN)/assay demo $(ARGS); fi

demo: $(RUNTIME) ## start the demo even beside a config.toml
	@exec $(BIN)/assay demo $(ARGS)

# A file of tests stays on one core: what it sets up for all of them is set up once. Long ones begin
# first (tests/conftest.py).
test: $(DEV) ## all tests on all cores, on SQLite and PostgreSQL
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder $(ARGS)

check: $(DEV) ## what CI checks besides the tests: format, lint, types, import contracts, instruments
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/assay check

format: $(DEV) ## put the format right and fix what can be fixed safely
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

accept: $(DEV) ## rewrite golden files from what the code says now; the diff is the review
	$(BIN)/python -m pytest --accept $(ARGS)

coverage: $(DEV) ## all tests with branch coverage: 90 % overall, 100 % in flows
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder --cov --cov-fail-under=90 $(ARGS)
	$(BIN)/coverage report --include='flows/*' --fail-under=100

bench: $(DEV) $(PEERS) ## measure, some minutes: ARGS="--responses 10000" for a quick look, ARGS="speed --help"
	$(BIN)/python -m tests.benchmarks $(ARGS)

torture: $(DEV) ## longer: 20,000 updates at four instances, 3,000 kills, ten times the fuzz, 500 surveys attacked
	ASSAY_TORTURE=1 $(BIN)/python -m pytest -s tests/several $(ARGS)
	ASSAY_TORTURE=10 $(BIN)/python -m pytest --timeout 7200 tests/fuzz tests/anonymity tests/durable $(ARGS)

# uv resolves; the files it writes hold versions and hashes for every platform, and no address.
UV := $(VENV)/uv/bin/uv
LOCKING = --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras
COMPILE = $(UV) pip compile pyproject.toml $(LOCKING) --extra postgres --group build
COMPILE_PEERS = $(UV) pip compile $(LOCKING)

lock: $(UV) ## resolve the lock files anew; ARGS=--upgrade takes newer releases
	$(COMPILE) $(ARGS) --output-file requirements.txt
	$(COMPILE) $(ARGS) --extra spss --constraint requirements.txt --output-file requirements-spss.txt
	$(COMPILE) $(ARGS) --extra spss --group dev --constraint requirements-spss.txt --output-file requirements-dev.txt
	$(COMPILE_PEERS) $(ARGS) --group pyproject.toml:peers --output-file requirements-peers.txt

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov

$(PRESENT):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and no python3 was found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): requirements.txt pyproject.toml | $(PRESENT)
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

# Everything of the runtime is in here too, with the same versions.
$(DEV): requirements-dev.txt pyproject.toml | $(PRESENT)
	$(PIP) install --require-hashes -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(RUNTIME)

# What others' bots need, apart from everything that is ours.
$(PEERS): requirements-peers.txt | $(PRESENT)
	$(BIN)/python -m venv --clear $(VENV)/peers
	$(VENV)/peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-peers.txt
	@touch $@

$(UV): | $(PRESENT)
	$(BIN)/python -m venv $(VENV)/uv
	$(VENV)/uv/bin/python -m pip --disable-pip-version-check --quiet install uv
