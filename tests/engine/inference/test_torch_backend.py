"""Running a network on one window."""

import numpy as np
import pytest
import torch

from engine.inference import torch_backend
from engine.inference.torch_backend import Inference, PrecisionTooLow
from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec

CPU = torch.device("cpu")


@pytest.fixture
def network(tiny_network):
    return tiny_network(arch="9-1-5")


@pytest.fixture
def run(network):
    return Inference(network, CPU)


def window(height=30, width=25):
    return np.random.default_rng(0).random((height, width)).astype(np.float32)


def straight(network, luma):
    """The three layers as torch has them."""
    with torch.no_grad():
        features = torch.from_numpy(np.asarray(luma, np.float32))[None, None]
        for layer in (network.conv1, network.conv2):
            features = torch.relu(layer(features))
        return network.conv3(features)[0, 0].numpy()


def test_the_result_is_smaller_by_the_margin_on_every_side(run):
    result = run(window())
    assert result.shape == (30 - 12, 25 - 12)
    assert result.dtype == np.float32


def test_a_single_pixel_can_be_made(run):
    assert run(window(13, 13)).shape == (1, 1)


@pytest.mark.parametrize("arch", ["9-1-5", "9-3-5", "9-5-5", "1-1-1", "3-1-3", "5-1-1", "1-5-1"])
@pytest.mark.parametrize("size", [(17, 17), (40, 23), (61, 118)])
def test_every_form_is_the_network(arch, size, tiny_network):
    network = tiny_network(arch=arch)
    with torch.no_grad():
        network.conv2.bias += 0.1 * torch.randn(network.conv2.bias.shape, generator=torch.Generator().manual_seed(1))
    luma = window(*size)
    np.testing.assert_allclose(Inference(network, CPU)(luma), straight(network, luma), rtol=0, atol=1e-5)


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
def test_the_full_width_in_strips_is_the_network(arch, monkeypatch):
    network = SRCNN(ModelSpec.parse(arch, 3))
    initialise(network, torch.Generator().manual_seed(0))
    luma, run = window(90, 70), Inference(network, CPU)
    expected = straight(network, luma)
    for strip in (1, 1_500, 3_000, 10_000):
        monkeypatch.setattr(torch_backend, "_STRIP_PX", strip)
        monkeypatch.setattr(torch_backend, "_WIDE_STRIP_PX", strip)
        np.testing.assert_allclose(run(luma), expected, rtol=0, atol=1e-5)


def test_the_gpus_form_is_the_network_too(network, run):
    luma = window()
    on_gpu = run._on_gpu(torch.from_numpy(luma)[None, None]).numpy()
    np.testing.assert_allclose(on_gpu, straight(network, luma), rtol=0, atol=1e-5)


def test_any_float_plane_and_layout_will_do(run):
    luma = window()
    expected = run(luma)
    np.testing.assert_array_equal(run(luma.astype(np.float64)), expected)
    np.testing.assert_array_equal(run(np.asfortranarray(luma)), expected)


def test_the_input_and_the_network_are_left_alone(network):
    luma = window()
    before = luma.copy(), {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.train()
    Inference(network, CPU)(luma)
    np.testing.assert_array_equal(luma, before[0])
    assert network.training
    assert all(torch.equal(tensor, before[1][name]) for name, tensor in network.state_dict().items())


def test_training_on_does_not_change_what_was_made(network, run):
    before = run(window())
    with torch.no_grad():
        network.conv1.weight += 1
    np.testing.assert_array_equal(run(window()), before)


def test_inference_mode_does_not_leak(run):
    run(window())
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_reduced_precision_is_close_and_not_the_same(arch, dtype, tiny_network):
    network, luma = tiny_network(arch=arch), window()
    exact, reduced = Inference(network, CPU)(luma), Inference(network, CPU, dtype=dtype)(luma)
    assert reduced.dtype == np.float32
    assert 0 < np.abs(reduced - exact).max() < 0.02


def test_what_is_no_picture_is_refused_in_a_reduced_precision(network):
    with torch.no_grad():
        network.conv1.weight *= 1e8  # far over 65,504, the largest float16
    with pytest.raises(PrecisionTooLow):
        Inference(network, CPU, dtype=torch.float16)(window())
    assert np.isfinite(Inference(network, CPU)(window())).all()


def test_black_out_of_a_picture_is_refused_and_black_out_of_black_is_not(network):
    with torch.no_grad():
        network.conv3.weight.zero_()
        network.conv3.bias.zero_()
    run = Inference(network, CPU, dtype=torch.bfloat16)
    with pytest.raises(PrecisionTooLow):
        run(window())
    assert not run(np.zeros((20, 20), np.float32)).any()


def test_every_kind_of_device_has_a_tile_size():
    assert set(torch_backend.TILE_PX) == {"cpu", "cuda", "mps"}
    assert all(side >= 64 for side in torch_backend.TILE_PX.values())


def test_the_ensemble_is_the_mean_over_all_eight_orientations(network, run):
    luma = torch.from_numpy(window())[None, None]
    results = []
    with torch.no_grad():
        for turns in range(4):
            for flips in ((), (3,)):
                result = network(torch.rot90(luma, turns, (2, 3)).flip(flips)).flip(flips)
                results.append(torch.rot90(result, -turns, (2, 3)))
    expected = torch.stack(results).mean(0)[0, 0].numpy()
    ours = Inference(network, CPU, ensemble=True)(window())
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert np.abs(ours - run(window())).max() > 1e-3
