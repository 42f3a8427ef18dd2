"""The import contracts in pyproject.toml, checked at run time in new Python processes."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from engine import __version__
from tests import qt_available

ROOT = Path(__file__).parent.parent
PAGES = [f"pages/{page}" for page in ("batch", "benchmark", "compare", "train")]
JOBS = ("batch", "datasets", "evaluation", "training", "upscaling")
REQUESTS = [f"{package}/request.py" for package in JOBS]
EVENTS = [f"{package}/events.py" for package in JOBS]

BLOCKER_CODE = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is blocked in this test", name=name)

sys.meta_path.insert(0, Blocker())
"""


def run_python(program: str) -> str:
    """Run a program in a new Python process in the checkout, and return its output."""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def import_all(names: list[str], *, blocked: set[str]) -> None:
    """Import modules in a new process in which the `blocked` packages cannot be imported."""
    assert names
    run_python(f"BLOCKED = {blocked!r}\n{BLOCKER_CODE}\n" + "\n".join(f"import {name}" for name in names))


def modules(*places: str) -> list[str]:
    """Return the dotted names of all modules in these files and folders, except `__main__`."""
    files = chain.from_iterable(sources(place) for place in places)
    dotted = (file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for file in files)
    return sorted(name.removesuffix(".__init__") for name in dotted if not name.endswith("__main__"))


def sources(place: str) -> Iterator[Path]:
    """Yield a Python file, or all Python files in a folder."""
    path = ROOT / place
    yield from [path] if path.suffix == ".py" else path.rglob("*.py")


def test_the_engine_imports_without_qt():
    import_all(modules("engine"), blocked={"PySide6", "shiboken6", "srcnn_gui"})


def test_presenters_and_texts_import_without_qt():
    pages = [f"{page}/{name}.py" for page in PAGES for name in ("presenter", "request", "state", "text")]
    shared = ["settings/model_menu.py", "settings/options.py", "settings/text.py", "runtime/translations.py"]
    existing = [name for name in pages + shared if (ROOT / "srcnn_gui" / name).exists()]

    import_all(modules(*(f"srcnn_gui/{name}" for name in existing)), blocked={"PySide6", "shiboken6"})


@pytest.mark.parametrize(
    "light", ["imaging", "datasets", "system", "models/catalog.py", "errors.py", *REQUESTS, *EVENTS]
)
def test_modules_without_networks_import_without_torch(light):
    import_all(modules(f"engine/{light}"), blocked={"torch"})


def test_command_line_imports_without_torch():
    import_all(["engine.cli"], blocked={"torch"})


@pytest.mark.skipif(qt_available.UNAVAILABLE_REASON is not None, reason=str(qt_available.UNAVAILABLE_REASON))
@pytest.mark.parametrize(
    "heavy", ["torch", "pyqtgraph", "tifffile", "imagecodecs", "engine.imaging.codecs.image_files"]
)
def test_window_does_not_import_slow_modules_at_start(heavy):
    loaded = run_python(f"import sys, srcnn_gui.app; print({heavy!r} in sys.modules)")

    assert loaded.strip() == "False"


@pytest.mark.parametrize("module", ["engine", "srcnn_gui"])
def test_version_is_printed_without_torch_or_qt(module):
    program = (
        f"BLOCKED = {{'torch', 'PySide6', 'shiboken6'}}\n{BLOCKER_CODE}\n"
        f"import runpy\nsys.argv = [{module!r}, '--version']\n"
        f"try: runpy.run_module({module!r}, run_name='__main__')\n"
        "except SystemExit as end: assert not end.code, end.code"
    )

    assert run_python(program).strip().endswith(__version__)


def test_screen_of_a_widget_is_not_used():
    """`QWidget.screen` would make the screen a child of the widget (srcnn_gui/ui/screen_size.py)."""
    sources = sorted((ROOT / "srcnn_gui").rglob("*.py"))
    asking = [path.name for path in sources if ".screen()" in path.read_text(encoding="utf-8")]
    assert asking == ["screen_size.py"], "see screen_size.py"
