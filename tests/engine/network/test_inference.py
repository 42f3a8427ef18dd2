"""Running a network on one window."""

import numpy as np
import pytest
import torch

from engine.network import inference


@pytest.fixture
def network(tiny_network):
    return inference.prepare(tiny_network(arch="9-1-5"), torch.device("cpu"))


def window(height=30, width=25):
    return np.random.default_rng(0).random((height, width)).astype(np.float32)


def test_the_result_is_smaller_by_the_margin_on_every_side(network):
    result = inference.apply(network, window())
    assert result.shape == (30 - 12, 25 - 12)
    assert result.dtype == np.float32


def test_a_single_pixel_can_be_made(network):
    assert inference.apply(network, window(13, 13)).shape == (1, 1)


def test_the_result_is_the_networks(network):
    luma = window()
    with torch.no_grad():
        expected = network(torch.from_numpy(luma)[None, None])[0, 0].numpy()
    np.testing.assert_array_equal(inference.apply(network, luma), expected)


def test_any_float_plane_and_layout_will_do(network):
    luma = window()
    expected = inference.apply(network, luma)
    np.testing.assert_array_equal(inference.apply(network, luma.astype(np.float64)), expected)
    np.testing.assert_array_equal(inference.apply(network, np.asfortranarray(luma)), expected)


def test_the_input_is_left_alone(network):
    luma = window()
    before = luma.copy()
    inference.apply(network, luma)
    np.testing.assert_array_equal(luma, before)


def test_inference_mode_does_not_leak(network):
    inference.apply(network, window())
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_preparing_leaves_the_values_alone(tiny_network):
    network = tiny_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    prepared = inference.prepare(network.train(), torch.device("cpu"))
    assert not prepared.training
    for name, tensor in prepared.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_every_kind_of_device_has_a_tile_size():
    assert set(inference.TILE_PX) == {"cpu", "cuda", "mps"}
    assert all(side >= 64 for side in inference.TILE_PX.values())


def test_the_ensemble_is_the_mean_over_all_eight_orientations(network):
    luma = torch.from_numpy(window())[None, None]
    results = []
    with torch.no_grad():
        for turns in range(4):
            for flips in ((), (3,)):
                result = network(torch.rot90(luma, turns, (2, 3)).flip(flips)).flip(flips)
                results.append(torch.rot90(result, -turns, (2, 3)))
    expected = torch.stack(results).mean(0)[0, 0].numpy()
    ours = inference.apply_ensemble(network, window())
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert np.abs(ours - inference.apply(network, window())).max() > 1e-3
