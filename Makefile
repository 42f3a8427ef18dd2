# `make run` opens the window, `make test` runs the tests, and `make check` runs all checks that a change must pass.

PYTHON ?= python3
SAMPLE ?= resources/samples/astronaut.png
ARGS   ?=
# Number of test processes. All tests of the window run in the same process (tests/conftest.py).
WORKERS ?= 2

# The packaged program, which is rebuilt if one of its files changes. PyTorch's own index has the CPU build.
APP     := dist/srcnn-studio/srcnn-studio
IN_APP  := $(shell find engine srcnn_gui resources weights -type f -not -name '*.pyc')
ARCHIVE  = dist/srcnn-studio-$(shell $(PY) -m engine --version | cut -d' ' -f2)-$(shell uname -sm | tr 'A-Z ' 'a-z-')
CPU_TORCH := https://download.pytorch.org/whl/cpu

NAME := $(basename $(notdir $(SAMPLE)))
VENV := .venv
PY   := $(VENV)/bin/python

.PHONY: screenshots setup run test test-engine check lint format catalogue formats-page translations wheel app app-archive app-check clean
.DEFAULT_GOAL := setup

setup: $(VENV)/.installed

run: setup
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		mkdir -p build; \
		$(PY) -m engine upscale $(SAMPLE) -o build/$(NAME)-simulated-x3.png --scale 3 --simulate \
			--comparison build/$(NAME)-comparison.png || exit 1; \
		echo "No window was opened, because there is no display. On a desktop, use make run or $(PY) -m srcnn_gui."; \
	else \
		$(PY) -m srcnn_gui $(SAMPLE); \
	fi

test: $(VENV)/.installed-dev
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# Run the engine's tests in an environment without Qt, which has links to all other packages.
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

# Generate weights/catalogue.toml and docs/models.md from the headers of the weights files. The last section of the page
# is measured with `python -m benchmarks.photos`.
catalogue: $(VENV)/.installed
	@mkdir -p build
	$(PY) -m engine catalogue > build/catalogue.toml && mv build/catalogue.toml weights/catalogue.toml
	($(PY) -m engine catalogue --markdown; echo; cat benchmarks/photos.md) > build/models.md && mv build/models.md docs/models.md

# Generate docs/formats.md by writing and reading images of all kinds.
formats-page: $(VENV)/.installed-dev
	@mkdir -p build
	$(PY) -m benchmarks.formats > build/formats.md && mv build/formats.md docs/formats.md

# Add new strings to the translation catalogs and remove strings that are no longer used.
translations: $(VENV)/.installed
	$(PY) -m tests.translations

# Draw the screenshots of the documentation with the window itself.
screenshots: $(VENV)/.installed-dev
	$(PY) docs/screenshots/draw.py

wheel: $(VENV)/.installed-dev
	$(PY) -m build --no-isolation --outdir dist

# Build the standalone program in dist/ (docs/packaging.md).
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

# Test the packaged program: run each of its jobs without the Python environment.
app-check: app
	$(PYTHON) tests/packaged/smoke.py dist/srcnn-studio $(ARGS)

# Remove all generated files except the environment. To remove that too, use `rm -r .venv`.
clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path './$(VENV)' -prune -o -name __pycache__ -prune -exec rm -rf {} +

# One stamp file for each kind of installation, which is repeated only if the requirements change.
$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(PY)
	$(PY) -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.installed $@

# On Linux, install PyTorch's CPU build if PyTorch is missing. The default build contains several GB of CUDA.
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
