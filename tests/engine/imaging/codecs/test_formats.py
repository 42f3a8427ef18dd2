"""docs/formats.md is current, and its results are correct."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import formats
from engine.errors import EngineError
from engine.imaging.codecs import image_files
from tests import corpus

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def page():
    return formats.page()


def test_formats_page_is_current(page):
    assert (ROOT / "docs" / "formats.md").read_text(encoding="utf-8") == page, "run `make formats-page`"


def test_every_conversion_is_correct_or_refused(page):
    assert formats.WRONG not in page
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    cells = {cell.strip("| ") for row in rows for cell in row[1:]}
    marks = {cell.removeprefix("refused ") for cell in cells if cell.startswith("refused")}
    sentences = [line for line in page.split("## The sentences")[1].splitlines() if line]
    assert {mark.strip("[]") for mark in marks} == {line.split(".")[0] for line in sentences}
    assert all(line.endswith(".") for line in sentences)


def test_every_mode_is_lossless_in_png_or_tiff(page):
    for title in corpus.modes():
        rows = [line for line in page.splitlines() if line.startswith((f"| png | {title} |", f"| tif | {title} |"))]
        assert any("| exact |" in row and "upright" in row for row in rows), title


@pytest.mark.parametrize("title", corpus.only_read())
def test_read_only_formats_have_the_right_colors(title):
    """All files contain the same texture; compare the center pixels."""
    name, content = corpus.only_read()[title]
    try:
        result = image_files.decode(content, name)
    except EngineError:
        assert "refused" in next(
            line for line in formats.read_table(formats.Footnotes()) if line.startswith(f"| {title} |")
        )
        return
    if "CMYK" in title or "1 bit" in title or title in ("PBM", "ICO"):
        return  # other colors or another size, tested by themselves
    ground_truth = corpus.texture(result.pixels.shape[2], result.bits)
    assert formats.difference(result.pixels, ground_truth) < 8  # JPEG at quality 75, 200 colors


def test_hundreds_of_damaged_images():
    """No crash, no timeout, no excessive memory, only engine errors. See benchmarks/fuzz.py."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--cases", "400", "--workers", "1", "--first", "700000"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "400 cases" in ran.stdout
