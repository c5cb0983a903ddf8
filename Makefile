# Each target sets itself up: a fresh machine needs Python 3.11 or newer, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench pictures clean

help:  ## Say what can be made
	@echo 'usage: make TARGET [PYTHON=python3.13]'
	@echo
	@sed -n 's/^\([a-z]*\):.*##/  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

demo: $(VENV)/.ready-demo  ## Play the scenario: a flow log recreated behind Pulumi's back, found
	@$(BIN)/drift demo -o html=drift-demo.html

test: $(VENV)/.ready-dev  ## Run every test, with coverage; a Pulumi engine is built where Go is
	@command -v go >/dev/null && $(BIN)/python -m tests.engine.build_engine || true
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup --cov

lint: $(VENV)/.ready-dev  ## Check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-dev  ## Measure drift beside what else could do its work
	$(BIN)/python -m tests.bench.run

pictures: $(VENV)/.ready-dev  ## Make the pictures of the README anew; needs a Chromium
	$(BIN)/python -m tests.pictures.report
	$(BIN)/python -m tests.pictures.comment

clean:  ## Remove all that make made here
	rm -rf $(VENV) dist drift-demo.html .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

# -- set-up: a stamp is written last, so a half-finished one is simply begun again -------------------

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$(PYTHON) is not Python 3.11 or newer. Name one that is: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.ready-demo: pyproject.toml constraints.txt | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.ready-demo $@
