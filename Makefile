# Everything that a newcomer and the build need. Both commands make their own virtual environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ROUNDS ?= 15

.PHONY: demo docs test lint format bench clean

demo: $(VENV)/.installed-serve  ## Make the example portal live in an embedded workspace.
	@$(BIN)/portal apply -f examples/portal.yaml --yes --allow widens_access

docs: $(VENV)/.installed-docs  ## Build the site of the documentation into build/site.
	$(BIN)/properdocs build --strict

test: $(VENV)/.installed-test lint  ## Check everything: style, types, and the whole test suite.
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench:  ## Measure everything against peers and floors; write benchmarks/RESULTS.md. Takes most of an hour.
	$(PYTHON) -m benchmarks --rounds $(ROUNDS)

clean:
	rm -rf $(VENV) build .portal .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

$(VENV)/.installed-%: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'portal needs Python 3.11 or later; name one with make PYTHON=python3.11'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
