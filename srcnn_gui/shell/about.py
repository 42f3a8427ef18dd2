"""What the program says of itself: version, paper, and whose work is in it. No Qt."""

from dataclasses import dataclass

from engine.system import diagnostics
from srcnn_gui.runtime.translations import _

PAPER = "https://arxiv.org/abs/1501.00092"
CITATION = (
    "C. Dong, C. C. Loy, K. He, X. Tang: Image Super-Resolution Using Deep Convolutional Networks. "
    "IEEE Transactions on Pattern Analysis and Machine Intelligence 38 (2), 2016."
)


@dataclass(frozen=True)
class Library:
    """A library that the program is made with."""

    name: str
    version: str
    licence: str


# As their own packages state them. imagecodecs and Pillow carry codecs that have licences of their own.
_LICENCES = {
    "PySide6-Essentials": "LGPL 3",
    "torch": "BSD 3-Clause",
    "numpy": "BSD 3-Clause",
    "pillow": "MIT-CMU",
    "opencv-python-headless": "Apache 2.0",
    "tifffile": "BSD 3-Clause",
    "imagecodecs": "BSD 3-Clause",
    "h5py": "BSD 3-Clause",
    "safetensors": "Apache 2.0",
    "pyqtgraph": "MIT",
    "typer": "MIT",
    "rich": "MIT",
    "platformdirs": "MIT",
    "polib": "MIT",
    "pooch": "BSD 3-Clause",
    "requests": "Apache 2.0",
    "threadpoolctl": "BSD 3-Clause",
}
_TITLES = {"PySide6-Essentials": "Qt for Python", "torch": "PyTorch", "numpy": "NumPy"} | {
    "pillow": "Pillow",
    "opencv-python-headless": "OpenCV",
    "pyqtgraph": "PyQtGraph",
    "requests": "Requests",
    "pooch": "Pooch",
    "rich": "Rich",
    "typer": "Typer",
}


def version() -> str:
    """The version in words."""
    return _("Version {version}").format(version=diagnostics.version() or "?")


def libraries() -> tuple[Library, ...]:
    """The libraries that are installed, each with its licence."""
    found = [(name, diagnostics.version(name), licence) for name, licence in _LICENCES.items()]
    return tuple(Library(_TITLES.get(name, name), known, licence) for name, known, licence in found if known)
