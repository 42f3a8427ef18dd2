"""What helps whoever looks into a problem: versions, the machine, the settings and the end of the log, as text.

Nothing here loads torch, so the window can ask on its own thread; who has loaded it passes on what can compute.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from engine import __version__
from engine.system import log, memory, paths, preferences
from engine.system.libraries import LIBRARIES

LOG_LINES = 80
_UNKNOWN = "not known"
Section = Mapping[str, str]


def collect(
    devices: Sequence[tuple[str, str]] | None = None, further: Mapping[str, Section] | None = None
) -> dict[str, Section]:
    """Everything but the log, as titled sections of names and values.

    Parameters
    ----------
    devices : what can compute, best first: kinds and titles; None while that is not known
    further : sections that only the caller knows: its window, its settings
    """
    found = "torch is not loaded yet" if devices is None else ", ".join(f"{title} ({kind})" for kind, title in devices)
    return {
        "Program": {
            "SRCNN Studio": __version__,
            "runs from": str(Path(__file__).resolve().parents[2]),
            "packaged": "yes" if getattr(sys, "frozen", False) else "no",
        },
        "Machine": {
            "system": platform.platform(),
            "Python": platform.python_version(),
            "CPU": _cpu(),
            "cores": str(memory.cores()),
            "free memory": _size(memory.free_memory()),
            "devices": found,
        },
        "Libraries": {library.package: known for library in LIBRARIES if (known := library.version)},
        "Folders": _folders(),
        "Preferences": {name: str(value) for name, value in asdict(preferences.load()).items()},
        **(further or {}),
    }


def text(sections: Mapping[str, Section]) -> str:
    """Sections and the end of the log as text that may be passed on: the home folder stands there as ~."""
    parts = [
        f"{title}\n" + "\n".join(f"  {name}: {value}" for name, value in section.items())
        for title, section in sections.items()
    ]
    return without_home("\n\n".join([*parts, f"Log\n{log.tail(LOG_LINES) or '  none'}"])) + "\n"


def without_home(words: str) -> str:
    """Words without the name of the person's home folder."""
    home = Path.home()
    ways = {str(home), home.as_posix(), str(home).replace("\\", "\\\\"), str(home.resolve())}
    for way in sorted(ways, key=len, reverse=True):
        if len(way) > 1:  # a home of "/" is nobody's
            words = words.replace(way, "~")
    return words


def _folders() -> Section:
    """Where everything lies."""
    places = {
        "models": paths.models(),
        "data": paths.data(),
        "runs": paths.runs(),
        "batches": paths.batches(),
        "log": paths.log(),
    }
    return {name: f"{place}{'' if place.is_dir() else ' (not there yet)'}" for name, place in places.items()}


def _cpu() -> str:
    """The processor's own name."""
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        named = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
        if named:
            return named[0]
    if sys.platform == "darwin":
        ask = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            return subprocess.run(ask, capture_output=True, text=True, check=True, timeout=5).stdout.strip()  # noqa: S603 - ours
        except (OSError, subprocess.SubprocessError):
            pass
    return os.environ.get("PROCESSOR_IDENTIFIER") or platform.processor() or platform.machine()


def _size(count: int | None) -> str:
    return _UNKNOWN if count is None else f"{memory.megabytes(count):,} MB"
