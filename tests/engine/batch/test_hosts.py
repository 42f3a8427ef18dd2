"""A batch run by two hosts that share only the image folders.

Each host has its own home folder and journal.

The environment variables are those that torchrun sets on two hosts with one process each.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image

ROOT = Path(__file__).parents[3]
IMAGE_COUNT = 12

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, texture):
    path = tmp_path / "shared" / "in"
    path.mkdir(parents=True)
    for number in range(IMAGE_COUNT):
        image_files.write(Image(texture(120, 160, 3, number)), path / f"{number}.png")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_host(rank, port, folder, *arguments):
    """Start the batch on the host with number `rank`, and return its process."""
    home = folder.parents[1] / f"home {rank}"
    home.mkdir(exist_ok=True)
    place = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1, "MASTER_PORT": port}
    own = {name: home / name for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")}
    environment = os.environ | {name: str(value) for name, value in (place | own | {"HOME": home}).items()}
    command = [sys.executable, "-m", "engine", "batch", folder, folder.parent / "out", "--device", "cpu", "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*map(str, command), *arguments],
        cwd=ROOT,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=environment | {"MASTER_ADDR": "127.0.0.1"},
    )


def run_on_both_hosts(folder, *arguments):
    """Run the batch on both hosts. Return the last event of the first host, and both exit statuses."""
    port = free_port()
    with start_host(0, port, folder, *arguments) as first, start_host(1, port, folder, *arguments) as second:
        output, errors = first.communicate(timeout=120)
        second.communicate(timeout=120)
    assert output, errors
    return json.loads(output.splitlines()[-1]), (first.returncode, second.returncode)


def result_times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder.parent / "out").iterdir()}


def test_two_hosts_divide_a_batch(folder):
    last, statuses = run_on_both_hosts(folder)
    assert (last["event"], last["done"], last["failed"]) == ("finished", IMAGE_COUNT, 0)
    assert statuses == (0, 0)
    assert sorted(result_times(folder)) == sorted(f"{number}_x3.png" for number in range(IMAGE_COUNT))
    journals = [list((folder.parents[1] / f"home {rank}").rglob("*.sqlite")) for rank in (0, 1)]
    assert [len(found) for found in journals] == [1, 1]
    before = result_times(folder)
    last, _ = run_on_both_hosts(folder)
    assert (last["done"], last["skipped"]) == (0, IMAGE_COUNT)
    assert result_times(folder) == before


def test_batch_resumes_after_lost_host(folder):
    port, slow = free_port(), ("--self-ensemble", "--model", "9-5-5")
    with start_host(0, port, folder, *slow) as first, start_host(1, port, folder, *slow) as second:
        next(line for line in first.stdout if json.loads(line)["event"] == "started")
        second.send_signal(signal.SIGKILL)
        _said, errors = first.communicate(timeout=120)
    assert first.returncode != 0
    assert "Start the batch again" in errors
    before = result_times(folder)
    assert 0 < len(before) < IMAGE_COUNT
    last, statuses = run_on_both_hosts(folder, *slow)
    assert last["done"] + last["skipped"] == IMAGE_COUNT
    assert statuses == (0, 0)
    after = result_times(folder)
    assert {name: after[name] for name in before if not name.startswith(".")} == {
        name: when for name, when in before.items() if not name.startswith(".")
    }
    assert sorted(after) == sorted(f"{number}_x3.png" for number in range(IMAGE_COUNT))
