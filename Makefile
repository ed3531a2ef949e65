# Every target sets up what it needs. `make` alone lists them.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER_READY := $(VENV)/.ready-browser
BENCH_READY := $(VENV)/.ready-bench
DEMO_VENV := .venv-demo
DEMO_READY := $(DEMO_VENV)/.ready
STUDIO_VENV := .venv-studio
STUDIO_READY := $(STUDIO_VENV)/.ready
SAM_VENV := .venv-sam
SAM_READY := $(SAM_VENV)/.ready
CHECKOV_VENV := .venv-checkov
CHECKOV_READY := $(CHECKOV_VENV)/.ready
# Given credentials, SAM asks AWS whose they are before it does anything; nothing here needs them.
SAM := env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u AWS_PROFILE SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
# Where uv is, it makes environments and installs into them, in a tenth of pip's time.
UV := $(shell command -v uv 2>/dev/null)
NEW_VENV = $(if $(UV),$(UV) venv --quiet --clear --python "$$(command -v $(PYTHON))",$(PYTHON) -m venv --clear)
INSTALL = $(if $(UV),$(UV) pip install --python $(1)/bin/python,$(1)/bin/python -m pip install)
NEEDS_PYTHON = @test -n "$(PYTHON)" || { echo "$(1) needs Python 3.11 or newer with its venv module; none was found." >&2; exit 1; }
IMAGE ?=
DATA ?=
ROUNDS ?=
AGAINST ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo studio bench fuzz test test-lowest test-browser test-container package docs pictures names study soak cost flood lint format validate build invoke deploy smoke lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything that tests need

$(READY): locks/dev.lock pyproject.toml
	$(call NEEDS_PYTHON,colorquant)
	@echo "Installing what the tests need into $(VENV), once ..."
	$(NEW_VENV) $(VENV)
	$(call INSTALL,$(VENV)) --quiet --require-hashes --requirement locks/dev.lock
	$(call INSTALL,$(VENV)) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Playwright brings a Node.js of 130 MB, which no other target needs.
$(BROWSER_READY): $(READY) locks/browser.lock
	$(call INSTALL,$(VENV)) --quiet --require-hashes --requirement locks/browser.lock
	@touch $@

# Environments of their own, with a third of the packages, and nothing compiled that is not used.
$(DEMO_READY) $(STUDIO_READY): .venv-%/.ready: locks/%.lock
	$(call NEEDS_PYTHON,colorquant)
	@echo "Installing the packages that the $* needs into $(@D), once ..."
	@$(NEW_VENV) $(@D)
	@{ $(call INSTALL,$(@D)) --no-compile --require-hashes --no-deps --requirement $< || echo FAILED; } \
		| awk -v all="$$(grep -c == $<)" '/^(Collecting|Processing) / { printf "\r  %d of %d downloaded", ++n, all } \
		/^Installing / { printf ", unpacking ..." } /^FAILED/ { failed = 1 } { fflush() } END { print ""; exit failed }'
	@touch $@

demo: $(DEMO_READY) ## upload a photo to the local stack and look at what comes back (IMAGE=my.jpg for your own)
	@PYTHONPATH=src $(DEMO_VENV)/bin/python -m colorquant.local.demo "$(or $(IMAGE),assets/china.jpg)"

studio: $(STUDIO_READY) ## open the page to play with images, with the whole service emulated beside it (IMAGE=my.jpg to open it)
	@PYTHONPATH=src $(STUDIO_VENV)/bin/python -m colorquant studio --emulate $(if $(IMAGE),"$(IMAGE)") $(STUDIO) || test $$? = 130

# The peers and the plot are for this target only.
$(BENCH_READY): $(READY) locks/bench.lock
	$(call INSTALL,$(VENV)) --quiet --require-hashes --requirement locks/bench.lock
	@touch $@

# On a busy machine OpenMP's waiting threads would take turns with those that work, which only peers would suffer.
bench: $(BENCH_READY) ## measure beside the peers and write docs/benchmarks.md (DATA=folder, or several in quotes; AGAINST=commit)
	@test -n "$(DATA)" || { echo "Say where photographs are: make bench DATA=folder" >&2; exit 2; }
	OMP_WAIT_POLICY=passive $(BIN)/python -m benchmarks $(DATA) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(AGAINST),--against $(AGAINST))

test: $(READY) ## run the unit and integration tests
	$(BIN)/python -m pytest -n auto --ignore tests/container --ignore tests/browser

test-container: $(READY) $(SAM_READY) ## run the image itself: under AWS's emulator and through SAM (needs a Docker engine)
	$(BIN)/python -m pytest -rs tests/container

test-browser: $(BROWSER_READY) ## open the report in Chromium (apt-get install chromium)
	$(BIN)/python -m pytest -rs tests/browser

soak: $(READY) ## put 300 images through one container and see that its memory stays flat (needs a Docker engine)
	COLORQUANT_SOAK_IMAGES=300 $(BIN)/python -m pytest -s tests/container/test_soak.py

