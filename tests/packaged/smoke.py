"""Test the packaged program without Python: python tests/packaged/smoke.py dist/srcnn-studio

The program is copied to a folder whose name has spaces and non-Latin letters. It gets an empty home folder and PATH,
and runs each of its commands. The exit status is not 0 if one of them fails. Without a display, the window is skipped,
unless `--window` is given. This script needs only the standard library of Python.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import time

_PATIENCE_S = 400
_SCORE_TOLERANCE_DB = 0.001
_LINES = 15  # of the output of a program that failed
_WINDOWS = sys.platform == "win32"
_KEPT = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "QT_QPA_PLATFORM", "SYSTEMROOT", "WINDIR")


class Failed(Exception):
    """Raised with a description of what went wrong."""


class Program:
    """Copy of the packaged program, with its own home folder."""

    def __init__(self, built: Path, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._root = folder / "Ein Ördner mit Leerzeichen 图片" / built.name
        link = shutil.copy2 if _WINDOWS else _link
        shutil.copytree(built, self._root, symlinks=True, copy_function=link)
        self._programs = self._root / "Contents" / "MacOS" if self._root.suffix == ".app" else self._root
        self._before = self.files()

    def files(self) -> set[tuple[str, int]]:
        """Return the path and the modification time of each file of the program."""
        return {(str(path), path.stat().st_mtime_ns) for path in self._root.rglob("*") if path.is_file()}

    def run(self, name: str, *arguments: object, fails: bool = False) -> str:
        """Return the output of a command. Raise Failed if its exit status is unexpected."""
        variables = {key: os.environ[key] for key in _KEPT if key in os.environ}
        own = {"HOME": str(self.home), "USERPROFILE": str(self.home), "APPDATA": str(self.home), "PATH": ""}
        command = [str(self._programs / (name + (".exe" if _WINDOWS else ""))), *map(str, arguments)]
        own |= {"LOCALAPPDATA": str(self.home), "PYTHONIOENCODING": "utf-8"}
        ran = subprocess.run(
            command, cwd=self.home, env=variables | own, capture_output=True, timeout=_PATIENCE_S, check=False
        )
        out, err = (text.decode("utf-8", "replace") for text in (ran.stdout, ran.stderr))
        if (ran.returncode != 0) != fails:
            document = "\n".join(f"{out}\n{err}".strip().splitlines()[-_LINES:])
            raise Failed(f"{' '.join(command)}\nended with {ran.returncode}\n{document}")
        return out

    def changed(self) -> list[str]:
        """Return the files in the program's folder that were changed since the copy."""
        return sorted({path for path, _time in self.files() ^ self._before})


