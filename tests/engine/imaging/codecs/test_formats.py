"""docs/formats.md is up to date, and the conversions that it lists are correct."""

import re
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
    return formats.build_page()


def test_formats_page_is_current(page):
    assert (ROOT / "docs" / "formats.md").read_text(encoding="utf-8") == page, "run `make formats-page`"


def test_every_conversion_is_correct_or_has_a_message(page):
    assert formats.WRONG not in page
    tables, messages = page.split("## Messages")
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", tables)}
    lines = [line for line in messages.splitlines() if line]
    assert marks == {int(line.split(".")[0]) for line in lines}
    assert all(line.endswith(".") for line in lines)


def test_png_and_tiff_together_store_every_kind_of_pixels():
    rows = [formats.pixels_row(name, formats.Footnotes()) for name in ("a.png", "a.tif")]
    assert all(any(set(row[kind]) == {"exact"} for row in rows) for kind in rows[0])


@pytest.mark.parametrize("title", corpus.read_only_formats())
def test_read_only_formats_have_the_right_colors(title):
    """All files contain the same texture, so their center pixels are compared."""
    name, content = corpus.read_only_formats()[title]
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


def test_damaged_images_are_decoded_or_raise_an_engine_error():
    """No crash, no timeout, no excessive memory, only engine errors. See benchmarks/fuzz.py."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--cases", "400", "--workers", "1", "--first", "700000"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "400 cases" in ran.stdout
