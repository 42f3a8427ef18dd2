"""One step of training: the gradient of the whole batch, whatever the parts it is gathered in."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec
from engine.training.request import PAPER_RECIPE, Recipe
from engine.training.trainer import Learner

SPEC = ModelSpec(5, 1, 3, 2, n1=8, n2=4)
CPU = torch.device("cpu")


@pytest.fixture
def network():
    made = SRCNN(SPEC)
    initialise(made, torch.Generator().manual_seed(0))
    return made


@pytest.fixture
def batch():
    """70 patches: two full parts of 32 and a rest."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.rand((70, 1, 33, 33), generator=generator)
    return inputs, torch.rand((70, 1, 27, 27), generator=generator)


@pytest.mark.parametrize("recipe", [Recipe(average=0), PAPER_RECIPE])
def test_the_parts_of_a_batch_give_the_gradient_of_the_whole(recipe, network, batch):
    plain = copy.deepcopy(network)
    error = functional.mse_loss(plain(batch[0]), batch[1])
    times = 27 * 27 / 2 if recipe.optimiser == "sgd" else 1  # Caffe sums a patch's pixels and halves
    (error * times).backward()

    said = Learner(network, recipe, CPU).learn(*batch, 70, None)

    torch.testing.assert_close(said, error.detach())
    for ours, theirs in zip(network.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-6)


def test_clipping_limits_the_length_of_the_gradient(network, batch):
    Learner(network, Recipe(clip=0.01), CPU).learn(*batch, 70, None)
    length = torch.cat([parameter.grad.flatten() for parameter in network.parameters()]).norm()
    assert float(length) == pytest.approx(0.01, rel=1e-3)


def test_decay_draws_the_weights_to_zero(network, batch):
    still = torch.zeros_like(batch[0]), torch.zeros_like(batch[1])  # nothing to learn here for any filter
    before = network.conv1.weight.detach().clone()
    recipe = Recipe("adamw", learning_rate=1e-2, warm_up=0, weight_decay=0.5)
    Learner(network, recipe, CPU).learn(*still, 70, 10)
    torch.testing.assert_close(network.conv1.weight, before * (1 - 1e-2 * 0.5))


def test_without_decay_adamw_is_adam(network, batch):
    other = copy.deepcopy(network)
    for made, recipe in ((network, Recipe()), (other, replace(Recipe(), optimiser="adamw"))):
        Learner(made, recipe, CPU).learn(*batch, 70, None)
    assert all(torch.equal(*pair) for pair in zip(network.parameters(), other.parameters(), strict=True))


def test_balance_weighs_each_patch_by_its_bicubic_error(network, batch):
    """Against torch's own gradient of the weighted loss, written out."""
    inputs, labels = batch
    margin = network.spec.margin_px
    learner = Learner(network, Recipe(balance=0.5), CPU, typical_mse=0.01)
    again = copy.deepcopy(network)
    told = learner.learn(inputs, labels, len(inputs), None)
    errors = ((again(inputs) - labels) ** 2).mean(dim=(1, 2, 3))
    bicubic = ((inputs[:, :, margin:-margin, margin:-margin] - labels) ** 2).mean(dim=(1, 2, 3))
    (errors * 0.01 / (bicubic + 0.005)).mean().backward()
    for parameter, expected in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, expected.grad, rtol=1e-4, atol=1e-8)
    torch.testing.assert_close(told, errors.mean().detach())


def test_layer_2_in_bfloat16_gives_nearly_the_same_gradient_and_leaves_the_weights_exact(network, batch):
    """bfloat16 has 8 bits: its gradients are off by some hundredths of their length, in no direction of its own."""
    other = copy.deepcopy(network)
    exact, reduced = (
        Learner(made, Recipe(average=0, precision=precision), CPU).learn(*batch, 70, None)
        for made, precision in ((network, "float32"), (other, "bfloat16"))
    )
    assert float(exact) == pytest.approx(float(reduced), rel=0.01)
    assert float(exact) != float(reduced)
    for ours, theirs in zip(network.parameters(), other.parameters(), strict=True):
        assert theirs.dtype == theirs.grad.dtype == torch.float32
        assert float((ours.grad - theirs.grad).norm() / ours.grad.norm()) < 0.05