def _link(source: str, target: str) -> None:
    """Create a hard link, or copy the file if it is on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def version(program: Program, expected: str) -> str:
    """Check that both programs print the version of the source."""
    document = {name: program.run(name, "--version").split() for name in ("srcnn", "srcnn-studio")}
    if _WINDOWS:
        document.pop("srcnn-studio")  # a program with a window has no standard output
    if any(words[-1:] != [expected] for words in document.values()):
        raise Failed(f"The version is {document} instead of {expected}")
    return expected


def models(program: Program, _image: Path) -> str:
    """Check that all built-in models are listed."""
    expected = {path.stem for path in (Path(__file__).parents[2] / "weights").glob("*.safetensors")}
    names = {model["name"] for model in json.loads(program.run("srcnn", "models", "--json"))}
    if not expected or names != expected:
        raise Failed(f"The models are {sorted(names)} instead of {sorted(expected)}")
    return f"{len(names)} models"


def automatic(program: Program, image: Path) -> str:
    """Check that a JPEG file is upscaled with a photo model."""
    folder = program.home / "automatic"
    folder.mkdir()
    jpeg = folder / "photo.jpg"
    program.run("srcnn", "upscale", image, "-o", jpeg, "--scale", "1.2", "--quality", "70")
    command = ("srcnn", "upscale", jpeg, "-o", folder / "large.png", "--scale", "2", "--json")
    model = json.loads(program.run(*command))["model"]
    if model != "photo-medium-s-x2":
        raise Failed(f"The model is {model}")
    return model


def upscale(program: Program, image: Path) -> str:
    """Check that an image is upscaled with a better score than bicubic."""
    out = program.home / "größer 大.png"
    document = json.loads(program.run("srcnn", "upscale", image, "-o", out, "--simulate", "--json"))
    bicubic, model = (document["scores"][which]["psnr"] for which in ("bicubic", "model"))
    if not (out.exists() and model > bicubic):
        raise Failed(f"upscale printed {document}")
    return f"{bicubic:.2f} -> {model:.2f} dB"


def vulkan(program: Program, image: Path) -> str:
    """A Vulkan device gives the scores of the CPU. Without one, a message says why."""
    out = program.home / "vulkan.png"
    command = ("srcnn", "upscale", image, "-o", out, "--simulate", "--json")
    on_gpu, on_cpu = (
        json.loads(program.run(*command, "--device", device, "--precision", "float32")) for device in ("vulkan", "cpu")
    )
    scores = [document["scores"]["model"]["psnr"] for document in (on_gpu, on_cpu)]
    if abs(scores[0] - scores[1]) > _SCORE_TOLERANCE_DB:
        raise Failed(f"{on_gpu['device']} gave {scores[0]} dB, and the CPU {scores[1]} dB")
    if "Vulkan" in on_gpu["device"]:
        return str(on_gpu["device"])
    missing = json.loads(program.run("srcnn", "diagnostics", "--json")).get("Vulkan", {}).get("missing", "")
    if not missing or "ncnn" in missing:
        raise Failed(f"{on_gpu['device']} was used instead of Vulkan. {missing}")
    return f"no driver: {missing}"


def formats(program: Program, image: Path) -> str:
    """Check that written files can be read again, so the codecs are included."""
    options = {"tif": ["--bits", "16"], "avif": [], "webp": []}
    folder, again = program.home / "formats", program.home / "read again"
    folder.mkdir()
    for ending, more in options.items():
        program.run("srcnn", "upscale", image, "-o", folder / f"{ending}.{ending}", "--scale", "1.2", *more)
    program.run("srcnn", "batch", folder, again, "--scale", "1.2", "--format", "png")
    if len(list(again.rglob("*.png"))) != len(options):
        raise Failed(f"Of {list(options)} only {list(again.rglob('*.*'))} was read again")
    return ", ".join(options)


def refusal(program: Program, _image: Path) -> str:
    """Check that an error gives an exit status other than 0."""
    program.run("srcnn", "upscale", program.home / "nothing.png", "-o", program.home / "x.png", fails=True)
    return "status not 0"


def evaluate(program: Program, image: Path) -> str:
    """Check that a folder of images is scored."""
    document = json.loads(program.run("srcnn", "evaluate", image.parent, "--scale", "3", "--json"))
    return f"{len(document['images'])} images"


def batch(program: Program, image: Path) -> str:
    """Check that a folder is upscaled, and that a second run changes nothing."""
    out = program.home / "upscaled"
    program.run("srcnn", "batch", image.parent, out, "--scale", "2")
    result_files = sorted(out.rglob("*.*"))
    program.run("srcnn", "batch", image.parent, out, "--scale", "2")
    if not result_files or result_files != sorted(out.rglob("*.*")):
        raise Failed(f"The batch made {result_files}, then {sorted(out.rglob('*.*'))}")
    return f"{len(result_files)} images"


def train(program: Program, image: Path) -> str:
    """Check that a model can be trained for a few steps and used."""
    model = program.home / "mine.safetensors"
    program.run("srcnn", "train", "starter", "--steps", "3", "--validation", "1", "--output", model)
    program.run("srcnn", "upscale", image, "-o", program.home / "by mine.png", "--model", model)
    return "3 steps"


def window(program: Program, image: Path) -> str:
    """Check that the window opens, upscales an image with the scores of the command line, and closes."""
    report = program.home / "report.json"
    asked_at = time()
    program.run("srcnn-studio", "--self-test", report)  # the sample that `image` is a copy of
    document = json.loads(report.read_text(encoding="utf-8"))
    first = document["began_at"] + document["seconds"]["window"] - asked_at
    out = program.home / "same.png"
    scores = json.loads(program.run("srcnn", "upscale", image, "-o", out, "--simulate", "--json"))["scores"]
    if document["psnr_db"]["model"] != f"{scores['model']['psnr']:.2f}" or not document["packaged"]:
        raise Failed(f"The window showed {document}, the command line {scores}")
    return f"first window after {first:.2f} s, engine after {document['seconds']['engine']:.2f} s"


def untouched(program: Program, _image: Path) -> str:
    """Check that nothing was written to the program's folder, which can be read-only."""
    if changed := program.changed():
        raise Failed(f"The program wrote into its own folder: {changed[:5]}")
    return "the folder is unchanged"


def check(name: str, look: Callable[[], str]) -> bool:
    """Run a check and print its result. Return whether it passed."""
    began = time()
    try:
        result, good = look(), True
    except Failed as error:
        result, good = str(error), False
    except (KeyError, ValueError, OSError, subprocess.TimeoutExpired) as error:
        result, good = f"{type(error).__name__}: {error}", False
    print(f"{'ok  ' if good else 'FAIL'} {name:10} {time() - began:6.1f} s  {result}", flush=True)
    return good


def main() -> None:
    """Run all checks."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("built", type=Path, help="the folder that was built, or the .app")
    arguments.add_argument("--window", action="store_true", help="fail if no window can be opened")
    options = arguments.parse_args()
    root = Path(__file__).resolve().parents[2]
    expected = (root / "engine" / "__init__.py").read_text(encoding="utf-8").partition('__version__ = "')[2]
    shown = options.window or sys.platform != "linux" or any(os.environ.get(key) for key in _KEPT[:2])
    with tempfile.TemporaryDirectory(dir=options.built.resolve().parent, prefix="smoke-") as folder:
        program = Program(options.built.resolve(), Path(folder))
        image = program.home / "images" / "Größe 100% 猫.png"
        image.parent.mkdir()
        shutil.copy2(root / "resources" / "samples" / "cat.png", image)
        jobs = (
            models,
            upscale,
            vulkan,
            automatic,
            formats,
            refusal,
            evaluate,
            batch,
            train,
            *([window] if shown else []),
            untouched,
        )
        good = [check("version", lambda: version(program, expected.partition('"')[0]))]
        good += [check(job.__name__, partial(job, program, image)) for job in jobs]
    if not shown:
        print("There is no display, so the window was skipped.")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
