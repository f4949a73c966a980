# Each target sets up what it needs by itself: Python 3.11 or later, git and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
WORLD  ?= busy_morning

.PHONY: run test nightly check lint format sandbox bench pictures clean

run: $(READY)  ## open the board on a fresh copy of the shipped desk, its times moved to now
	@desk=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-desk-XXXXXX") && \
	path=$$(PYTHONPATH=tests $(BIN)/python -m worlds shipped "$$desk/desk") && \
	$(BIN)/fenji --desk "$$path" && echo "That desk lies in $$path"

test: $(READY)  ## run the tests on all cores
	$(BIN)/pytest -n auto

nightly: $(READY)  ## the tests with their long sweeps
	FENJI_NIGHTLY=20 $(BIN)/pytest -n auto --nightly

check: lint test  ## all that .ci/run does

lint: $(READY)
	$(BIN)/ruff format --check src tests bench docs
	$(BIN)/ruff check src tests bench docs
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format src tests bench docs
	$(BIN)/ruff check --fix src tests bench docs

sandbox: $(READY)  ## open a named desk to play with: make sandbox WORLD=bad_files
	@desk=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-desk-XXXXXX") && \
	path=$$(PYTHONPATH=tests $(BIN)/python -m worlds $(WORLD) "$$desk/desk") && $(BIN)/fenji --desk "$$path"

bench: $(READY)  ## speed against a floor or a peer taken in the same run
	@for one in bench/*.py; do echo "== $$one"; PYTHONPATH=tests $(BIN)/python $$one || exit 1; done

pictures: $(READY)  ## draw docs/pictures anew
	PYTHONPATH=tests $(BIN)/python -m pictures docs/pictures

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis index

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "fenji needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian install python3-venv."; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
