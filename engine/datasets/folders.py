"""Folders of pictures."""

from pathlib import Path

from engine.errors import NoPictures, mark
from engine.imaging.codecs.formats import FORMATS

STARTER = "starter"  # what a person calls the folder of `starter_folder`
_JUNK = frozenset((".ds_store", "thumbs.db", "desktop.ini"))


def pictures_in(folder: Path) -> list[Path]:
    """The picture files directly in a folder, by name; system junk (`._*`, `Thumbs.db`) is left out.

    Raises
    ------
    NoPictures
        If it is no folder, or holds none.
    """
    if not folder.is_dir():
        raise NoPictures(folder=folder, reason=mark("It is not a folder."))
    files = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in FORMATS and not _is_junk(path.name) and path.is_file()
    ]
    if not files:
        raise NoPictures(
            folder=folder, reason=mark("PNG, JPEG, TIFF, WebP, AVIF and other usual picture files count.")
        )
    return files


def starter_folder() -> Path:
    """Where the few free photographs lie that come with the program, to try things and to train on without a network.

    In a checkout, an installation or a bundle; resources/samples/README.md says whose they are.
    """
    engine = Path(__file__).resolve().parents[1]
    installed = engine / "_samples"
    return installed if installed.is_dir() else engine.parent / "resources" / "samples"


def _is_junk(name: str) -> bool:
    """Whether a file is one that systems leave behind, even if it is called like a picture."""
    return name.startswith("._") or name.lower() in _JUNK
