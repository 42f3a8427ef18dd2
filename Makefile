# `make run` opens the window, `make test` runs the tests, `make check` is what a change must pass.

PYTHON ?= python3
SAMPLE ?= resources/samples/astronaut.png
ARGS   ?=
# Processes that run the tests. All tests of the window run in one of them (tests/conftest.py).
WORKERS ?= 2

# The packaged program: made anew when anything that goes into it changes. PyTorch's own index has its CPU build.
APP     := dist/srcnn-studio/srcnn-studio
IN_APP  := $(shell find engine srcnn_gui resources weights -type f -not -name '*.pyc')
ARCHIVE  = dist/srcnn-studio-$(shell $(PY) -m engine --version | cut -d' ' -f2)-$(shell uname -sm | tr 'A-Z ' 'a-z-')
CPU_TORCH := https://download.pytorch.org/whl/cpu

NAME := $(basename $(notdir $(SAMPLE)))
VENV := .venv
PY   := $(VENV)/bin/python

.PHONY: pictures setup run test test-engine check lint format catalogue formats-page translations wheel app app-archive app-check clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.installed

run: setup
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		mkdir -p build; \
		$(PY) -m engine upscale $(SAMPLE) -o build/$(NAME)-simulated-x3.png --scale 3 --simulate \
			--comparison build/$(NAME)-comparison.png || exit 1; \
		echo "There is no display here, so no window was opened. On a desktop, make run opens it; so does $(PY) -m srcnn_gui"; \
	else \
		$(PY) -m srcnn_gui $(SAMPLE); \
	fi

test: $(VENV)/.installed-dev
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# The engine's tests in an environment without Qt: the same packages, linked one by one, but for PySide6.
test-engine: $(VENV)/.installed-dev
	@rm -rf build/without-qt
	@$(PY) -m venv --without-pip build/without-qt
	@for package in $(VENV)/lib/python3*/site-packages/*; do \
		case "$${package##*/}" in PySide6*|pyside6*|shiboken6*) ;; \
		*) ln -s "$(CURDIR)/$$package" build/without-qt/lib/python3*/site-packages/ ;; esac; done
	build/without-qt/bin/python -m pytest tests/engine -n $(WORKERS) --dist loadgroup $(ARGS)

check: lint test

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m tests.words

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix

# What weights/catalogue.toml says comes from the files' own headers.
catalogue: $(VENV)/.installed
	@mkdir -p build
	$(PY) -m engine catalogue > build/catalogue.toml && mv build/catalogue.toml weights/catalogue.toml
	$(PY) -m engine catalogue --markdown > build/models.md && mv build/models.md docs/models.md

# Generate docs/formats.md by writing and reading images of all kinds.
formats-page: $(VENV)/.installed-dev
	@mkdir -p build
	$(PY) -m benchmarks.formats > build/formats.md && mv build/formats.md docs/formats.md

# Add new strings to the translation catalogs and remove strings that are no longer used.
translations: $(VENV)/.installed
	$(PY) -m tests.translations

# Draw the screenshots of the documentation with the window itself.
pictures: $(VENV)/.installed-dev
	$(PY) docs/pictures/draw.py

wheel: $(VENV)/.installed-dev
	$(PY) -m build --no-isolation --outdir dist

# The program for machines without Python, in dist/ (docs/packaging.md).
app: $(APP)

$(APP): build.spec pyproject.toml constraints.txt $(IN_APP) $(VENV)/.installed-package
	$(PY) -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/app build.spec
	@touch $@

app-archive: app
	@if [ "$$(uname -s)" = Darwin ]; then \
		ditto -c -k --keepParent "dist/SRCNN Studio.app" $(ARCHIVE).zip && ls -l $(ARCHIVE).zip; \
	else \
		tar -C dist --sort=name --owner=0 --group=0 --numeric-owner -cf - srcnn-studio | xz -6 -T0 > $(ARCHIVE).tar.xz \
			&& ls -l $(ARCHIVE).tar.xz; \
	fi

# Uses the packaged program for each of its jobs, as somebody without Python would.
app-check: app
	$(PYTHON) tests/packaged/smoke.py dist/srcnn-studio $(ARGS)

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

# On Linux, PyTorch's CPU build, unless there is a PyTorch here already: the usual one has several GB of CUDA in it.
$(VENV)/.installed-package: pyproject.toml constraints.txt | $(PY)
	@if [ "$$(uname -s)" = Linux ] && ! $(PY) -c 'import importlib.metadata as m; m.version("torch")' 2>/dev/null; then \
		$(PY) -m pip install --disable-pip-version-check -c constraints.txt --extra-index-url $(CPU_TORCH) torch; fi
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '.[package]'
	@touch $(VENV)/.installed $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "SRCNN Studio needs Python 3.11 or newer. If you have one under another name: make PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
