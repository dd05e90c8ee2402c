# Everything that a newcomer, a contributor and the build need. Each command makes its own virtual environment from
# the lock files in requirements/; `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ROUNDS ?= 15
FAST := not (law or process or browser or postgres or slow)
# Where branch coverage is measured: all that needs no other process, browser or server.
COVERED := not (law or process or browser or postgres)
# Its floor, in per cent: 85.9 on 2026-11-30, less what differs between machines.
COVERED_FAST ?= 85.5
MARKS ?= law or slow or process or browser
WORKERS ?= auto
# Where this is set nothing compiled is kept, and each process of the tests compiles all that it imports once more.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo docs check wheel test suite test-one test-fast test-more test-newest test-lowest coverage coverage-fast lint format lock bench bench-peers bench-quick clean

help:  ## List these commands.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.installed-serve  ## Make the example portal live in an embedded workspace.
	@$(BIN)/portal apply -f examples/portal.yaml --yes --allow widens_access
	@echo
	@echo 'To see what that made, serve it:'
	@echo
	@echo '  $(BIN)/portal serve --db .portal/workspace.db --demo'
	@echo
	@echo 'and open in a browser, while it runs:'
	@echo
	@echo '  http://127.0.0.1:8470/demo             a sample web application: sign in as Ada Okafor, or anybody else'
	@echo '  http://127.0.0.1:8470/hc/acme/en/      the Help Center, whose card leads to the tickets portal'
	@echo '  http://127.0.0.1:8470/admin/           the console, with the token that portal serve prints the first time'
	@echo
	@echo 'To check it without a browser:  $(BIN)/portal verify -f examples/portal.yaml'

check: $(VENV)/.installed-test  ## Format, lint, imports, types and the fast tests, side by side: under a minute.
	@$(MAKE) --no-print-directory --jobs 2 lint test-fast

# Both are installed before anything runs side by side: what is installed meanwhile would be missing for a moment.
test: $(VENV)/.installed-test $(VENV)/.installed-suite  ## Check everything: style, types, and the whole test suite.
	@$(MAKE) --no-print-directory --jobs 2 lint suite

suite: $(VENV)/.installed-suite
	@# What failed beside two other workers is tried once more, alone: a fault fails again, a want of processor time does not.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal || $(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-one: $(VENV)/.installed-suite  ## Run one file or test: make test-one T=tests/reconciler/plan/test_guards.py
	$(BIN)/python -m pytest -q $(T)

test-fast: $(VENV)/.installed-test  ## Run the fast tests only.
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m '$(FAST)'

test-more: $(VENV)/.installed-suite  ## Run the properties on other examples than every run does, and ten times as many.
	PORTAL_EXAMPLES=10 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile=explore -m '$(MARKS)'

coverage-fast: $(VENV)/.installed-test  ## Run the tests of one process and fail where the branches that they cover fall below their floor.
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m '$(COVERED)' --cov --cov-report= --cov-fail-under=$(COVERED_FAST)

coverage: $(VENV)/.installed-suite  ## Run the whole suite and fail where branch coverage falls below its floor.
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

format: $(VENV)/.installed-test  ## Format the code and mend what ruff can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-docs  ## Build the site of the documentation into build/site.
	$(BIN)/properdocs build --strict

wheel: $(VENV)/.installed-test  ## Build the wheel and the source archive into build/dist, with their checksums.
	rm -rf build/dist
	$(BIN)/python -m hatchling build -d build/dist
	cd build/dist && sha256sum -- * > SHA256SUMS

bench: $(VENV)/.installed-suite  ## Measure everything against peers and floors; write benchmarks/RESULTS.md. Takes most of an hour.
	$(BIN)/python -m benchmarks --rounds $(ROUNDS)

bench-peers: $(VENV)/.installed-suite  ## Install what is measured, and the peers, so that make bench does not have to.
	$(BIN)/python -m benchmarks --prepare

bench-quick: $(VENV)/.installed-suite  ## Say in some minutes which rows moved against benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks --quick --rounds $(ROUNDS)

lock: $(VENV)/.installed-suite  ## Resolve the newest dependencies and write the lock files anew.
	$(BIN)/uv pip compile $(LOCKED) --upgrade --extra suite --output-file requirements/suite.lock pyproject.toml requirements/build.in
	for set in test serve docs; do \
	  $(BIN)/uv pip compile $(LOCKED) --constraint requirements/suite.lock --extra $$set --output-file requirements/$$set.lock pyproject.toml requirements/build.in || exit 1; \
	done

test-newest:  ## Run the whole suite with the newest release of everything.
	rm -rf .venv-newest && $(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --editable '.[suite]'
	.venv-newest/bin/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile=explore

test-lowest: $(VENV)/.installed-suite  ## Run the fast tests with the oldest release of each dependency that is allowed.
	rm -rf .venv-lowest && $(PYTHON) -m venv .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[test]'
	.venv-lowest/bin/python -m pytest -q -n $(WORKERS) --dist worksteal -m '$(FAST)'

clean:
	rm -rf .venv .venv-* build .portal .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

$(VENV)/.installed-%: pyproject.toml requirements/%.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'portal needs Python 3.11 or later; name one with make PYTHON=python3.11'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/$*.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
