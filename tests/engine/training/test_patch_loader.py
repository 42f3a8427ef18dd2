"""Training batches contain each patch once per epoch, in random orientations, and are reproducible."""

import numpy as np
import torch

from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.training.patch_loader import PatchLoader, flip_and_rotate
from engine.training.request import Recipe
from engine.training.trainer import Trainer

CPU = torch.device("cpu")


def numbered(count: int) -> np.ndarray:
    """Return patches whose pixels all equal the index of the patch."""
    return np.repeat(np.arange(count, dtype=np.float32), 33 * 33).reshape(count, 1, 33, 33)


def make_loader(count: int = 12, size: int = 4, seed: int = 0) -> PatchLoader:
    return PatchLoader(numbered(count), numbered(count), batch_size=size, seed=seed, orientations=False, device=CPU)


def patch_indices(pair) -> list[float]:
    return pair[0][:, 0, 0, 0].tolist()


def test_each_patch_is_used_once_per_epoch():
    loader = make_loader()
    for epoch in range(3):
        shown = [number for step in range(3) for number in patch_indices(loader.batch_at(3 * epoch + step))]
        assert sorted(shown) == list(range(12))


def test_order_depends_on_epoch_and_seed():
    loader = make_loader()
    first, second = ([patch_indices(loader.batch_at(3 * epoch + step)) for step in range(3)] for epoch in range(2))
    assert first != second
    assert first != [patch_indices(make_loader(seed=1).batch_at(step)) for step in range(3)]


def test_batches_are_reproducible_from_any_step():
    walked = make_loader()
    seen = [patch_indices(walked.batch_at(step)) for step in range(9)]
    assert [patch_indices(make_loader().batch_at(step)) for step in range(9)] == seen


def test_inputs_match_labels():
    inputs, labels = PatchLoader(
        numbered(16), numbered(16)[:, :, 6:-6, 6:-6], batch_size=8, seed=3, orientations=True, device=CPU
    ).batch_at(1)
    assert inputs[:, 0, 0, 0].tolist() == labels[:, 0, 0, 0].tolist()


def test_batch_size_is_limited_to_patch_count():
    assert sorted(patch_indices(make_loader(count=3, size=64).batch_at(5))) == [0, 1, 2]


def test_orientations_apply_to_inputs_and_labels():
    squares = torch.rand(16, 1, 9, 9)
    turned = flip_and_rotate(squares)
    assert torch.equal(turned[:, :, 2:-2, 2:-2], flip_and_rotate(squares[:, :, 2:-2, 2:-2]))
    one = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert len({tuple(square.flatten().tolist()) for square in flip_and_rotate(one.repeat(8, 1, 1, 1))}) == 8


def test_sgd_has_lower_rate_for_last_layer_and_biases():
    network = Network(ModelInfo(Srcnn(3, 1, 3, n1=4, n2=4), 2))
    learner = Trainer(network, Recipe("sgd", 1e-3, warmup_steps=0, ema_decay=0), CPU)
    shares = {id(p): group["share"] for group in learner._optimizer.param_groups for p in group["params"]}
    share_of = {name: shares[id(parameter)] for name, parameter in network.named_parameters()}
    slow = {"conv1.bias": 0.1, "conv2.bias": 0.1, "conv3.weight": 0.1, "conv3.bias": 0.1}
    assert share_of == {"conv1.weight": 1.0, "conv2.weight": 1.0} | slow
