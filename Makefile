# Needs Python 3.11 or later and make; `graphiql` alone needs Node as well, `constraints` needs uv. Run `make help`.

PYTHON ?= python3
UV ?= uv
NAME ?= change
EXAMPLES ?= 2000
BIN := .venv/bin
READY := .venv/.ready
CODE := kyozo_gql tests bench
RELEASED := docs/schema/released.graphql

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test check lint types layers schema schema-check release-schema docs docs-check fuzz migrations migrations-check format format-check \
	graphiql constraints clean

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[36m%-18s\033[0m %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Makes .venv with the pinned dependencies; does nothing when nothing changed

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.x …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the pinned dependencies into .venv …"
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Turns the folders of examples/ into running services and shows it; ONCE=1 ends when their URLs answered
	@$(BIN)/kyozo-gql demo examples $(if $(ONCE),--once)

dev: setup ## Starts everything for development: database, queue, API, worker
	@$(BIN)/kyozo-gql dev

check: format-check lint types layers schema-check docs-check migrations-check test ## Everything that CI checks

test: setup ## Runs the tests
	@$(BIN)/pytest

fuzz: setup ## Asks a development server about EXAMPLES (2000) strange operations; fails for answers that nobody meant
	@$(BIN)/python -m tests.fuzz.run $(EXAMPLES)

lint: setup ## Looks for mistakes (ruff)
	@$(BIN)/ruff check $(CODE)

types: setup ## Checks the types (mypy, strict)
	@$(BIN)/mypy

layers: setup ## Checks that imports go downwards only (import-linter)
	@$(BIN)/lint-imports

schema: setup ## Writes schema.graphql anew
	@$(BIN)/kyozo-gql schema > schema.graphql.new && mv schema.graphql.new schema.graphql

schema-check: setup
	@$(BIN)/kyozo-gql schema | diff -u schema.graphql - || { echo "schema.graphql is out of date: make schema"; exit 1; }
	@$(BIN)/kyozo-gql schema --against $(RELEASED) --changelog CHANGELOG.md || \
		{ echo "this breaks clients of $(RELEASED), and the newest section of CHANGELOG.md does not say so, sentence by sentence"; exit 1; }

release-schema: schema ## Keeps the schema as that of the release, which later ones are compared with
	@cp schema.graphql $(RELEASED)

docs: setup ## Writes docs/detection.md anew
	@$(BIN)/python -m kyozo_gql.topology.rulebook > docs/detection.md.new && mv docs/detection.md.new docs/detection.md

docs-check: setup
	@$(BIN)/python -m kyozo_gql.topology.rulebook | diff -u docs/detection.md - || { echo "docs/detection.md is out of date: make docs"; exit 1; }

migrations: setup ## Writes a migration for what changed in the models; NAME=what_changed
	@$(BIN)/aerich migrate --offline --no-input --name $(NAME)

# Asks for a migration in a copy: where the models and the migrations agree, none appears.
migrations-check: setup
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && cp -R pyproject.toml migrations "$$copy" && bin=$$PWD/$(BIN) && \
	(cd "$$copy" && "$$bin/aerich" migrate --offline --no-input --name drift > log 2>&1 || { cat log; exit 1; }) && \
	drift=$$(find "$$copy/migrations" -name '*drift*.py') && \
	if [ -n "$$drift" ]; then cat $$drift; echo "the models have changes without a migration: make migrations"; exit 1; fi

format: setup ## Formats the code
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --quiet --select I --fix $(CODE)

format-check: setup
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo "some files are not formatted: make format"; exit 1; }

graphiql: ## Builds the GraphiQL that ships with the package (Node 20 or later)
	@cd graphiql && npm ci --no-audit --no-fund && npm run build

constraints: ## Pins the newest dependencies that pyproject.toml allows (uv)
	@printf 'hatchling\neditables\n' | $(UV) pip compile pyproject.toml - --quiet --upgrade --universal --python-version 3.11 \
		--extra embedded --group dev --generate-hashes --no-annotate \
		--custom-compile-command 'make constraints' --output-file constraints.txt

clean: ## Removes what these targets made, but for the state that `dev` keeps
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis graphiql/node_modules build dist
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
