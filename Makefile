# Needs Python 3.11 to 3.14, make and a package registry. `make` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Compiled once and kept: without that every start takes a second longer.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
CODE := api assistant authoring benchmarks corpus evals ingestion scripts tests
TESTS ?= tests
WORKERS ?= 2

.PHONY: help setup setup-dev run test check bench chaos lock sbom clean

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## prepare .venv with what Groundwork needs to run
	@scripts/setup requirements.lock

setup-dev: ## prepare .venv with what its tests and checks need too
	@scripts/setup requirements-dev.lock

run: setup ## serve a sample company's documents, and open them to questions
	@exec $(BIN)/groundwork serve --samples

test: setup-dev ## run all tests (TESTS=tests/corpus for some, WORKERS=4 for more at a time)
	@scripts/test $(WORKERS) $(TESTS)

check: setup-dev ## lint, types, import contracts, templates, locks
	@scripts/check $(CODE)

bench: setup-dev ## measure speed, memory and size beside a plain pipeline
	@$(BIN)/python -m benchmarks.run

chaos: setup-dev ## the long crash test: kill, damage, fill the disk, and look what is lost
	@$(BIN)/python -m tests.chaos
	@$(BIN)/python -m tests.chaos.malformed
	@$(BIN)/python -m tests.chaos.erasure

lock: setup-dev ## resolve the dependencies anew (UPGRADE=1 for newer versions)
	@scripts/lock $(if $(UPGRADE),--upgrade)

sbom: setup-dev ## write the bill of materials (CycloneDX) of what runs: build/groundwork.cdx.json
	@$(BIN)/python -m scripts.sbom

clean: ## remove .venv and caches; the data in .groundwork stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
	@echo "clean: done; .groundwork holds your data and was left alone"
