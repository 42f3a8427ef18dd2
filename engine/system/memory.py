"""How much room there is: memory and disk, asked before work that may need much of either, and cores."""

import ctypes
import os
import shutil
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

_MB = 1_000_000
_CGROUP = Path("/sys/fs/cgroup")


def megabytes(count: int) -> int:
    """Bytes in whole MB, rounded up, as a person reads them."""
    return -(-count // _MB)


def free_disk(folder: Path) -> int | None:
    """Bytes that may still be written into a folder; None where the system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def free_memory() -> int | None:
    """Bytes of memory that this process may still take without swapping; None where the system does not say."""
    known = [count for count in (_of_system(), _of_process(), _of_container()) if count is not None]
    return min(known) if known else None


def cores() -> int:
    """How many of the CPU's cores this process can have."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _of_system() -> int | None:
    """What the whole machine has left."""
    if sys.platform == "win32":
        return _of_windows()
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS does not say what is free, only what there is
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _of_process() -> int | None:
    """What the process's own limit of address space leaves (ulimit -v)."""
    if sys.platform == "win32":
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return limit
    return max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))


def _of_container() -> int | None:
    """What a container's limit leaves; pages of files do not count, they are given back."""
    try:
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        told = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
        files = sum(int(line.split()[1]) for line in told if line.startswith("inactive_file "))
    except (OSError, ValueError):  # no container, or no limit ("max")
        return None
    return max(0, limit - used + files)


def _of_windows() -> int | None:
    """MEMORYSTATUSEX.ullAvailPhys."""

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (name, ctypes.c_ulonglong)
                for name in ("total", "free", "t_page", "page", "t_virtual", "virtual", "ext")
            ),
        )

    status = Status(length=ctypes.sizeof(Status))
    told = ctypes.WinDLL("kernel32").GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.free) if told else None
