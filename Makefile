# Every target sets up what it needs. `make` alone lists them.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
IMAGE ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything that tests and the demo need

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "colorquant needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## upload a photo to the local stack and look at what comes back (IMAGE=my.jpg for your own)
	@$(BIN)/python -m colorquant.local.demo $(if $(IMAGE),"$(IMAGE)")

test: $(READY) ## run the unit and integration tests
	$(BIN)/python -m pytest -n auto --ignore tests/container --ignore tests/browser

lint: $(READY) ## ruff, ruff format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# uv writes the hashes of every platform's wheels and, without an index option, no index address.
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet
lock: $(READY) ## renew both lock files (UPGRADE=--upgrade for newer releases)
	$(LOCK) --extra dev --output-file requirements-dev.lock $(UPGRADE)
	$(LOCK) --extra lambda --constraints requirements-dev.lock --no-annotate --output-file requirements.lock

clean: ## remove what the targets made
	rm -rf $(VENV) .aws-sam .cache demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
