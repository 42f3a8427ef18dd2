"""Content of the About dialog: version, paper and libraries. Independent of Qt."""

from engine import __version__
from engine.system.libraries import LIBRARIES, Library
from srcnn_gui.runtime.translations import _

PAPER_URL = "https://arxiv.org/abs/1501.00092"
CITATION = (
    "C. Dong, C. C. Loy, K. He, X. Tang: Image Super-Resolution Using Deep Convolutional Networks. "
    "IEEE Transactions on Pattern Analysis and Machine Intelligence 38 (2), 2016."
)


def format_version() -> str:
    """Return the version of the program as text, such as "Version 1.0"."""
    return _("Version {version}").format(version=__version__)


def list_libraries() -> tuple[Library, ...]:
    """Return the installed libraries among those that the program uses."""
    return tuple(library for library in LIBRARIES if library.version)
