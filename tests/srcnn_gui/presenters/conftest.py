"""A picture in a file, to open on a page."""

from pathlib import Path

import pytest

from engine.imaging.codecs import image_files
from tests.srcnn_gui.pages.compare.presenters import texture


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "Bild – 图 1.png"
    image_files.write(texture(60, 75), path)
    return path
