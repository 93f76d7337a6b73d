# Every target works from a fresh clone; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
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
