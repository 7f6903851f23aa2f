# All commands of the project. Each environment is installed from a lock with hashes when a command first needs it, and
# again when its lock changes. ARCHITECTURE=x86_64 builds for another processor than the template's default (arm64).
.SILENT:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run demo example-vite example-next test fuzz chaos model stateful-tests mutation-tests mutation-sample \
	mutation-tests-react audit lint types lock openapi permissions generate page size screenshots bench validate lint-templates build deploy configure clean environments

PYTHON := .venv/bin/python
UV := .venv/bin/uv
WITH_SAM := PATH="$$PWD/.venv-sam/bin:$$(dirname "$$(.ci/find-python 3.13)"):$$PATH" SAM_CLI_TELEMETRY=0
SAM := $(WITH_SAM) .venv-sam/bin/sam
NPM := node=$$(.ci/find-node) && PATH="$$node:$$PATH" npm --prefix frontend --loglevel=error
QUIET_NPM := node=$$(.ci/find-node) && PATH="$$node:$$PATH" .ci/quietly npm --prefix frontend
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
# Prepares several targets at the same time: the Python environments and the page do not depend on each other.
PREPARE = $(MAKE) --no-print-directory --jobs=3

help: ## list these commands
	awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start the whole system at http://127.0.0.1:3000 (set PORT to change the port); Ctrl-C stops it
	$(PREPARE) page .venv/ready .venv-ministack/ready
	exec $(PYTHON) -m local.run

demo: .venv/ready ## run one user's journey, step by step, against a running `make run` (the same PORT)
	exec $(PYTHON) -m local.demo

example-vite: page ## start the example for Vite at http://127.0.0.1:5173, against a running `make run`
example-next: page ## start the example for Next.js at http://127.0.0.1:5174, against a running `make run`
example-vite example-next:
	node=$$(.ci/find-node) && export PATH="$$node:$$PATH" NEXT_TELEMETRY_DISABLED=1 && cd examples/$(@:example-%=%) && \
		rm -rf node_modules/@tidings && npm install --loglevel=error && exec npm run dev

test: page environments examples/next/node_modules/.package-lock.json ## run all tests
	exec .ci/test

fuzz: page environments .venv-fuzz/ready ## fuzz webhooks, tokens, keys and requests (CASES, a million by default), and each route (EXAMPLES)
	PYTHONPATH=$$(echo .venv-fuzz/lib/python*/site-packages) $(PYTHON) -m verification.fuzzer --cases $(or $(CASES),1000000)
	SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),200) exec $(PYTHON) -m pytest -q tests/e2e/test_schemathesis.py

chaos: page environments ## inject each fault of docs/reliability.md (ROUNDS times) and check that no update is lost
	CHAOS_ROUNDS=$(or $(ROUNDS),1) exec $(PYTHON) -m pytest -q tests/e2e/faults

model: .venv/ready-dev ## check the protocol's model in all scenarios, and show what each clause prevents
	exec $(PYTHON) -m verification.model_checker

stateful-tests: environments ## run random sequences of operations on a real engine (WALKS sequences, 100 by default)
	MACHINE_WALKS=$(or $(WALKS),100) exec $(PYTHON) -m pytest tests/concurrency/stateful --timeout=0

mutation-tests: environments ## change the code a little, again and again (in MODULE, or everywhere), and check that a test fails
	exec $(PYTHON) -m verification.mutation_tester $(if $(MODULE),systematic $(MODULE))

mutation-sample: environments ## try a few of these changes, others every day
	exec $(PYTHON) -m verification.mutation_tester sample

mutation-tests-react: frontend/stryker/node_modules/ready ## the same for the React package (FILE, or all of it)
	node=$$(.ci/find-node) && cd frontend && PATH="$$node:$$PATH" exec stryker/node_modules/.bin/stryker run stryker/stryker.config.mjs

