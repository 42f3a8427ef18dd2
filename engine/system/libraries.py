"""The third-party libraries of the program, for About, the diagnostics and the packaged app."""

from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Library:
    """A third-party library.

    Attributes
    ----------
    package : its name on PyPI
    title : its display name
    license : the license that its package states
    extra : the optional dependency in pyproject.toml that installs it; empty if it is always installed
    """

    package: str
    title: str
    license: str
    extra: str = ""

    @property
    def version(self) -> str:
        """The installed version; empty if the library is not installed."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return ""


# imagecodecs and Pillow bundle codecs that have licenses of their own.
LIBRARIES = (
    Library("PySide6-Essentials", "Qt for Python", "LGPL 3"),
    Library("shiboken6", "Shiboken", "LGPL 3"),  # comes with PySide6
    Library("torch", "PyTorch", "BSD 3-Clause"),
    Library("numpy", "NumPy", "BSD 3-Clause"),
    Library("pillow", "Pillow", "MIT-CMU"),
    Library("opencv-python-headless", "OpenCV", "Apache 2.0"),
    Library("tifffile", "tifffile", "BSD 3-Clause"),
    Library("imagecodecs", "imagecodecs", "BSD 3-Clause"),
    Library("h5py", "h5py", "BSD 3-Clause"),
    Library("safetensors", "safetensors", "Apache 2.0"),
    Library("pyqtgraph", "PyQtGraph", "MIT"),
    Library("typer", "Typer", "MIT"),
    Library("rich", "Rich", "MIT"),
    Library("platformdirs", "platformdirs", "MIT"),
    Library("polib", "polib", "MIT"),
    Library("pooch", "Pooch", "BSD 3-Clause"),
    Library("requests", "Requests", "Apache 2.0"),
    Library("threadpoolctl", "threadpoolctl", "BSD 3-Clause"),
    Library("pillow-heif", "pillow-heif", "BSD 3-Clause", extra="heif"),
    Library("onnx", "ONNX", "Apache 2.0", extra="onnx"),
    Library("onnxruntime", "ONNX Runtime", "MIT", extra="onnx"),
)
