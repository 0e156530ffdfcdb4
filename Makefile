# Two commands are all there is to set up: `make run` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVAL := benchmarks/rival
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
endif

.PHONY: run test demo bench bench-large lint check lock clean

run: $(VENV)/.run
	@$(BIN)/amtdp serve --port $${PORT:-8000} --data-dir $${DATA_DIR:-var}

demo: $(VENV)/.run
	@$(BIN)/amtdp demo

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $${WORKERS:-2} --dist loadgroup $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(RIVAL)/.venv/.run
bench bench-large: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(if $(filter bench-large,$@),--large)

# Resolves anew; needs uv. The locks carry hashes and name no index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(RIVAL)/requirements.in -o $(RIVAL)/requirements.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python3 >= 3.11 is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@[ -e $(VENV)/.dev ] || { echo "Installing into $(VENV) (once) ..."; $(INSTALL) --require-hashes -r requirements.lock; }
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (once) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

# What the bench compares the service with: an environment of its own, by the same Python.
$(RIVAL)/.venv/.run: BIN := $(RIVAL)/.venv/bin
$(RIVAL)/.venv/.run: $(RIVAL)/requirements.lock | $(VENV)/bin/python
	@echo "Installing Django REST Framework into $(RIVAL)/.venv (once) ..."
	@$(VENV)/bin/python -m venv --clear $(RIVAL)/.venv
	@$(INSTALL) --require-hashes -r $(RIVAL)/requirements.lock
	@touch $@

clean:
	rm -rf $(VENV) $(RIVAL)/.venv var
