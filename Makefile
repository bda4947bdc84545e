# One command to run, one to test. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv/$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PACKAGES := layers/shared functions local cli tests

# The SAM CLI and checkov pin versions of their own, so each lives in an environment of its own.
SAM_VENV := $(VENV)-sam
SAM_READY := $(SAM_VENV)/.ready
SAM := SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam
CHECKOV_VENV := $(VENV)-checkov
CHECKOV_READY := $(CHECKOV_VENV)/.ready
CHECKOV := $(BIN)/python -m local.checkov $(CHECKOV_VENV)/bin/checkov
# What drives a browser is beside the other libraries, since the tests are; nothing that is run needs it.
BROWSER_READY := $(VENV)/.browser-ready
# Let's Encrypt's own test server, which tests have certificates issued by.
PEBBLE_READY := $(VENV)/.pebble-ready
# What keeps strangers out of a private network; NETWORK=private make run, and tests of it.
NETWORKS_READY := $(VENV)/.networks-ready
# The generator of Python clients has versions of its own too.
CLIENTS_READY := $(VENV)-clients/.ready
# So do redis-py's own tests, and the frameworks that `make compat` tries.
COMPAT_READY := $(VENV)-compat/.ready $(VENV)-redis-py/.ready

export PYTHONPATH := $(CURDIR)/layers/shared:$(CURDIR)/cli:$(CURDIR)
# Images for CI often set it: then each process compiles all that it imports, and a stack's start takes twice as long.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run test retest unit faults compat compatibility bench performance check check-types check-style check-template check-machines check-sam checkov build format sam-image preflight first-key openapi schemas machines screenshots vendor lock audit clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(READY): local/requirements.txt local/uv-requirements.txt local/setup.sh local/valkey.sh
	@sh local/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

$(VENV)-%/.ready: local/%-requirements.txt | $(READY)
	@printf '%s\n' "swiftcache: preparing $(@D)"
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(@D)
	@VIRTUAL_ENV=$(@D) $(BIN)/uv pip install -q --require-hashes -r $<
	@touch $@

$(BROWSER_READY): local/browser-requirements.txt local/browser.sh $(READY)
	@sh local/browser.sh "$(VENV)"
	@touch $@

$(PEBBLE_READY): local/pebble.sh $(READY)
	@sh local/pebble.sh
	@touch $@

$(NETWORKS_READY): local/networks.sh $(READY)
	@sh local/networks.sh
	@touch $@

setup: $(READY) ## prepare .venv; every other command does this by itself

run: $(READY) $(if $(filter private,$(NETWORK)),$(NETWORKS_READY)) ## start the local stack: the API on http://127.0.0.1:$${PORT:-8080}
	@exec $(BIN)/python -m local

# A part of the tests covers a part of the library: that says nothing.
test: $(READY) $(BROWSER_READY) $(PEBBLE_READY) $(NETWORKS_READY) $(CLIENTS_READY) ## every test that needs no AWS account, and the library's coverage; ARGS="-k words" for a part
	@$(BIN)/python -m pytest $(or $(ARGS),--cov --cov-report=)

retest: $(READY) ## once more and one after the other: the files of the tests that failed last time
	@failed=$$($(BIN)/python -m tests.failed) && exec $(BIN)/python -m pytest -n 0 $$failed

unit: $(READY) ## the fast tests, in under a minute: no network, no redis-server; ARGS="-k words" for a part
	@$(BIN)/python -m pytest tests/unit $(ARGS)

faults: $(READY) ## the fault matrix: a table, and .swiftcache/faults.json; ARGS="words" for a part
	@$(BIN)/python -m tests.faults $(ARGS)

compat: $(READY) $(COMPAT_READY) ## redis-py's own tests, programs of frameworks, clients, a CDK stack, .swiftcache/compat.json; ARGS="words" for a part
	@$(BIN)/python -m tests.compat $(ARGS)

compatibility: $(READY) $(COMPAT_READY) ## all of compat, and docs/compatibility.md of what it found
	@$(BIN)/python -m tests.compat
	@$(BIN)/python -m tests.compat.page

bench: $(READY) ## what we claim of our speed: a table, and .swiftcache/bench.json; ARGS="parts" for some
	@$(BIN)/python -m tests.bench $(ARGS)

performance: $(READY) ## the whole bench, and docs/performance.md of what it found
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.page

check: $(READY) $(BROWSER_READY) $(SAM_READY) $(CHECKOV_READY) ## formatter, linter, type checker, template and state machine lint, checkov
	@$(MAKE) --no-print-directory -j 2 check-types check-style check-template check-machines check-sam checkov

# The parts of `make check`, the longest first: two at a time, they take half as long.
check-types:
	$(BIN)/mypy $(PACKAGES)

check-style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-template:
	$(BIN)/cfn-lint --non-zero-exit-code informational template.yaml docs/examples/*/template.yaml

check-machines:
	$(BIN)/python -m local.lint statemachine

check-sam:
	@$(SAM) validate --lint

checkov: $(READY) $(CHECKOV_READY) ## of `make check`, what checkov finds in the template and .checkov.yaml does not answer
	@$(CHECKOV)

build: $(SAM_READY) ## what `sam deploy` uploads, into .aws-sam; needs Python 3.13 on the path
	@$(SAM) build

sam-image: $(READY) ## where none can be pulled: a base image for `sam local invoke`, of this machine's Python 3.13
	@$(BIN)/python -m local.sam.image

format: $(READY) ## rewrite code and state machines as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m local.asl_format

preflight: $(READY) ## what would fail in a deployment, before it: ARGS="StackName=… DomainName=…", or samconfig.toml
	@$(BIN)/python -m local.preflight $(if $(INSTANCES),Instances=$(INSTANCES)) $(ARGS)

first-key: $(READY) ## make an organization and its first account key: TABLE_NAME=… ORGANIZATION=…
	@$(BIN)/python -m swiftcache.organizations.first_key "$(ORGANIZATION)"

openapi: $(READY) ## write .swiftcache/openapi.json, generated from the code that serves
	@$(BIN)/python -m local.openapi

schemas: $(READY) ## write docs/schemas, the JSON Schema of each event, and the template of EventBridge's registry
	@$(BIN)/python -m local.schemas
	@$(BIN)/python -m local.schema_registry

machines: $(READY) ## keep a release's state machines, for tests/upgrade: RELEASE=<its commit>
	@$(BIN)/python -m tests.upgrade.keep "$(RELEASE)"

screenshots: $(READY) $(BROWSER_READY) ## every page of the console, in both themes and two widths, in .swiftcache/screenshots
	@$(BIN)/python -m tests.browser.screenshots

vendor: $(READY) ## fetch the console's libraries anew, as functions/console/vendor.toml lists them; needs Node.js
	@$(BIN)/python -m local.vendor

lock: $(READY) ## resolve the .in files anew into requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		layers/shared/requirements.in -o layers/shared/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c layers/shared/requirements.txt local/requirements.in -o local/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c local/requirements.txt functions/renew_certificate/requirements.in -o functions/renew_certificate/requirements.txt
	for tool in sam checkov uv browser clients compat redis-py; do $(BIN)/uv pip compile -q --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header local/$$tool-requirements.in -o local/$$tool-requirements.txt; done

audit: $(READY) ## ask the package registry for yanked versions and known vulnerabilities among the locked ones
	@$(BIN)/python -m local.audit

clean: ## remove what make made
	rm -rf .venv .swiftcache .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .coverage*
