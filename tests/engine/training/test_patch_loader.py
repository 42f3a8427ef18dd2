"""Batches: every patch once an epoch, reproducible from any step, in all orientations."""

import numpy as np
import torch

from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import ModelSpec
from engine.training.patch_loader import Batches, all_orientations
from engine.training.request import Recipe
from engine.training.trainer import Learner

CPU = torch.device("cpu")


def numbered(count: int) -> np.ndarray:
    """Patches whose every pixel is the patch's number."""
    return np.repeat(np.arange(count, dtype=np.float32), 33 * 33).reshape(count, 1, 33, 33)


def batches(count: int = 12, size: int = 4, seed: int = 0) -> Batches:
    return Batches(numbered(count), numbered(count), size=size, seed=seed, orientations=False, device=CPU)


def numbers(pair) -> list[float]:
    return pair[0][:, 0, 0, 0].tolist()


def test_every_patch_is_shown_once_an_epoch():
    made = batches()
    for epoch in range(3):
        shown = [number for step in range(3) for number in numbers(made.of_step(3 * epoch + step))]
        assert sorted(shown) == list(range(12))


def test_epochs_and_seeds_have_orders_of_their_own():
    made = batches()
    first, second = ([numbers(made.of_step(3 * epoch + step)) for step in range(3)] for epoch in range(2))
    assert first != second
    assert first != [numbers(batches(seed=1).of_step(step)) for step in range(3)]


def test_any_step_can_be_asked_for_afresh():
    walked = batches()
    seen = [numbers(walked.of_step(step)) for step in range(9)]
    assert [numbers(batches().of_step(step)) for step in range(9)] == seen


def test_inputs_and_labels_belong_together():
    inputs, labels = Batches(
        numbered(16), numbered(16)[:, :, 6:-6, 6:-6], size=8, seed=3, orientations=True, device=CPU
    ).of_step(1)
    assert inputs[:, 0, 0, 0].tolist() == labels[:, 0, 0, 0].tolist()


def test_a_batch_larger_than_the_set_is_the_set():
    assert sorted(numbers(batches(count=3, size=64).of_step(5))) == [0, 1, 2]


def test_all_eight_orientations_are_shown_to_input_and_label_alike():
    squares = torch.rand(16, 1, 9, 9)
    turned = all_orientations(squares)
    assert torch.equal(turned[:, :, 2:-2, 2:-2], all_orientations(squares[:, :, 2:-2, 2:-2]))
    one = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert len({tuple(square.flatten().tolist()) for square in all_orientations(one.repeat(8, 1, 1, 1))}) == 8


def test_sgd_learns_slowly_in_the_last_layer_and_the_biases():
    network = SRCNN(ModelSpec(3, 1, 3, 2, n1=4, n2=4))
    learner = Learner(network, Recipe("sgd", 1e-3, warm_up=0, average=0), CPU)
    shares = {id(p): group["share"] for group in learner._optimiser.param_groups for p in group["params"]}
    told = {name: shares[id(parameter)] for name, parameter in network.named_parameters()}
    slow = {"conv1.bias": 0.1, "conv2.bias": 0.1, "conv3.weight": 0.1, "conv3.bias": 0.1}
    assert told == {"conv1.weight": 1.0, "conv2.weight": 1.0} | slow
