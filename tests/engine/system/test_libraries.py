"""The list of libraries matches pyproject.toml and the installed packages."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from engine.system.libraries import LIBRARIES, Library

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = ("onnx",)  # the ones that add something to the program; the others are for its developers


def packages(requirements):
    return {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}


def test_every_dependency_is_listed_and_nothing_else():
    required = {library.package for library in LIBRARIES if not library.extra}
    assert required - {"shiboken6"} == packages(PROJECT["dependencies"])


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_library_of_an_extra_is_listed(extra):
    listed = {library.package for library in LIBRARIES if library.extra == extra}
    assert listed == packages(PROJECT["optional-dependencies"][extra])


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.package)
def test_license_matches_the_package(library):
    """Compare with License-Expression, License or the classifiers in the package metadata."""
    if not library.version:
        pytest.skip("not installed")
    about = metadata.metadata(library.package)
    stated = [about.get("License-Expression"), about.get("License"), *(about.get_all("Classifier") or [])]
    family = library.license.split()[0]
    assert any(family in text for text in stated if text)


def test_missing_library_has_no_version():
    assert Library("no-such-package", "None", "MIT").version == ""
