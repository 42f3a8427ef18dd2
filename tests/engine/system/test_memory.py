"""Free memory and disk space."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from engine.system import memory

ROOT = Path(__file__).parents[3]


def test_megabytes_are_rounded_up():
    assert [memory.megabytes(count) for count in (0, 1, 1_000_000, 1_000_001)] == [0, 1, 1, 2]


def test_free_disk_and_memory_are_positive(tmp_path):
    assert memory.free_disk_space(tmp_path) > 1_000_000
    assert memory.available_memory() > 10_000_000
    assert memory.free_disk_space(tmp_path / "gone") is None


def test_process_limit_applies():
    limit = 1 << 30
    program = "from engine.system import memory; print(memory.available_memory())"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    assert 0 < int(ran.stdout) < limit


def test_container_limit_applies(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("500\n")
    (tmp_path / "memory.current").write_text("300\n")
    (tmp_path / "memory.stat").write_text("anon 200\ninactive_file 80\n")
    assert memory.available_memory() == 280
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() > 1000


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="needs /proc/meminfo")
def test_available_memory_is_at_most_the_total_memory():
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert 0 < memory.available_memory() <= int(total.split()[1]) * 1024
