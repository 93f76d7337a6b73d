# Every target works from a fresh clone; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COLLECTED := $(VENV)/.collected
# Named outright: the Go module proxy serves it, though its list of versions does not show it.
TOXIPROXY_VERSION := 2.12.0
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q harness fakes reports scenarios
	touch $@

.PHONY: setup
setup: $(READY) ## Set up everything in .venv from the hash-pinned lock

.PHONY: lock
lock: ## Pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade --output-file requirements.lock

# Workers that begin at the same time would each rewrite the assertions of every module.
$(COLLECTED): $(READY)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --collect-only --quiet >/dev/null || true
	touch $@

.PHONY: test
test: setup $(COLLECTED) ## Run all tests
	@# The modules with rewritten assertions are kept, as below. Half of the workers mostly wait (tests/support/shares.py).
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 6 --dist worksteal

.PHONY: test-fast
test-fast: setup ## Run the tests that start no processes
	@# Rewriting the assertions anew takes a quarter of the time, so the rewritten modules are kept.
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 -m "not slow and not browser" --hypothesis-profile=fast

.PHONY: thorough
thorough: setup ## Run the tests of properties with a thousand examples of each, and whole tables, for the nights
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --hypothesis-profile=thorough $$(git grep -l -e "^@given" -e "import thorough" tests)

.PHONY: run
run: setup ## Run the game-day library against both bundled stacks
	$(BIN)/gameday run --stack durable --stack brittle --as-expected

.PHONY: lint
lint: setup ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: toxiproxy
toxiproxy: bin/toxiproxy-server ## Build the real Toxiproxy with Go, pinned

bin/toxiproxy-server:
	GOBIN=$(CURDIR)/bin go install -ldflags "-X github.com/Shopify/toxiproxy/v2.Version=$(TOXIPROXY_VERSION)" \
		github.com/Shopify/toxiproxy/v2/cmd/server@v$(TOXIPROXY_VERSION)
	mv bin/server $@

.PHONY: postgres
postgres: setup ## Install Debian's PostgreSQL, for the stack with several workers
	@as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		{ $$as_root apt-get update -qq && $$as_root apt-get install -y -qq --no-install-recommends postgresql; }

CLIENTS := tests/fakes/node_clients
# Its licence is the AGPL: it has an environment of its own and is run as a command.
TAP := tests/fakes/tap_salesforce/.venv

.PHONY: clients
clients: $(CLIENTS)/node_modules $(TAP)/.ready ## Install the vendors' clients that the fakes are tested with (needs npm)

$(CLIENTS)/node_modules: $(CLIENTS)/package-lock.json
	cd $(CLIENTS) && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	touch $@

$(TAP)/.ready: tests/fakes/tap_salesforce/requirements.txt
	$(PYTHON) -m venv $(TAP)
	$(TAP)/bin/python -m pip install --quiet --require-hashes --requirement $<
	touch $@

OPERATOR := tests/harness/cluster/operator

.PHONY: crds
crds: $(OPERATOR)/.installed ## Fetch the CRDs that the manifest of a Dask cluster is checked by

# Only its files are read, so nothing that it requires is installed.
$(OPERATOR)/.installed: $(OPERATOR)/requirements.txt $(READY)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --target $@ --upgrade --requirement $<
	touch $@

OWN := tests/stacks
STACKS := $(OWN)/node_red/node_modules $(OWN)/jsforce/node_modules $(OWN)/python_batch/.venv/.ready

.PHONY: stacks
stacks: $(STACKS) ## Install what the stacks under tests/stacks run on (needs npm)

$(OWN)/%/node_modules: $(OWN)/%/package-lock.json
	cd $(@D) && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	touch $@

$(OWN)/python_batch/.venv/.ready: $(OWN)/python_batch/requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --require-hashes --requirement $<
	touch $@

.PHONY: matrix
matrix: setup ## Which scenario catches which planted bug; written to docs/matrix.md
	$(BIN)/python tests/bench/matrix.py

.PHONY: campaign
campaign: setup ## Two correct stacks over 20 seeds, resumable; written to docs/campaign.md
	$(BIN)/python tests/bench/campaign.py

.PHONY: kill-campaign
kill-campaign: setup ## Kill 1,000 game days at random moments, resumable: nothing may stay active
	PYTHONPATH=tests $(BIN)/python tests/bench/kill_campaign.py

.PHONY: judge
judge: setup ## Change passing runs in one place at a time: the judge must see it (RUNS: folders)
	PYTHONPATH=tests $(BIN)/python -m judge $(RUNS)

.PHONY: recompute
recompute: setup ## Recompute every figure of recorded runs without the harness's code (RUNS: folders)
	PYTHONPATH=tests $(BIN)/python -m recompute $(or $(RUNS),runs)

.PHONY: fuzz
fuzz: setup ## Feed mutated input to every reader and wire (EXAMPLES: how many for each; SEED)
	PYTHONPATH=tests $(BIN)/python -m fuzz --examples $(or $(EXAMPLES),1000) --seed $(or $(SEED),1)

.PHONY: bench
bench: setup ## Measure fakes, proxy, harness and checks
	$(BIN)/python tests/bench/all.py

.PHONY: docs
docs: setup ## Write the reference in docs/ from the code
	$(BIN)/python tests/project/reference.py
	$(BIN)/python tests/project/failure_modes.py
	$(BIN)/python tests/project/interfaces.py
	$(BIN)/python tests/project/clients.py

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache
