# `make run` opens the window, `make test` runs the tests, `make check` is what a change must pass.

PYTHON ?= python3
SAMPLE ?= resources/samples/astronaut.png
ARGS   ?=

NAME := $(basename $(notdir $(SAMPLE)))
VENV := .venv
PY   := $(VENV)/bin/python

.PHONY: setup run test test-engine check lint format catalogue formats-page wheel clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.installed

run: setup
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		mkdir -p build; \
		$(PY) -m engine upscale $(SAMPLE) -o build/$(NAME)-x3.png --scale 3 --reference \
			--comparison build/$(NAME)-comparison.png || exit 1; \
		echo "There is no display here, so no window was opened. On a desktop, make run opens it; so does $(PY) -m srcnn_gui"; \
	else \
		$(PY) -m srcnn_gui $(SAMPLE); \
	fi

test: $(VENV)/.installed-dev
	$(PY) -m pytest $(ARGS)

# The engine's tests in an environment without Qt: the same packages, linked one by one, but for PySide6.
test-engine: $(VENV)/.installed-dev
	@rm -rf build/without-qt
	@$(PY) -m venv --without-pip build/without-qt
	@for package in $(VENV)/lib/python3*/site-packages/*; do \
		case "$${package##*/}" in PySide6*|pyside6*|shiboken6*) ;; \
		*) ln -s "$(CURDIR)/$$package" build/without-qt/lib/python3*/site-packages/ ;; esac; done
	build/without-qt/bin/python -m pytest tests/engine $(ARGS)

check: lint test

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix

# What weights/catalogue.toml says comes from the files' own headers.
catalogue: $(VENV)/.installed
	@mkdir -p build
	$(PY) -m engine catalogue > build/catalogue.toml && mv build/catalogue.toml weights/catalogue.toml
	$(PY) -m engine catalogue --markdown > build/models.md && mv build/models.md docs/models.md

# What docs/formats.md says was found by writing and reading every kind of picture.
formats-page: $(VENV)/.installed-dev
	@mkdir -p build
	$(PY) -m benchmarks.formats > build/formats.md && mv build/formats.md docs/formats.md

wheel: $(VENV)/.installed-dev
	$(PY) -m build --no-isolation --outdir dist

# Everything that was made but the environment; `rm -r .venv` takes that.
clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path './$(VENV)' -prune -o -name __pycache__ -prune -exec rm -rf {} +

# A stamp a kind of installation: it is done again only when what is installed changes.
$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(PY)
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.installed $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "SRCNN Studio needs Python 3.11 or newer. If you have one under another name: make PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
