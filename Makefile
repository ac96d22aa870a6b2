PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --root-user-action=ignore
UV_COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --quiet
# A stamp is the time of an installation: a later call that finds it newer than the lock has nothing to do.
BASE := $(VENV)/.python
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
TRIED := $(VENV)/.explorer-tried

# Databases by the hundred: in memory where there is such a folder, since no test is about the disk.
ROOM := $(shell test -w /dev/shm && echo /dev/shm || echo "$${TMPDIR:-/tmp}")

# More than the two cores of a small machine: some tests wait for a server.
PYTEST := pytest -n 3 --dist worksteal $(ARGS)
# With ARGS="-k name" one of the two runs may have no test (pytest's status 5), and the report may be of less
# than everything; without, both are failures.
OR_NONE := || { status=$$?; [ -n "$(ARGS)" ] && [ $$status = 5 ]; }

.DEFAULT_GOAL := help
.PHONY: help install serve test check schema bench native explorer lock

help: ## Shows this list.
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='	' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

install: $(RUN) ## Installs Rekey into .venv, every package pinned by its hash.

serve: $(RUN) $(TRIED) ## Installs, then serves on http://127.0.0.1:8000 (GraphiQL at /graphql).
	@exec $(BIN)/rekey serve $(ARGS)

test: $(DEV) ## Runs the tests; TEST_ALL=1 fails where a real server to test with is missing.
	@rm -f .coverage .coverage.*
	@TMPDIR=$(ROOM) $(BIN)/coverage run -m $(PYTEST) -m "not untraced" $(OR_NONE)
	@TMPDIR=$(ROOM) $(BIN)/python -m $(PYTEST) -m untraced $(OR_NONE)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report$(if $(ARGS), --fail-under=0)

check: $(DEV) ## Checks format, lint, types, import contracts and dead code.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture

schema: $(RUN) ## Rewrites schema.graphql from the code.
	@$(BIN)/rekey schema > schema.graphql.new
	@mv schema.graphql.new schema.graphql

bench: $(DEV) ## Runs the benchmarks and prints their tables.
	@$(BIN)/python -m benchmarks

native: $(RUN) ## Builds Argon2 for this processor, checks it and says what it gains; ARGS=--undo takes it back.
	@$(BIN)/python -m server.native $(ARGS)

explorer: $(RUN) ## Fetches GraphiQL's files with npm, where they are not there yet.
	@$(BIN)/python -m server.fetch_explorer

lock: ## Pins the dependencies anew (needs uv: pip install uv).
	$(UV_COMPILE) pyproject.toml --group install -o requirements.lock
	$(UV_COMPILE) pyproject.toml --group install --group dev -c requirements.lock -o requirements-dev.lock

$(BASE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Rekey needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUN): requirements.lock pyproject.toml | $(BASE)
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m server.native --remind
	@touch $@

# Tried once: without a network each try would hold the start up for minutes.
$(TRIED): | $(RUN)
	@$(BIN)/python -m server.fetch_explorer || echo "Serving without GraphiQL; 'make explorer' tries again."
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
