"""Damaged weights, checkpoints and patch files are loaded, or refused with an engine error."""

from io import BytesIO

import h5py
import numpy as np
import pytest
import scipy.io
import torch

from engine.errors import CheckpointUnusable, PatchFileUnusable, WeightsUnusable
from engine.models import registry
from engine.models.formats import mat_file
from engine.models.weights import load_network
from engine.training import checkpoint_file, patch_files
from tests.corpus import mutated

CASE_COUNT = 120


@pytest.fixture
def damaged_files(tmp_path):
    """Return a function that yields the path of a file after writing each of its damaged versions to it."""

    def make(content, name):
        for seed in range(CASE_COUNT):
            path = tmp_path / name
            path.write_bytes(mutated(content, content[::-1], np.random.default_rng(seed)))
            yield path

    return make


def count_refused(paths, use, kind, plain_sentence):
    """Return for how many paths `use` raises `kind`. Each message must be a sentence with the file name."""
    refused = 0
    for path in paths:
        try:
            use(path)
        except kind as error:
            plain_sentence(error, path.name)
            refused += 1
    return refused


def test_damaged_safetensors_file_loads_or_raises(damaged_files, tiny_model, plain_sentence):
    content = tiny_model().path.read_bytes()
    refused = count_refused(damaged_files(content, "a.safetensors"), load_network, WeightsUnusable, plain_sentence)
    assert refused > CASE_COUNT // 4


def test_damaged_mat_file_loads_or_raises(damaged_files, tiny_network, plain_sentence):
    network = tiny_network(arch="9-1-5", scale=3)
    stored = {f"biases_conv{layer}": getattr(network, f"conv{layer}").bias.detach().numpy() for layer in (1, 2, 3)}
    weights = [getattr(network, f"conv{layer}").weight.detach().numpy() for layer in (1, 2, 3)]
    stored["weights_conv1"] = weights[0].reshape(len(weights[0]), -1).T
    stored["weights_conv2"] = weights[1].transpose(1, 2, 3, 0).reshape(weights[1].shape[1], -1, len(weights[1]))
    stored["weights_conv3"] = weights[2].reshape(weights[2].shape[1], -1)
    buffer = BytesIO()
    scipy.io.savemat(buffer, stored)
    assert count_refused(damaged_files(buffer.getvalue(), "x3.mat"), load_network, WeightsUnusable, plain_sentence)


def test_damaged_checkpoint_loads_or_raises(damaged_files, plain_sentence):
    buffer = BytesIO()
    torch.save({"step": 5, "weights": {"a": torch.arange(9.0)}, "curve": [(1, 2.0)]}, buffer)
    refused = count_refused(
        damaged_files(buffer.getvalue(), "a.checkpoint"), checkpoint_file.load, CheckpointUnusable, plain_sentence
    )
    assert refused > CASE_COUNT // 4


def test_damaged_patch_file_loads_or_raises(damaged_files, plain_sentence):
    info, buffer = registry.parse("9-1-5", 3), BytesIO()
    with h5py.File(buffer, "w") as file:
        file["data"] = np.zeros((40, 1, 33, 33), np.float32)
        file["label"] = np.zeros((40, 1, 21, 21), np.float32)
    use = lambda path: patch_files.read(path, info)  # noqa: E731
    sentence = lambda error, name: str(error).startswith(name) or pytest.fail(str(error))  # noqa: E731 - it has two
    count_refused(damaged_files(buffer.getvalue(), "a.h5"), use, PatchFileUnusable, sentence)


@pytest.mark.parametrize("packed", [True, False])
def test_mat_file_gives_the_same_arrays_as_scipy(packed):
    rng = np.random.default_rng(0)
    stored = {
        "a": rng.random((3, 4)), "b": rng.random((2, 3, 4)).astype(np.float32), "c": np.array([[7]], np.int16),
        "long_name": rng.random((1, 9)), "text": "not a number", "complex": np.array([[1j]]), "whole": np.eye(3) * 5,
    }  # fmt: skip
    buffer = BytesIO()
    scipy.io.savemat(buffer, stored, do_compression=packed)
    theirs = scipy.io.loadmat(BytesIO(buffer.getvalue()))
    ours = mat_file.read_arrays(buffer.getvalue(), 1 << 20)
    assert set(ours) == {"a", "b", "c", "long_name", "whole"}
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name])


def test_mat_file_with_a_decompression_bomb_is_refused():
    buffer = BytesIO()
    scipy.io.savemat(buffer, {"a": np.zeros((1000, 1000))}, do_compression=True)
    with pytest.raises(ValueError, match="too large"):
        mat_file.read_arrays(buffer.getvalue(), 1 << 20)
