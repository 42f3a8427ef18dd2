"""The PyTorch backend, applied to one window of an image."""

import numpy as np
import pytest
import torch

from engine.inference import torch_backend
from engine.inference.torch_backend import InvalidOutput, TorchBackend
from engine.models import registry
from engine.models.network import Network
from engine.training.initial_weights import initialize_near_bicubic

CPU = torch.device("cpu")


@pytest.fixture
def network(tiny_network):
    return tiny_network(arch="9-1-5")


@pytest.fixture
def run(network):
    return TorchBackend(network, CPU)


def window(height=30, width=25):
    return np.random.default_rng(0).random((1, height, width)).astype(np.float32)


def reference_output(network, luma):
    """Return the output of the three layers, computed with conv2d."""
    with torch.no_grad():
        features = torch.from_numpy(np.asarray(luma, np.float32))[None]
        for layer in (network.conv1, network.conv2):
            features = torch.relu(layer(features))
        return network.conv3(features)[0].numpy()


def test_result_is_smaller_by_halo(run):
    result = run(window())
    assert result.shape == (1, 30 - 12, 25 - 12)
    assert result.dtype == np.float32


def test_smallest_window_gives_one_pixel(run):
    assert run(window(13, 13)).shape == (1, 1, 1)


@pytest.mark.parametrize("arch", ["9-1-5", "9-3-5", "9-5-5", "1-1-1", "3-1-3", "5-1-1", "1-5-1"])
@pytest.mark.parametrize("size", [(17, 17), (40, 23), (61, 118)])
def test_backend_equals_network(arch, size, tiny_network):
    network = tiny_network(arch=arch)
    with torch.no_grad():
        network.conv2.bias += 0.1 * torch.randn(network.conv2.bias.shape, generator=torch.Generator().manual_seed(1))
    luma = window(*size)
    np.testing.assert_allclose(TorchBackend(network, CPU)(luma), reference_output(network, luma), rtol=0, atol=1e-5)


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
def test_strips_equal_network(arch, monkeypatch):
    network = Network(registry.parse(arch, 3))
    initialize_near_bicubic(network, torch.Generator().manual_seed(0))
    luma, run = window(90, 70), TorchBackend(network, CPU)
    expected = reference_output(network, luma)
    for strip in (1, 1_500, 3_000, 10_000):
        monkeypatch.setattr(torch_backend, "_STRIP_AREA_PX", strip)
        monkeypatch.setattr(torch_backend, "_LARGE_STRIP_AREA_PX", strip)
        np.testing.assert_allclose(run(luma), expected, rtol=0, atol=1e-5)


def test_gpu_form_equals_network(network, run):
    luma = window()
    on_gpu = run._run_on_gpu(torch.from_numpy(luma)[None])[0].numpy()
    np.testing.assert_allclose(on_gpu, reference_output(network, luma), rtol=0, atol=1e-5)


def test_float_dtype_and_memory_layout_do_not_change_result(run):
    luma = window()
    expected = run(luma)
    np.testing.assert_array_equal(run(luma.astype(np.float64)), expected)
    np.testing.assert_array_equal(run(np.asfortranarray(luma)), expected)


def test_input_and_network_are_unchanged(network):
    luma = window()
    before = luma.copy(), {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.train()
    TorchBackend(network, CPU)(luma)
    np.testing.assert_array_equal(luma, before[0])
    assert network.training
    assert all(torch.equal(tensor, before[1][name]) for name, tensor in network.state_dict().items())


def test_later_training_does_not_change_backend(network, run):
    before = run(window())
    with torch.no_grad():
        network.conv1.weight += 1
    np.testing.assert_array_equal(run(window()), before)


def test_result_is_not_tied_to_inference_mode(run):
    run(window())
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_reduced_precision_is_close(arch, dtype, tiny_network):
    network, luma = tiny_network(arch=arch), window()
    exact, reduced = TorchBackend(network, CPU)(luma), TorchBackend(network, CPU, dtype=dtype)(luma)
    assert reduced.dtype == np.float32
    assert 0 < np.abs(reduced - exact).max() < 0.02


def test_non_finite_output_raises_in_reduced_precision(network):
    with torch.no_grad():
        network.conv1.weight *= 1e8  # above 65,504, the maximum of float16
    with pytest.raises(InvalidOutput):
        TorchBackend(network, CPU, dtype=torch.float16)(window())
    assert np.isfinite(TorchBackend(network, CPU)(window())).all()


def test_black_output_raises_unless_input_is_black(network):
    with torch.no_grad():
        network.conv3.weight.zero_()
        network.conv3.bias.zero_()
    run = TorchBackend(network, CPU, dtype=torch.bfloat16)
    with pytest.raises(InvalidOutput):
        run(window())
    assert not run(np.zeros((1, 20, 20), np.float32)).any()


def test_all_device_types_have_tile_size():
    assert set(torch_backend.TILE_PX) == {"cpu", "cuda", "mps"}
    assert all(side >= 64 for side in torch_backend.TILE_PX.values())


def test_self_ensemble_is_mean_of_eight_orientations(network, run):
    luma = torch.from_numpy(window())[None]
    results = []
    with torch.no_grad():
        for turns in range(4):
            for flips in ((), (3,)):
                result = network(torch.rot90(luma, turns, (2, 3)).flip(flips)).flip(flips)
                results.append(torch.rot90(result, -turns, (2, 3)))
    expected = torch.stack(results).mean(0)[0].numpy()
    ours = TorchBackend(network, CPU, self_ensemble=True)(window())
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert np.abs(ours - run(window())).max() > 1e-3
