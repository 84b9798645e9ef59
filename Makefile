# Needs nothing but make and Python 3.11 or newer; what else there is to need is installed into .venv, by version and hash.

HOST ?= 127.0.0.1
DATA ?= data
DEMO ?= small
# PORT has no value here: the server takes 8000, or the next free one. A port that is asked for is taken or refused.
PORT ?=
ARGS ?=
# Overrides which Python the environment is made with; the first one that is new enough otherwise.
PYTHON ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip install --quiet --disable-pip-version-check --no-input
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header $(UPGRADE)

# The clients and tools of others that the API is tested with; npm writes this file last.
CLIENTS := tests/conformance/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check fmt bench lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/installed ## install what the program needs into .venv, and the explorer
	@$(RUN) web.fetch

run: $(VENV)/installed $(VENV)/explorer ## start everything: database, demo data, API and worker (PORT=8000 HOST=127.0.0.1 DATA=data DEMO=small)
	@exec $(RUN) cli serve --host $(HOST) $(if $(PORT),--port $(PORT)) --data $(DATA) --demo $(DEMO) $(ARGS)

test: $(VENV)/installed-dev $(VENV)/explorer $(CLIENTS) ## run the tests (ARGS="tests/test_cli.py -x")
	@$(RUN) pytest $(ARGS)

check: $(VENV)/installed-dev ## look for faults without running: ruff, mypy --strict
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

fmt: $(VENV)/installed-dev ## format the code and mend what can be mended by rule
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

bench: $(VENV)/installed-dev ## measure queries, beside graphql-core, and imports, beside \copy (ARGS="--rows 100000")
	@$(RUN) bench.execution
	@$(RUN) bench.imports $(ARGS)

lock: $(VENV)/installed-dev ## renew both lock files from pyproject.toml (UPGRADE=--upgrade)
	@$(LOCK) --group build pyproject.toml --output-file requirements.lock
	@$(LOCK) --group build --group dev pyproject.toml --constraints requirements.lock --output-file requirements-dev.lock

clean: ## remove .venv and what tools left; the data folder stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis web/static

# The Python that the environment stands on may be gone after an upgrade of the machine: then all is installed anew. make
# looks at the marks of what is installed before it makes the environment, so they have to go first.
$(shell [ -x $(VENV)/bin/python ] || rm -f $(VENV)/installed $(VENV)/installed-dev $(VENV)/explorer)
$(VENV)/bin/python:
	@python="$(PYTHON)"; \
	for name in $${python:-python3 python3.14 python3.13 python3.12 python3.11}; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found="$$name" && break; \
	done; \
	if [ -z "$$found" ]; then \
		version="$$("$${python:-python3}" --version 2>/dev/null || echo missing)"; \
		echo "Python 3.11 or newer is needed, and $${python:-python3} is $$version. Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make environments. Install what it lacks (Debian, Ubuntu: apt install python3-venv) and try again." >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version) ..."; \
	"$$found" -m venv --clear $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml $(VENV)/bin/python
	@echo "Installing what the program needs ..."
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing what its tests need ..."
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/explorer: web/package-lock.json $(wildcard web/browser/*) $(VENV)/installed
	@$(RUN) web.fetch
	@touch $@

# Where npm is missing or reaches no registry, the tests that need these packages are skipped and say so.
$(CLIENTS): tests/conformance/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing the clients that the API is tested with ..."; \
		cd tests/conformance && npm ci --loglevel=error || echo "They could not be installed; their tests will be skipped."; \
	fi
