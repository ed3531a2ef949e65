# Every target sets up what it needs. `make` alone lists them.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER_READY := $(VENV)/.ready-browser
BENCH_READY := $(VENV)/.ready-bench
SAM_VENV := .venv-sam
SAM_READY := $(SAM_VENV)/.ready
CHECKOV_VENV := .venv-checkov
CHECKOV_READY := $(CHECKOV_VENV)/.ready
# Given credentials, SAM asks AWS whose they are before it does anything; nothing here needs them.
SAM := env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u AWS_PROFILE SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
IMAGE ?=
DATA ?=
ROUNDS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo bench fuzz test test-browser test-container docs pictures study soak cost lint format validate build invoke deploy smoke lock clean

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

# The peers and the plot are for this target only.
$(BENCH_READY): $(READY) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-bench.lock
	@touch $@

# On a busy machine OpenMP's waiting threads would take turns with those that work, which only peers would suffer.
bench: $(BENCH_READY) ## measure beside the peers and write docs/benchmarks.md (DATA=folder, or several in quotes)
	@test -n "$(DATA)" || { echo "Say where photographs are: make bench DATA=folder" >&2; exit 2; }
	OMP_WAIT_POLICY=passive $(BIN)/python -m benchmarks $(DATA) $(if $(ROUNDS),--rounds $(ROUNDS))

test: $(READY) ## run the unit and integration tests
	$(BIN)/python -m pytest -n auto --ignore tests/container --ignore tests/browser

test-container: $(READY) $(SAM_READY) ## run the image itself: under AWS's emulator and through SAM (needs a Docker engine)
	$(BIN)/python -m pytest -rs tests/container

test-browser: $(BROWSER_READY) ## open the report in Chromium (apt-get install chromium)
	$(BIN)/python -m pytest -rs tests/browser

soak: $(READY) ## put 300 images through one container and see that its memory stays flat (needs a Docker engine)
	COLORQUANT_SOAK_IMAGES=300 $(BIN)/python -m pytest -s tests/container/test_soak.py

cost: $(READY) ## measure time and memory in the image and write what a million images cost into docs/operations.md
	PYTHONPATH=tests/container $(BIN)/python benchmarks/lambda_cost.py

study: $(READY) ## find out what should choose the number of colors, on the photos in a folder or more (DATA=folder)
	$(BIN)/python -m studies.number_of_colors $(DATA)

docs: $(READY) ## write the library's reference into build/docs, from its docstrings
	$(BIN)/python docs/reference.py build/docs

pictures: $(BROWSER_READY) ## make the pictures that README and docs show
	$(BIN)/python docs/pictures.py

lint: $(READY) ## ruff, ruff format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Pins that are strict and not ours get an environment of their own. The lock names everything it needs; left to work
# that out again, pip takes a package asked for with and without its extras for two, one of them unpinned.
.venv-%/.ready: requirements-%.lock
	@test -n "$(PYTHON)" || { echo "$* needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes --no-deps --requirement $<
	@touch $@

validate: $(READY) $(SAM_READY) $(CHECKOV_READY) ## let SAM, cfn-lint and checkov read what is deployed
	$(SAM) validate --lint
	$(BIN)/cfn-lint template.yml deploy/*.yml
	$(CHECKOV_VENV)/bin/checkov --config-file .checkov.yml

build: $(SAM_READY) ## build the Lambda's image (needs a Docker engine)
	$(SAM) build

invoke: $(READY) build ## run the image once on a photo, through SAM and an S3 on this machine (IMAGE=my.jpg for your own)
	@$(BIN)/python tests/container/invoke.py $(if $(IMAGE),"$(IMAGE)")

ENV ?= default
deploy: build ## build and deploy, asking for everything first (ENV=staging or production for those in samconfig.toml)
	SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam deploy --guided --config-env $(ENV)

STACK ?= colorquant
smoke: $(READY) ## upload an image to a deployed stack and wait for its result (STACK=its name)
	@$(BIN)/python tests/smoke/upload_and_wait.py --stack $(STACK)

fuzz: $(READY) ## decode 20 000 broken images in child processes (MUTANTS=2000 for fewer)
	$(BIN)/python benchmarks/fuzz_images.py --mutants $(or $(MUTANTS),20000)

# uv writes the hashes of every platform's wheels and, without an index option, no index address.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet
lock: $(READY) ## renew the lock files (UPGRADE=--upgrade for newer releases)
	$(LOCK) pyproject.toml --extra dev --output-file requirements-dev.lock $(UPGRADE)
	$(LOCK) pyproject.toml --extra lambda --constraints requirements-dev.lock --no-annotate --output-file requirements.lock
	$(LOCK) pyproject.toml --extra browser --constraints requirements-dev.lock --no-annotate --output-file requirements-browser.lock
	$(LOCK) pyproject.toml --extra bench --constraints requirements-dev.lock --no-annotate --output-file requirements-bench.lock
	$(LOCK) --group sam --output-file requirements-sam.lock $(UPGRADE)
	$(LOCK) --group checkov --output-file requirements-checkov.lock $(UPGRADE)

clean: ## remove what the targets made
	rm -rf $(VENV) $(SAM_VENV) $(CHECKOV_VENV) .aws-sam .cache demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
