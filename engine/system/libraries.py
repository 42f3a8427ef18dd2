"""List of third-party libraries, for the About dialog, the diagnostics and the packaged app."""

from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Library:
    """Third-party library that the program uses.

    Attributes
    ----------
    package : name on PyPI
    title : display name
    license : name of the license
    extra : optional dependency group in pyproject.toml that installs the library; empty if it is always installed
    """

    package: str
    title: str
    license: str
    extra: str = ""

    @property
    def version(self) -> str:
        """Installed version; an empty string if the library is not installed."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return ""


# imagecodecs and Pillow also contain codecs with other licenses.
LIBRARIES = (
    Library("PySide6-Essentials", "Qt for Python", "LGPL 3"),
    Library("shiboken6", "Shiboken", "LGPL 3"),  # installed with PySide6
    Library("torch", "PyTorch", "BSD 3-Clause"),
    Library("numpy", "NumPy", "BSD 3-Clause"),
    Library("pillow", "Pillow", "MIT-CMU"),
    Library("pylibjxl", "pylibjxl", "BSD 3-Clause"),
    Library("pi-heif", "pi-heif", "BSD 3-Clause"),  # contains libheif and libde265, which are under the LGPL 3
    Library("opencv-python-headless", "OpenCV", "Apache 2.0"),
    Library("tifffile", "tifffile", "BSD 3-Clause"),
    Library("imagecodecs", "imagecodecs", "BSD 3-Clause"),
    Library("h5py", "h5py", "BSD 3-Clause"),
    Library("ncnn", "ncnn", "BSD 3-Clause"),
    Library("safetensors", "safetensors", "Apache 2.0"),
    Library("pyqtgraph", "PyQtGraph", "MIT"),
    Library("typer", "Typer", "MIT"),
    Library("rich", "Rich", "MIT"),
    Library("platformdirs", "platformdirs", "MIT"),
    Library("polib", "polib", "MIT"),
    Library("pooch", "Pooch", "BSD 3-Clause"),
    Library("requests", "Requests", "Apache 2.0"),
    Library("threadpoolctl", "threadpoolctl", "BSD 3-Clause"),
    Library("onnx", "ONNX", "Apache 2.0", extra="onnx"),
    Library("onnxruntime", "ONNX Runtime", "MIT", extra="onnx"),
)
