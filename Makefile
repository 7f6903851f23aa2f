# Every command of the project. Environments come from hashed locks, are made when first needed, and again when a lock
# changes. ARCHITECTURE=x86_64 builds for another processor than the template's default (arm64).
.SILENT:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test fuzz chaos model machine mutants audit lint types lock openapi permissions generate page size demo bench validate build deploy clean environments

PYTHON := .venv/bin/python
UV := .venv/bin/uv
SAM := PATH="$$PWD/.venv-sam/bin:$$(dirname "$$(.ci/find-python 3.13)"):$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
NPM := node=$$(.ci/find-node) && PATH="$$node:$$PATH" npm --prefix frontend --loglevel=error
QUIET_NPM := node=$$(.ci/find-node) && PATH="$$node:$$PATH" .ci/quietly npm --prefix frontend
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

help: ## this list
	awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: page environments ## the whole system on http://127.0.0.1:3000 (PORT changes it), until Ctrl-C
	exec $(PYTHON) -m local.run

demo: environments ## the main job, step by step, against a running `make run`
	exec $(PYTHON) -m local.demo

test: page environments ## the whole test suite
	exec .ci/test

fuzz: page environments .venv-fuzz/ready ## a million odd webhooks, tokens, keys and requests (CASES), and every route (EXAMPLES)
	PYTHONPATH=$$(echo .venv-fuzz/lib/python*/site-packages) $(PYTHON) -m tests.fuzz --cases $(or $(CASES),1000000)
	SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),200) exec $(PYTHON) -m pytest -q tests/e2e/test_schemathesis.py

chaos: page environments ## every fault of docs/reliability.md (ROUNDS times), and what it cost: nothing
	CHAOS_ROUNDS=$(or $(ROUNDS),1) exec $(PYTHON) -m pytest -q tests/chaos

model: .venv/ready ## walk through the protocol's model, the large scenarios too; show what each clause is for
	exec $(PYTHON) -m tests.model

machine: environments ## everything that may happen, in made-up orders, to the product on a real engine (WALKS changes how many)
	MACHINE_WALKS=$(or $(WALKS),100) exec $(PYTHON) -m pytest tests/engine/machine --timeout=0

mutants: environments ## take the clauses out of the code, one by one: a test must notice each
	exec $(PYTHON) -m tests.mutations

lint: .venv/ready frontend/node_modules/ready ## style and the direction of imports
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/lint-imports --no-logo
	$(NPM) run --silent lint

types: .venv/ready frontend/node_modules/ready ## mypy, strict, and the front end's TypeScript
	.venv/bin/mypy
	$(NPM) run --silent types

audit: .venv-audit/ready ## ask the advisory databases about every lock, where they can be reached
	node=$$(.ci/find-node) && PATH="$$node:$$PATH" exec $(PYTHON) .ci/audit.py

openapi: .venv/ready ## write the OpenAPI description
	$(PYTHON) -m local.openapi

permissions: .venv/ready ## write docs/permissions.md from the template
	$(PYTHON) -m tests.docs.permissions

generate: frontend/node_modules/ready ## write the front end's types and schemas from that description
	$(NPM) run --silent generate

page: frontend/page/dist/index.html ## build the front end's package and page

size: page ## what of them a browser downloads, against the budgets
	$(NPM) run --silent size

bench: page environments ## measure DESIGN's budgets, write docs/performance.md
	CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PYTHON) -m benchmarks

validate: .venv-sam/ready ## check the template
	$(SAM) validate --lint

build: .venv-sam/ready ## build the functions and the layer into .aws-sam/build
	$(SAM) build $(if $(ARCHITECTURE),--parameter-overrides Architecture=$(ARCHITECTURE))

deploy: build ## deploy to AWS, asking what it needs to know (docs/deploy.md)
	$(SAM) deploy --guided

lock: .venv/ready ## resolve the locks again, keeping what still fits (UPGRADE=1 takes the newest)
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/common/pyproject.toml -o layers/common/requirements.txt
	for name in bootstrap runtime ministack emulation sam fuzz schemathesis chaos audit; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/dev.in layers/common/pyproject.toml -o requirements/dev.txt
	$(NPM) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts

clean: ## remove what builds and runs left behind, the local cloud's state included
	rm -rf frontend/*/dist artifacts .aws-sam .local dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

environments: .venv/ready .venv-ministack/ready .venv-schemathesis/ready .venv-chaos/ready

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

.venv-ministack/ready .venv-fuzz/ready .venv-schemathesis/ready .venv-chaos/ready .venv-audit/ready: .venv-%/ready: requirements/%.txt .venv/ready
	echo "Setting up $(@D) ..."
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(@D)
	$(SYNC) requirements/$*.txt
	touch $@

.venv-sam/ready .venv-runtime/ready .venv-emulation/ready: .venv-%/ready: requirements/%.txt .venv/ready
	python=$$(.ci/find-python 3.13) && echo "Setting up $(@D) ..." && $(UV) venv --quiet --allow-existing --python "$$python" $(@D)
	$(SYNC) requirements/$*.txt
	touch $@

# --- The front end --------------------------------------------------------------------------------------------------
# A change of a test builds nothing.
FRONT_END := $(shell find frontend -type d '(' -name node_modules -o -name dist -o -name test -o -name tests ')' -prune \
	-o -type f -not -name '*.test.*' -print)

frontend/node_modules/ready: frontend/package-lock.json $(wildcard frontend/*/package.json) frontend/package.json frontend/.npmrc
	.ci/find-node >/dev/null && echo "Setting up $(@D) ..." && $(QUIET_NPM) ci --no-audit --no-fund
	touch $@

frontend/page/dist/index.html: $(FRONT_END) frontend/node_modules/ready
	echo "Building the page ..." && $(QUIET_NPM) run build
	touch $@
