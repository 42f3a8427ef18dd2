"""Image files for a test of the window."""

from pathlib import Path

from engine.imaging.codecs import image_files
from tests.srcnn_gui.pages.compare.presenters import texture


def make_images(folder: Path, count: int) -> Path:
    """A folder with small images: 0.png, 1.png and so on."""
    folder.mkdir()
    for number in range(count):
        image_files.write(texture(20, 30), folder / f"{number}.png")
    return folder
