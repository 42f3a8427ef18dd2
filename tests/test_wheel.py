"""Build the wheel, install it in an empty environment, and use it outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from engine.models.catalog import read_model

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "resources" / "samples" / "cat.png"
WEIGHTS = sorted((ROOT / "weights").glob("*.safetensors"))

pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path, **variables: str) -> str:
    """Return the output of a command. If it fails, fail the test with its stderr."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=inherited | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@dataclass(frozen=True)
class Installed:
    """Environment in which only the wheel is installed. Its dependencies come from this environment."""

    folder: Path

    def path(self, kind: str) -> Path:
        """Return the installation folder for modules ("purelib") or commands ("scripts")."""
        base = str(self.folder)
        return Path(sysconfig.get_path(kind, "venv", {"base": base, "platbase": base}))

    def run(self, program: str, *arguments: object) -> str:
        """Run an installed program outside the checkout, with its own home folder."""
        elsewhere = self.folder.parent
        return run(self.path("scripts") / program, *arguments, cwd=elsewhere, XDG_DATA_HOME=str(elsewhere / "home"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder with the source archive and the wheel built from it."""
    assert WEIGHTS, "weights/ holds no model: a wheel without one cannot enlarge anything"
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """Install the wheel offline. A .pth file adds the libraries of this environment.

    Nested .pth files are not read, because one of them leads to the checkout.
    """
    environment = Installed(tmp_path_factory.mktemp("install") / "environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment.folder, cwd=built)
    python = environment.path("scripts") / "python"
    wheel = next(built.glob("*.whl"))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=built)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (environment.path("purelib") / "lent.pth").write_text("\n".join(sorted(lent)), encoding="utf-8")
    return environment


def test_source_archive_and_wheel_contain_models_and_resources(built):
    wheel = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        source = {name.partition("/")[2] for name in archive.getnames()}

    assert {f"engine/_weights/{path.name}" for path in WEIGHTS} <= wheel
    assert {f"weights/{path.name}" for path in WEIGHTS} <= source
    for path in (ROOT / "resources").rglob("*.*"):  # fails if the wheel lacks a folder
        inside = path.relative_to(ROOT / "resources").as_posix()
        carried = bool({f"engine/_{inside}", f"srcnn_gui/_resources/{inside}"} & wheel)
        assert carried != inside.startswith("desktop/"), inside  # menu entries are only for the packaged program
    assert "resources/samples/astronaut.png" in source
    assert not [name for name in wheel if name.startswith(("tests/", "weights/", "resources/"))]


def test_installed_modules_and_files_are_used_instead_of_the_checkout(installed):
    program = (
        "import engine, srcnn_gui, engine.models.catalog, srcnn_gui.runtime.resources as resources;"
        "print(engine.__file__, srcnn_gui.__file__, engine.models.catalog.built_in_directory(),"
        " resources.resource_path('style', 'style.qss'), resources.sample_path('astronaut.png'), sep='\\n')"
    )

    places = [Path(line) for line in installed.run("python", "-c", program).splitlines()]

    assert all(place.exists() and place.is_relative_to(installed.path("purelib")) for place in places), places


def test_installed_command_upscales_an_image_with_a_built_in_model(installed, tmp_path):
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    with Image.open(SAMPLE) as sample:
        sample.resize((40, 30)).save(small)
    model = read_model(WEIGHTS[0])

    installed.run("srcnn", "upscale", small, "-o", large, "--model", model.name)

    with Image.open(large) as enlarged:
        assert enlarged.size == (40 * model.info.scale, 30 * model.info.scale)


def test_installed_command_reports_errors_with_message_and_exit_status(installed, tmp_path):
    command = [installed.path("scripts") / "srcnn", "upscale", tmp_path / "nothing.png", "-o", tmp_path / "large.png"]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert "nothing.png can't be read" in ran.stderr
    assert "Traceback" not in ran.stderr
