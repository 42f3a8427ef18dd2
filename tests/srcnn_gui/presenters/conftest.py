"""A picture in a file, to open on a page."""

from pathlib import Path

import pytest

from engine.imaging import pictures
from tests.srcnn_gui.presenters.pages import texture


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "Bild – 图 1.png"
    pictures.write(texture(60, 75), path)
    return path
