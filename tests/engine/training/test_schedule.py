"""The learning rate of each step, compared with PyTorch's schedulers and with exact values."""

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.training import schedule
from engine.training.request import PAPER_RECIPE, Recipe
from engine.training.trainer import Trainer

CPU = torch.device("cpu")
DEFAULT_RECIPE = Recipe()


def rates(steps, recipe=DEFAULT_RECIPE):
    return [schedule.learning_rate(recipe, step, steps) for step in range(steps)]


def rates_of_torch(steps, warmup, peak):
    """Return the rates of `SequentialLR`: `LinearLR` up to the peak, then `CosineAnnealingLR` to zero."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    linear = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    cosine = CosineAnnealingLR(optimizer, T_max=steps - warmup)
    both = SequentialLR(optimizer, [linear, cosine], milestones=[warmup])
    learning_rates = []
    for _step in range(steps):
        learning_rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    return learning_rates


@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")  # torch's own, about SequentialLR
@pytest.mark.parametrize(("steps", "warmup"), [(5000, 200), (2000, 200), (1000, 100), (250, 25), (60, 6), (20, 2)])
def test_schedule_matches_torch(steps, warmup):
    assert rates(steps) == pytest.approx(rates_of_torch(steps, warmup, 1e-3), rel=1e-9, abs=1e-12)


def test_cosine_starts_after_warmup():
    """Exact values for 8 steps of warmup and 80 of decay: half the peak in the middle."""
    learning_rates = rates(88, Recipe(learning_rate=0.5, warmup_steps=8))
    assert learning_rates[:9] == pytest.approx([0.5 / 8 * step for step in (1, 2, 3, 4, 5, 6, 7, 8)] + [0.5])
    assert learning_rates[8 + 20] == pytest.approx(0.25 * (1 + 2**0.5 / 2))
    assert learning_rates[8 + 40] == pytest.approx(0.25)
    assert learning_rates[8 + 60] == pytest.approx(0.25 * (1 - 2**0.5 / 2))


@pytest.mark.parametrize("steps", [1, 2, 5, 9, 10, 19, 100, 200, 250, 3000])
def test_rate_reaches_peak_early_and_decays(steps):
    learning_rates = rates(steps)
    peak = learning_rates.index(max(learning_rates))
    assert max(learning_rates) == pytest.approx(1e-3)
    assert peak <= steps / 10
    assert learning_rates[peak:] == sorted(learning_rates[peak:], reverse=True)
    assert learning_rates[-1] > 0, "the last step is not wasted"
    assert schedule.learning_rate(Recipe(), steps, steps) == pytest.approx(0, abs=1e-12)


def test_warmup_has_full_length_while_length_is_unknown():
    learning_rates = [schedule.learning_rate(Recipe(), step, None) for step in (0, 49, 199, 500)]
    assert learning_rates == pytest.approx([1e-3 / 200, 1e-3 * 50 / 200, 1e-3, 1e-3])


def test_rate_of_paper_recipe_is_constant():
    assert set(rates(300, PAPER_RECIPE)) == {1e-4}


def test_trainer_uses_schedule():
    learner = Trainer(Network(ModelInfo(Srcnn(1, 1, 1, n1=2, n2=2), 2)), Recipe(warmup_steps=4), CPU)
    batch = torch.rand(8, 1, 33, 33), torch.rand(8, 1, 33, 33)
    for expected in rates(40, Recipe(warmup_steps=4)):
        assert learner.learning_rate(40) == expected
        learner.train_step(*batch, 8, 40)
        assert learner._optimizer.param_groups[0]["lr"] == expected
