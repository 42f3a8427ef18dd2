"""Image files for window tests."""

from pathlib import Path

from engine.imaging.codecs import image_files
from tests.srcnn_gui.pages.compare.presenters import texture


def make_images(folder: Path, count: int) -> Path:
    """Create a folder with small images: 0.png, 1.png and so on."""
    folder.mkdir()
    for number in range(count):
        image_files.write(texture(20, 30), folder / f"{number}.png")
    return folder
