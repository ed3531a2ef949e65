# Every target sets up what it needs. `make` alone lists them.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER_READY := $(VENV)/.ready-browser
SAM_VENV := .venv-sam
SAM_READY := $(SAM_VENV)/.ready
# Given credentials, SAM asks AWS whose they are before it does anything; nothing here needs them.
SAM := env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u AWS_PROFILE SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
IMAGE ?=
DATA ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser test-container docs pictures study lint format validate build invoke lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything that tests and the demo need

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "colorquant needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Playwright brings a Node.js of 130 MB, which no other target needs.
$(BROWSER_READY): $(READY) requirements-browser.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-browser.lock
	@touch $@

demo: $(READY) ## upload a photo to the local stack and look at what comes back (IMAGE=my.jpg for your own)
	@$(BIN)/python -m colorquant.local.demo $(if $(IMAGE),"$(IMAGE)")

test: $(READY) ## run the unit and integration tests
	$(BIN)/python -m pytest -n auto --ignore tests/container --ignore tests/browser

test-container: $(READY) $(SAM_READY) ## run the image itself: under AWS's emulator and through SAM (needs a Docker engine)
	$(BIN)/python -m pytest -rs tests/container

test-browser: $(BROWSER_READY) ## open the report in Chromium (apt-get install chromium)
	$(BIN)/python -m pytest -rs tests/browser

study: $(READY) ## find out what should choose the number of colors, on the photos in a folder or more (DATA=folder)
	$(BIN)/python -m studies.number_of_colors $(DATA)

lint: $(READY) ## ruff, ruff format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# SAM's pins are strict and not ours, so it has an environment of its own. The lock names everything it needs;
# left to work that out again, pip takes a package asked for with and without its extras for two, one of them unpinned.
$(SAM_READY): requirements-sam.lock
	@test -n "$(PYTHON)" || { echo "SAM needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(SAM_VENV)
	$(SAM_VENV)/bin/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-sam.lock
	@touch $@

validate: $(SAM_READY) ## check template.yml the way SAM and cfn-lint read it
	$(SAM) validate --lint

build: $(SAM_READY) ## build the Lambda's image (needs a Docker engine)
	$(SAM) build

invoke: $(READY) build ## run the image once on a photo, through SAM and an S3 on this machine (IMAGE=my.jpg for your own)
	@$(BIN)/python tests/container/invoke.py $(if $(IMAGE),"$(IMAGE)")

# uv writes the hashes of every platform's wheels and, without an index option, no index address.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet
lock: $(READY) ## renew the lock files (UPGRADE=--upgrade for newer releases)
	$(LOCK) pyproject.toml --extra dev --output-file requirements-dev.lock $(UPGRADE)
	$(LOCK) pyproject.toml --extra lambda --constraints requirements-dev.lock --no-annotate --output-file requirements.lock
	$(LOCK) pyproject.toml --extra browser --constraints requirements-dev.lock --no-annotate --output-file requirements-browser.lock
	$(LOCK) --group sam --output-file requirements-sam.lock $(UPGRADE)

clean: ## remove what the targets made
	rm -rf $(VENV) $(SAM_VENV) .aws-sam .cache demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
