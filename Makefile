# Every command of the project. Environments come from hashed locks, are made when first needed, and again when a lock
# changes. ARCHITECTURE=x86_64 builds for another processor than the template's default (arm64).
.SILENT:
.DEFAULT_GOAL := help
.PHONY: help run test lint types lock openapi demo bench validate build deploy clean environments

PYTHON := .venv/bin/python
UV := .venv/bin/uv
SAM := PATH="$$PWD/.venv-sam/bin:$$(dirname "$$(.ci/find-python 3.13)"):$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

help: ## this list
	awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environments ## the whole system on http://127.0.0.1:3000 (PORT changes it), until Ctrl-C
	exec $(PYTHON) -m local.run

demo: environments ## the main job, step by step, against a running `make run`
	exec $(PYTHON) -m local.demo

test: environments ## the whole test suite
	CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PYTHON) -m pytest

lint: .venv/ready ## style and the direction of imports
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/lint-imports --no-logo

types: .venv/ready ## mypy, strict
	.venv/bin/mypy

openapi: .venv/ready ## write the OpenAPI description
	$(PYTHON) -m local.openapi

bench: environments ## measure DESIGN's budgets, write docs/performance.md
	$(PYTHON) -m benchmarks

validate: .venv-sam/ready ## check the template
	$(SAM) validate --lint

build: .venv-sam/ready ## build the functions and the layer into .aws-sam/build
	$(SAM) build $(if $(ARCHITECTURE),--parameter-overrides Architecture=$(ARCHITECTURE))

deploy: build ## deploy to AWS, asking what it needs to know (docs/deploy.md)
	$(SAM) deploy --guided

lock: .venv/ready ## resolve the locks again, keeping what still fits (UPGRADE=1 takes the newest)
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/common/pyproject.toml -o layers/common/requirements.txt
	for name in bootstrap runtime ministack emulation sam; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/dev.in layers/common/pyproject.toml -o requirements/dev.txt

clean: ## remove what builds and runs left behind, the local cloud's state included
	rm -rf .aws-sam .local dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

environments: .venv/ready .venv-ministack/ready

# --- Environments ---------------------------------------------------------------------------------------------------
# Byte code is compiled here: an environment without it starts at half speed, and PYTHONDONTWRITEBYTECODE may be set.
PACKAGES := layers/common $(patsubst %/pyproject.toml,%,$(wildcard cli/pyproject.toml))
SYNC = $(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(@D)/bin/python

.venv/ready: requirements/bootstrap.txt requirements/dev.txt $(PACKAGES:=/pyproject.toml)
	python=$$(.ci/find-python) && echo "Setting up $(@D) ..." && "$$python" -m venv $(@D)
	$(@D)/bin/pip install --quiet --require-hashes -r requirements/bootstrap.txt
	$(SYNC) requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --python $(PYTHON) $(addprefix --editable ,$(PACKAGES))
	touch $@

.venv-ministack/ready: requirements/ministack.txt .venv/ready
	echo "Setting up $(@D) ..."
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(@D)
	$(SYNC) requirements/ministack.txt
	touch $@

.venv-sam/ready .venv-runtime/ready .venv-emulation/ready: .venv-%/ready: requirements/%.txt .venv/ready
	python=$$(.ci/find-python 3.13) && echo "Setting up $(@D) ..." && $(UV) venv --quiet --allow-existing --python "$$python" $(@D)
	$(SYNC) requirements/$*.txt
	touch $@