cost: $(READY) ## measure time and memory in the image and write what a million images cost into docs/operations.md
	PYTHONPATH=tests/container $(BIN)/python -m benchmarks.lambda_cost

flood: $(READY) ## simulate a million uploads in an hour, with the times that `make cost` measured, into docs/operations.md
	$(BIN)/python -m benchmarks.flood

study: $(READY) ## find out what should choose the number of colors, on the photos in a folder or more (DATA=folder)
	$(BIN)/python -m studies.number_of_colors $(DATA)

test-lowest: $(READY) ## run the unit tests with the oldest libraries that pyproject.toml allows
	@mkdir -p build
	$(BIN)/uv pip compile --universal --python-version 3.11 --quiet --no-header --resolution lowest-direct \
		pyproject.toml --extra cli --extra lambda --extra local --extra studio --output-file build/lowest.txt
	$(BIN)/uv venv --quiet --clear --python "$$(command -v $(PYTHON))" .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest/bin/python --requirement build/lowest.txt --group dev
	PYTHONPATH=src .venv-lowest/bin/python -m pytest -n auto tests/unit

package: $(READY) ## build the wheel and the source distribution into dist, and check them
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .
	$(BIN)/python -m twine check --strict dist/*

docs: $(READY) ## build the site into build/docs, from the pages in docs and from docstrings
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "To look at: build/docs/index.html"

pictures: $(BROWSER_READY) ## make the pictures that README and docs show
	$(BIN)/python docs/pictures.py

names: $(READY) ## write the names of criteria, ditherings and spaces into types and template
	$(BIN)/python -m tests.names

lint: $(READY) ## ruff, ruff format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Pins that are strict and not ours get an environment of their own. The lock names everything it needs; left to work
# that out again, pip takes a package asked for with and without its extras for two, one of them unpinned.
.venv-%/.ready: locks/%.lock
	$(call NEEDS_PYTHON,$*)
	$(NEW_VENV) $(@D)
	$(call INSTALL,$(@D)) --quiet --require-hashes --no-deps --requirement $<
	@touch $@

validate: $(READY) $(SAM_READY) $(CHECKOV_READY) ## let SAM, cfn-lint and checkov read what is deployed
	$(SAM) validate --lint
	$(BIN)/cfn-lint template.yml deploy/*.yml
	$(CHECKOV_VENV)/bin/checkov --config-file .checkov.yml

ENV ?= default
# The processor that was deployed for last time, which SAM keeps in samconfig.toml and does not ask for when it builds.
ARCHITECTURE ?= $(or $(shell awk -v section='[$(ENV).deploy.parameters]' '$$0 == section { on = 1; next } /^\[/ { on = 0 } on' \
	samconfig.toml | grep --only-matching --max-count=1 'Architecture=[\"]*arm64' | grep --only-matching arm64),x86_64)

build: $(SAM_READY) ## build the Lambda's image (needs a Docker engine; ARCHITECTURE=arm64 for that processor)
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

invoke: $(READY) build ## run the image once on a photo, through SAM and an S3 on this machine (IMAGE=my.jpg for your own)
	@$(BIN)/python tests/container/invoke.py $(if $(IMAGE),"$(IMAGE)")

deploy: build ## build and deploy, asking for everything first (ENV=staging or production for those in samconfig.toml)
	SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam deploy --guided --config-env $(ENV) \
		$(if $(filter command,$(firstword $(origin ARCHITECTURE))),--parameter-overrides Architecture=$(ARCHITECTURE))

STACK ?= colorquant
smoke: $(READY) ## upload an image to a deployed stack and wait for its result (STACK=its name)
	@$(BIN)/python tests/smoke/upload_and_wait.py --stack $(STACK)

fuzz: $(READY) ## decode 20 000 broken images in child processes (MUTANTS=2000 for fewer)
	$(BIN)/python benchmarks/fuzz_images.py --mutants $(or $(MUTANTS),20000)

# uv writes the hashes of every platform's wheels and, without an index option, no index address.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet
WITHIN_DEV = $(LOCK) pyproject.toml --constraints locks/dev.lock --no-annotate
lock: $(READY) ## renew the lock files (UPGRADE=--upgrade for newer releases)
	$(LOCK) pyproject.toml --extra cli --extra lambda --extra local --extra studio --group dev --output-file locks/dev.lock $(UPGRADE)
	$(WITHIN_DEV) --extra lambda --output-file locks/lambda.lock
	$(WITHIN_DEV) --extra local --output-file locks/demo.lock
	$(WITHIN_DEV) --extra studio --extra local --output-file locks/studio.lock
	$(WITHIN_DEV) --group browser --output-file locks/browser.lock
	$(WITHIN_DEV) --extra reference --group bench --output-file locks/bench.lock
	$(LOCK) --group sam --output-file locks/sam.lock $(UPGRADE)
	$(LOCK) --group checkov --output-file locks/checkov.lock $(UPGRADE)

clean: ## remove what the targets made
	rm -rf $(VENV) $(DEMO_VENV) $(STUDIO_VENV) $(SAM_VENV) $(CHECKOV_VENV) .venv-lowest build dist .aws-sam .cache demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
