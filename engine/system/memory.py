"""Resources of the machine: free memory, free disk space and the number of CPU cores."""

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
    """Convert bytes to megabytes (1,000,000 bytes), rounded up."""
    return -(-count // _MB)


def free_disk_space(folder: Path) -> int | None:
    """Return the free disk space for files in a folder, in bytes, or None if it is unknown."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def available_memory() -> int | None:
    """Return the bytes that this process can allocate without swapping, or None if unknown.

    This is the minimum of the free memory of the machine and of the limits of the process and its container.
    """
    limits = _free_system_memory(), _free_address_space(), _free_container_memory()
    known_limits = [count for count in limits if count is not None]
    return min(known_limits) if known_limits else None


def cpu_count() -> int:
    """Return the number of CPU cores that this process may use (its CPU affinity)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_system_memory() -> int | None:
    """Return the free memory of the machine (on macOS, all memory) in bytes, or None if unknown."""
    if sys.platform == "win32":
        return _free_windows_memory()
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:  # macOS has no /proc, and sysconf reports only the total memory
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _free_address_space() -> int | None:
    """Return the free address space of the process in bytes, or None if it has no limit (ulimit -v)."""
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


def _free_container_memory() -> int | None:
    """Return the free memory of the container in bytes, or None if the container has no memory limit.

    The inactive part of the file cache counts as free.
    """
    try:
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        statistics = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
        files = sum(int(line.split()[1]) for line in statistics if line.startswith("inactive_file "))
    except (OSError, ValueError):  # not a container, or no limit ("max")
        return None
    return max(0, limit - used + files)


def _free_windows_memory() -> int | None:
    """Return the free physical memory of a Windows machine in bytes (MEMORYSTATUSEX.ullAvailPhys)."""

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
    succeeded = ctypes.WinDLL("kernel32").GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.free) if succeeded else None
