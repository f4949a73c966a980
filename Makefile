# Each target sets up what it needs by itself: Python 3.11 or later, git and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
WORLD  ?= busy_morning
SPREAD := -n auto --dist worksteal

.PHONY: run test nightly check lint format sandbox bench lowest whoosh-reloaded pictures catalogues clean

run: $(READY)  ## open the board on a fresh copy of the shipped desk, its open tickets moved to now
	@desk=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-desk-XXXXXX") && \
	path=$$(PYTHONPATH=tests $(BIN)/python -m worlds whole "$$desk/desk") && \
	$(BIN)/fenji --desk "$$path" && echo "That desk lies in $$path"

test: $(READY)  ## run the tests on all cores
	$(BIN)/pytest $(SPREAD)

nightly: $(READY)  ## the tests with their long sweeps, then once with other libraries
	FENJI_NIGHTLY=20 $(BIN)/pytest $(SPREAD) --nightly
	$(MAKE) lowest whoosh-reloaded

check: lint test  ## all that .ci/run does

lint: $(READY)
	$(BIN)/ruff format --check src tests bench docs hatch_build.py
	$(BIN)/ruff check src tests bench docs hatch_build.py
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format src tests bench docs hatch_build.py
	$(BIN)/ruff check --fix src tests bench docs hatch_build.py

sandbox: $(READY)  ## open a named desk to play with: make sandbox WORLD=bad_files
	@desk=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-desk-XXXXXX") && \
	path=$$(PYTHONPATH=tests $(BIN)/python -m worlds $(WORLD) "$$desk/desk") && $(BIN)/fenji --desk "$$path"

bench: $(READY)  ## speed against a floor or a peer taken in the same run
	@for bench in bench/*.py; do echo "== $$bench"; PYTHONPATH=tests $(BIN)/python $$bench || exit 1; done

lowest:  ## the tests with the lowest versions of the libraries that pyproject.toml allows, in an environment of its own
	@folder=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-lowest-XXXXXX") && chmod 755 "$$folder" && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check 'pip>=25.1' && \
	$(PYTHON) tests/lowest.py > "$$folder/constraints.txt" && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check --constraint "$$folder/constraints.txt" \
	--editable . --group test && "$$folder/bin/pytest" $(SPREAD); \
	done=$$?; rm -rf "$$folder"; exit $$done

whoosh-reloaded:  ## the tests of search with Whoosh-Reloaded 2.7.5 in the place of whoosh3, in an environment of its own
	@folder=$$(mktemp -d "$${TMPDIR:-/tmp}/fenji-whoosh-XXXXXX") && chmod 755 "$$folder" && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check 'pip>=25.1' && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check --editable . --group test && \
	"$$folder/bin/pip" uninstall --quiet --yes whoosh3 && \
	"$$folder/bin/pip" install --quiet --disable-pip-version-check 'Whoosh-Reloaded==2.7.5' && \
	"$$folder/bin/pytest" $(SPREAD) tests/test_search*.py tests/test_publish*.py tests/test_desk_search.py tests/test_synonyms.py; \
	done=$$?; rm -rf "$$folder"; exit $$done

catalogues: $(READY)  ## bring the .po files up to date with what the source says
	PYTHONPATH=tests $(BIN)/python -m sentences

pictures: $(READY)  ## draw docs/pictures anew
	PYTHONPATH=tests $(BIN)/python -m pictures docs/pictures

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis src/fenji/i18n/*.mo src/fenji/i18n/handbook.yaml
	find index -mindepth 1 ! -name README.md -delete 2>/dev/null || true

# Installing compiles the catalogues, so it is done again when one of them has changed.
$(READY): pyproject.toml hatch_build.py handbook.yaml $(wildcard src/fenji/i18n/*.po)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "fenji needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian install python3-venv."; exit 1; }
	@$(BIN)/python -c 'import sys, pip; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (25, 1))' || \
	$(BIN)/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@