lint: .venv/ready-dev frontend/node_modules/ready ## check style, the direction of imports, words and prose
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/lint-imports --no-logo
	$(PYTHON) .ci/check_words.py
	$(NPM) run --silent lint

types: .venv/ready-dev frontend/node_modules/ready ## check types: mypy in strict mode, and TypeScript
	.venv/bin/mypy
	$(NPM) run --silent types

audit: .venv-audit/ready ## look up all locked packages in the advisory databases, where these can be reached
	node=$$(.ci/find-node) && PATH="$$node:$$PATH" exec $(PYTHON) .ci/audit.py

openapi: .venv/ready ## write docs/openapi.json from the code's types and the template's routes
	$(PYTHON) -m tools.openapi

permissions: .venv/ready-dev ## write docs/permissions.md from the template
	$(PYTHON) -m tools.permissions

generate: frontend/node_modules/ready ## generate the front end's types and schemas from docs/openapi.json
	$(NPM) run --silent generate

page: frontend/page/dist/index.html ## build the React package and the page

size: page ## compare the download sizes of the package and the page with their budgets
	$(NPM) run --silent size

screenshots: page environments ## draw the page's states in light and in dark colours into artifacts/, while their tests run
	CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && SCREENSHOTS=1 exec $(PYTHON) -m pytest -q \
		tests/e2e/browser/test_geometry.py tests/e2e/browser/test_accessibility.py

bench: page environments .venv-comparison/ready ## measure the performance budgets, simulate larger days, and write docs/performance.md and docs/scale.md
	CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PYTHON) -m benchmarks

validate: .venv-sam/ready ## validate both templates
	$(SAM) validate --lint && $(SAM) validate --lint --template-file observability.yaml

lint-templates: .venv/ready-dev .venv-checkov/ready ## lint the translated templates with all rules of cfn-lint and checkov, for five regions
	PYTHONPATH=. $(PYTHON) .ci/lint_templates.py

build: .venv-sam/ready ## build the functions and the layer into .aws-sam/build
	$(SAM) build $(if $(ARCHITECTURE),--parameter-overrides Architecture=$(ARCHITECTURE))

deploy: build .venv/ready ## deploy to AWS, the first time with two questions (docs/deploy.md), and protect the stack
	$(PYTHON) -m tools.first_answers
	$(WITH_SAM) $(PYTHON) -m tools.deploy

configure: build ## ask for each parameter and save the values, which the next `make deploy` applies
	$(SAM) deploy --guided --no-execute-changeset

