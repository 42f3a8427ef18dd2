"""A training step: gradients, gradient clipping, weight decay and loss weighting."""

import copy
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.training.initial_weights import initialize_near_bicubic
from engine.training.request import PAPER_RECIPE, Recipe
from engine.training.trainer import Trainer

SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
CPU = torch.device("cpu")


@pytest.fixture
def network():
    model = Network(SPEC)
    initialize_near_bicubic(model, torch.Generator().manual_seed(0))
    return model


@pytest.fixture
def batch():
    """Return a batch of 70 patches: two chunks of 32, and 6 more."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.rand((70, 1, 33, 33), generator=generator)
    return inputs, torch.rand((70, 1, 27, 27), generator=generator)


@pytest.mark.parametrize("recipe", [Recipe(ema_decay=0), PAPER_RECIPE])
def test_chunks_give_gradient_of_batch(recipe, network, batch):
    plain = copy.deepcopy(network)
    error = functional.mse_loss(plain(batch[0]), batch[1])
    times = 27 * 27 / 2 if recipe.optimizer == "sgd" else 1  # Caffe sums a patch's pixels and halves
    (error * times).backward()

    step_loss = Trainer(network, recipe, CPU).train_step(*batch, 70, None)

    torch.testing.assert_close(step_loss, error.detach())
    for ours, theirs in zip(network.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-6)


def test_grad_clip_limits_gradient_norm(network, batch):
    Trainer(network, Recipe(grad_clip=0.01), CPU).train_step(*batch, 70, None)
    length = torch.cat([parameter.grad.flatten() for parameter in network.parameters()]).norm()
    assert float(length) == pytest.approx(0.01, rel=1e-3)


def test_weight_decay_shrinks_weights(network, batch):
    still = torch.zeros_like(batch[0]), torch.zeros_like(batch[1])  # nothing to learn here for any filter
    before = network.conv1.weight.detach().clone()
    recipe = Recipe("adamw", learning_rate=1e-2, warmup_steps=0, weight_decay=0.5)
    Trainer(network, recipe, CPU).train_step(*still, 70, 10)
    torch.testing.assert_close(network.conv1.weight, before * (1 - 1e-2 * 0.5))


def test_without_decay_adamw_is_adam(network, batch):
    other = copy.deepcopy(network)
    for model, recipe in ((network, Recipe()), (other, replace(Recipe(), optimizer="adamw"))):
        Trainer(model, recipe, CPU).train_step(*batch, 70, None)
    assert all(torch.equal(*pair) for pair in zip(network.parameters(), other.parameters(), strict=True))


def test_loss_weighting_uses_bicubic_error(network, batch):
    """Compare with the gradient of the weighted loss in plain torch."""
    inputs, labels = batch
    margin = network.info.halo_px
    learner = Trainer(network, Recipe(loss_weighting=0.5), CPU, mean_bicubic_mse=0.01)
    again = copy.deepcopy(network)
    batch_loss = learner.train_step(inputs, labels, len(inputs), None)
    errors = ((again(inputs) - labels) ** 2).mean(dim=(1, 2, 3))
    bicubic = ((inputs[:, :, margin:-margin, margin:-margin] - labels) ** 2).mean(dim=(1, 2, 3))
    (errors * 0.01 / (bicubic + 0.005)).mean().backward()
    for parameter, expected in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, expected.grad, rtol=1e-4, atol=1e-8)
    torch.testing.assert_close(batch_loss, errors.mean().detach())


def test_bfloat16_gradient_and_float32_weights(network, batch):
    """bfloat16 has 8 significant bits, so the gradient has an unbiased error of a few percent."""
    other = copy.deepcopy(network)
    exact, reduced = (
        Trainer(model, Recipe(ema_decay=0, precision=precision), CPU).train_step(*batch, 70, None)
        for model, precision in ((network, "float32"), (other, "bfloat16"))
    )
    assert float(exact) == pytest.approx(float(reduced), rel=0.01)
    assert float(exact) != float(reduced)
    for ours, theirs in zip(network.parameters(), other.parameters(), strict=True):
        assert theirs.dtype == theirs.grad.dtype == torch.float32
        assert float((ours.grad - theirs.grad).norm() / ours.grad.norm()) < 0.05
