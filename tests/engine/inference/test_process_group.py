"""Process groups under torchrun: environment variables, shards of a batch, division of images."""

import pytest
import torch

from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup, from_environment


def test_without_torchrun_there_is_a_single_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert from_environment() == SINGLE_PROCESS
    assert SINGLE_PROCESS.is_main_process
    batch = torch.arange(7)
    assert torch.equal(SINGLE_PROCESS.shard(batch), batch)


def test_torchrun_environment_is_read(monkeypatch):
    words = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    assert from_environment() == ProcessGroup(5, 8, 1, 4)
    assert not from_environment().is_main_process


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_shards_make_up_batch(size):
    batch = torch.arange(64).view(64, 1)
    parts = [ProcessGroup(rank, size).shard(batch) for rank in range(size)]
    assert torch.equal(torch.cat(parts), batch)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_each_image_is_owned_by_one_process(size):
    paths = [f"deep/{number} 猫.png" for number in range(400)]
    shares = [[path for path in paths if ProcessGroup(rank, size).owns(path)] for rank in range(size)]
    assert sorted(path for share in shares for path in share) == sorted(paths)
    assert all(len(share) > 400 / size / 2 for share in shares)
