"""Size of the packaged program by component, for the table in docs/packaging.md.

python -m benchmarks.app_size [dist/srcnn-studio]
"""

import argparse
import re
from collections import Counter
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_BUDGET_MB = 820
# Component names and patterns. The first pattern that matches the start of a path in _internal is used.
_COMPONENTS = (
    ("torch: library for CPUs", r"torch/lib/(lib)?torch_cpu\."),
    ("torch, the rest", r"torch"),
    ("Qt and PySide", r"PySide6|shiboken6|libicu"),
    ("OpenCV: video codecs", r"(opencv_python_headless\.libs|cv2/\.dylibs)/lib(av|sw|vpx|crypto|ssl|drm)"),
    ("OpenCV: linear algebra", r"(opencv_python_headless\.libs|cv2/\.dylibs)/lib(openblas|gfortran|quadmath)"),
    ("OpenCV, the rest", r"opencv_python|cv2"),
    ("NumPy", r"numpy"),
    (
        "Image formats (Pillow, imagecodecs, tifffile, pylibjxl, pi-heif)",
        r"PIL|pillow|imagecodecs|tifffile|pylibjxl|_?pi_heif",
    ),
    ("HDF5 (h5py)", r"h5py"),
    ("ncnn", r"ncnn"),
    ("Python and its library", r"libpython|python3|base_library|lib-dynload"),
    ("The program: code, models, samples, icons", r"engine|srcnn_gui"),
    ("System libraries (X11, GLib and others)", r"lib[^/]*$"),
    ("Other packages", r""),
)


def main() -> None:
    """Print the size of each component."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("built", type=Path, nargs="?", default=_ROOT / "dist" / "srcnn-studio")
    built = parser.parse_args().built
    sizes: Counter[str] = Counter()
    visited = set()
    for path in built.rglob("*"):
        if not path.is_file() or path.is_symlink() or path.stat().st_ino in visited:
            continue
        visited.add(path.stat().st_ino)  # hard links count once
        sizes[component_of(path.relative_to(built).as_posix())] += path.stat().st_size
    total = sum(sizes.values())
    print("| Component | MB | Fraction |\n|---|---|---|")
    for name, size in sizes.most_common():
        print(f"| {name} | {size / 1e6:.1f} | {size / total:.0%} |")
    print(f"| **Total** (budget {_BUDGET_MB}) | **{total / 1e6:.1f}** | |")


def component_of(file_path: str) -> str:
    """Return the name of the component that a file of the packaged program belongs to."""
    inside, _, rest = file_path.partition("_internal/")
    if inside:
        return (
            "The two programs: launcher, and all Python code, compressed"
            if file_path.startswith("srcnn")
            else "Licenses"
        )
    return next(name for name, pattern in _COMPONENTS if re.match(pattern, rest))


if __name__ == "__main__":
    main()