lock: .venv/bin/uv ## resolve the locks again, and keep the versions that still fit (UPGRADE=1 takes the newest)
	$(COMPILE) $(if $(UPGRADE),--upgrade) layers/common/pyproject.toml -o layers/common/requirements.txt
	for name in bootstrap runtime ministack emulation sam fuzz schemathesis chaos audit checkov comparison delivery cdk; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	for name in run dev; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/$$name.in layers/common/pyproject.toml \
			-o requirements/$$name.txt || exit 1; done
	$(NPM) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	$(subst --prefix frontend,--prefix frontend/stryker,$(NPM)) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	for name in next vite; do $(subst --prefix frontend,--prefix examples/$$name,$(NPM)) \
		$(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts || exit 1; done

clean: ## delete build output and caches, and the local cloud's state
	rm -rf frontend/*/dist frontend/stryker/.sandbox artifacts .aws-sam .local .schemathesis dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

environments: .venv/ready-dev .venv-ministack/ready .venv-schemathesis/ready .venv-chaos/ready

# --- Environments ---------------------------------------------------------------------------------------------------
# .venv has two stages: `ready` has what runs the system, `ready-dev` what tests and linters need as well. The second is
# installed over the first, so that all commands find .venv/bin. `make run` only asks for the first, and leaves the rest.
# Byte code is compiled at once: without it each start takes twice as long, and PYTHONDONTWRITEBYTECODE may be set.
PACKAGES := layers/common cli
SYNC = $(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(@D)/bin/python
# A sync removes the project's own packages, which are in no lock.
INSTALL_PACKAGES = $(UV) pip install --quiet --no-deps --no-build-isolation --python $(@D)/bin/python $(addprefix --editable ,$(PACKAGES))

.venv/bin/uv: requirements/bootstrap.txt
	python=$$(.ci/find-python) && echo "Creating .venv ..." && "$$python" -m venv .venv
	.venv/bin/pip install --quiet --require-hashes -r requirements/bootstrap.txt
	touch $@

.venv/ready: requirements/run.txt $(PACKAGES:=/pyproject.toml) .venv/bin/uv
	echo "Installing requirements/run.txt into .venv ..."
	$(SYNC) requirements/run.txt
	$(INSTALL_PACKAGES)
	touch $@

.venv/ready-dev: requirements/dev.txt .venv/ready
	echo "Installing requirements/dev.txt into .venv ..."
	$(SYNC) requirements/dev.txt
	$(INSTALL_PACKAGES)
	touch $@

# Another Python than that of .venv, which .ci/test_second names.
.venv-second/ready: requirements/dev.txt $(PACKAGES:=/pyproject.toml) .venv/bin/uv
	echo "Installing requirements/dev.txt into $(@D) ..."
	$(UV) venv --quiet --allow-existing --python "$(SECOND_PYTHON)" $(@D)
	$(SYNC) requirements/dev.txt
	$(INSTALL_PACKAGES)
	touch $@

.venv-ministack/ready .venv-fuzz/ready .venv-schemathesis/ready .venv-chaos/ready .venv-audit/ready .venv-checkov/ready .venv-comparison/ready .venv-delivery/ready .venv-cdk/ready: .venv-%/ready: requirements/%.txt .venv/bin/uv
	echo "Installing requirements/$*.txt into $(@D) ..."
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(@D)
	$(SYNC) requirements/$*.txt
	touch $@

.venv-sam/ready .venv-runtime/ready .venv-emulation/ready: .venv-%/ready: requirements/%.txt .venv/bin/uv
	python=$$(.ci/find-python 3.13) && echo "Installing requirements/$*.txt into $(@D) ..." && \
		$(UV) venv --quiet --allow-existing --python "$$python" $(@D)
	$(SYNC) requirements/$*.txt
	touch $@

# --- The front end --------------------------------------------------------------------------------------------------
# All files of the front end but its tests: a change of a test must not build the page again.
FRONT_END := $(shell find frontend -type d '(' -name node_modules -o -name dist -o -name test -o -name tests -o -name stryker ')' -prune \
	-o -type f -not -name '*.test.*' -print)

frontend/node_modules/ready: frontend/package-lock.json $(wildcard frontend/*/package.json) frontend/package.json frontend/.npmrc
	.ci/find-node >/dev/null && echo "Installing frontend/package-lock.json into $(@D) ..." && $(QUIET_NPM) ci --no-audit --no-fund
	touch $@

frontend/stryker/node_modules/ready: frontend/stryker/package-lock.json frontend/stryker/package.json frontend/node_modules/ready
	echo "Installing frontend/stryker/package-lock.json into $(@D) ..." && $(subst --prefix frontend,--prefix frontend/stryker,$(QUIET_NPM)) ci --ignore-scripts --no-audit --no-fund
	touch $@

# The example's test installs the React package anew, from its build.
examples/next/node_modules/.package-lock.json: examples/next/package-lock.json examples/next/package.json
	.ci/find-node >/dev/null && echo "Installing examples/next/package-lock.json into $(@D) ..." && \
		$(subst --prefix frontend,--prefix examples/next,$(QUIET_NPM)) ci
	touch $@

frontend/page/dist/index.html: $(FRONT_END) frontend/node_modules/ready
	echo "Building the page ..." && $(QUIET_NPM) run build
	touch $@
