"""Diagnostics for bug reports: versions, hardware, folders, preferences and the end of the log.

This module does not import torch, which takes seconds, so the window can create the report on the GUI thread. The
caller passes the list of devices.
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
_UNKNOWN = "unknown"
Section = Mapping[str, str]


def collect(
    devices: Sequence[tuple[str, str]] | None = None, extra_sections: Mapping[str, Section] | None = None
) -> dict[str, Section]:
    """Return the diagnostics without the log, as a dict of sections by title.

    A section maps names to values.

    Parameters
    ----------
    devices : (kind, title) of each available device, starting with the preferred one; None if torch is not loaded
    extra_sections : additional sections by title, such as the settings of the window
    """
    device_list = "torch is not loaded yet"
    if devices is not None:
        device_list = ", ".join(f"{title} ({kind})" for kind, title in devices)
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
            "cores": str(memory.cpu_count()),
            "free memory": _size(memory.available_memory()),
            "devices": device_list,
        },
        "Libraries": {library.package: version for library in LIBRARIES if (version := library.version)},
        "Folders": _folders(),
        "Preferences": {name: str(value) for name, value in asdict(preferences.load()).items()},
        **(extra_sections or {}),
    }


def format_report(sections: Mapping[str, Section]) -> str:
    """Return a text report of the given diagnostics and the end of the log.

    The path of the home folder is replaced with "~", because it may contain the user's name.
    """
    parts = [
        f"{title}\n" + "\n".join(f"  {name}: {value}" for name, value in section.items())
        for title, section in sections.items()
    ]
    return redact_home("\n\n".join([*parts, f"Log\n{log.tail(LOG_LINES) or '  none'}"])) + "\n"


def redact_home(text: str) -> str:
    """Replace each occurrence of the home folder's path in a text with "~"."""
    home = Path.home()
    spellings = {str(home), home.as_posix(), str(home).replace("\\", "\\\\"), str(home.resolve())}
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) > 1:  # a home folder of "/" would match every slash
            text = text.replace(spelling, "~")
    return text


def _folders() -> Section:
    """Return the paths of the program's folders, and mark those that do not exist yet."""
    folders = {
        "models": paths.models_folder(),
        "data": paths.data_folder(),
        "runs": paths.runs_folder(),
        "batches": paths.journals_folder(),
        "log": paths.log_folder(),
    }
    return {name: f"{folder}{'' if folder.is_dir() else ' (does not exist yet)'}" for name, folder in folders.items()}


def _cpu() -> str:
    """Return the processor's model name, or its architecture if the name is unknown."""
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
        if names:
            return names[0]
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()  # noqa: S603 - a fixed command
        except (OSError, subprocess.SubprocessError):
            pass
    return os.environ.get("PROCESSOR_IDENTIFIER") or platform.processor() or platform.machine()


def _size(count: int | None) -> str:
    return _UNKNOWN if count is None else f"{memory.megabytes(count):,} MB"
