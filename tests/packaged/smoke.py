"""Use the packaged program as somebody does who has no Python: python tests/packaged/smoke.py dist/srcnn-studio

It is moved into a folder with spaces and letters of other alphabets, gets an empty home and nothing on PATH, and is
asked for each of its jobs. Prints what each took; the exit status is not 0 if one failed. Where there is no display
the window is left out, unless `--window` insists. Needs nothing but Python itself.
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
_LINES = 15  # of what a program said before it failed
_WINDOWS = sys.platform == "win32"
_KEPT = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "QT_QPA_PLATFORM", "SYSTEMROOT", "WINDIR")


class Failed(Exception):
    """What the program did that it should not, in a sentence."""


class Program:
    """The built program at a place of its own, with a home of its own."""

    def __init__(self, built: Path, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._root = folder / "Ein Ördner mit Leerzeichen 图片" / built.name
        link = shutil.copy2 if _WINDOWS else _link
        shutil.copytree(built, self._root, symlinks=True, copy_function=link)
        self._programs = self._root / "Contents" / "MacOS" if self._root.suffix == ".app" else self._root
        self._before = self.files()

    def files(self) -> set[tuple[str, int]]:
        """Every file of the program with its time: it must not write into itself."""
        return {(str(path), path.stat().st_mtime_ns) for path in self._root.rglob("*") if path.is_file()}

    def run(self, name: str, *arguments: object, fails: bool = False) -> str:
        """What a program prints; raises Failed if its exit status is not what it should be."""
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
        """What was written into the program's own folder."""
        return sorted({path for path, _time in self.files() ^ self._before})


def _link(source: str, target: str) -> None:
    """A second name instead of a copy, where both lie on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def version(program: Program, expected: str) -> str:
    """Both say the version, and it is the one that was built."""
    document = {name: program.run(name, "--version").split() for name in ("srcnn", "srcnn-studio")}
    if _WINDOWS:
        document.pop("srcnn-studio")  # a window program has nowhere to print to
    if any(words[-1:] != [expected] for words in document.values()):
        raise Failed(f"The version is {document} instead of {expected}")
    return expected


def models(program: Program, _picture: Path) -> str:
    """All six models are there."""
    names = [model["name"] for model in json.loads(program.run("srcnn", "models", "--json"))]
    if len(names) != 6:
        raise Failed(f"The models are {names}")
    return f"{len(names)} models"


def upscale(program: Program, image: Path) -> str:
    """A picture is enlarged, and better than bicubic would have."""
    out = program.home / "größer 大.png"
    document = json.loads(program.run("srcnn", "upscale", image, "-o", out, "--simulate", "--json"))
    bicubic, srcnn = (document["scores"][which]["psnr"] for which in ("bicubic", "model"))
    if not (out.exists() and srcnn > bicubic):
        raise Failed(f"upscale said {document}")
    return f"{bicubic:.2f} -> {srcnn:.2f} dB"


def formats(program: Program, image: Path) -> str:
    """What it writes it reads again: the codecs are there."""
    options = {"tif": ["--bits", "16"], "avif": [], "webp": []}
    folder, again = program.home / "formats", program.home / "read again"
    folder.mkdir()
    for ending, more in options.items():
        program.run("srcnn", "upscale", image, "-o", folder / f"{ending}.{ending}", "--scale", "1.2", *more)
    program.run("srcnn", "batch", folder, again, "--scale", "1.2", "--format", "png")
    if len(list(again.rglob("*.png"))) != len(options):
        raise Failed(f"Of {list(options)} only {list(again.rglob('*.*'))} was read again")
    return ", ".join(options)


def refusal(program: Program, _picture: Path) -> str:
    """What cannot be done is said with a status."""
    program.run("srcnn", "upscale", program.home / "nothing.png", "-o", program.home / "x.png", fails=True)
    return "status not 0"


def evaluate(program: Program, image: Path) -> str:
    """A folder is scored."""
    document = json.loads(program.run("srcnn", "evaluate", image.parent, "--scale", "3", "--json"))
    return f"{len(document['images'])} pictures"


def batch(program: Program, image: Path) -> str:
    """A folder is enlarged, and the second time nothing is left to do."""
    out = program.home / "enlarged"
    program.run("srcnn", "batch", image.parent, out, "--scale", "2")
    result_files = sorted(out.rglob("*.*"))
    program.run("srcnn", "batch", image.parent, out, "--scale", "2")
    if not result_files or result_files != sorted(out.rglob("*.*")):
        raise Failed(f"The batch made {result_files}, then {sorted(out.rglob('*.*'))}")
    return f"{len(result_files)} pictures"


def train(program: Program, image: Path) -> str:
    """Some steps are learned, and what came out is used."""
    model = program.home / "mine.safetensors"
    program.run("srcnn", "train", "starter", "--steps", "3", "--validation", "1", "--output", model)
    program.run("srcnn", "upscale", image, "-o", program.home / "by mine.png", "--model", model)
    return "3 steps"


def window(program: Program, image: Path) -> str:
    """The window comes up, enlarges and scores a picture, and ends; what it shows is what the command line said."""
    report = program.home / "report.json"
    asked_at = time()
    program.run("srcnn-studio", "--self-test", report)  # the sample that `image` is a copy of
    document = json.loads(report.read_text(encoding="utf-8"))
    first = document["began_at"] + document["seconds"]["window"] - asked_at
    out = program.home / "same.png"
    scores = json.loads(program.run("srcnn", "upscale", image, "-o", out, "--simulate", "--json"))["scores"]
    if document["psnr_db"]["srcnn"] != f"{scores['model']['psnr']:.2f}" or not document["packaged"]:
        raise Failed(f"The window said {document}, the command line {scores}")
    return f"first window after {first:.2f} s, engine after {document['seconds']['engine']:.2f} s"


def untouched(program: Program, _picture: Path) -> str:
    """Nothing was written into the program: it may lie where nobody may write."""
    if changed := program.changed():
        raise Failed(f"The program wrote into its own folder: {changed[:5]}")
    return "it could lie in a read-only folder"


def check(name: str, look: Callable[[], str]) -> bool:
    """Do one thing and print what came of it; whether it went well."""
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
    """Do everything, and say what failed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("built", type=Path, help="the folder that was built, or the .app")
    arguments.add_argument("--window", action="store_true", help="fail if no window can be opened")
    options = arguments.parse_args()
    root = Path(__file__).resolve().parents[2]
    expected = (root / "engine" / "__init__.py").read_text(encoding="utf-8").partition('__version__ = "')[2]
    shown = options.window or sys.platform != "linux" or any(os.environ.get(key) for key in _KEPT[:2])
    with tempfile.TemporaryDirectory(dir=options.built.resolve().parent, prefix="smoke-") as folder:
        program = Program(options.built.resolve(), Path(folder))
        image = program.home / "pictures" / "Größe 100% 猫.png"
        image.parent.mkdir()
        shutil.copy2(root / "resources" / "samples" / "cat.png", image)
        jobs = (models, upscale, formats, refusal, evaluate, batch, train, *([window] if shown else []), untouched)
        good = [check("version", lambda: version(program, expected.partition('"')[0]))]
        good += [check(job.__name__, partial(job, program, image)) for job in jobs]
    if not shown:
        print("There is no display: the window was not tried.")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
