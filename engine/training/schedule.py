"""The learning rate of every step: linear warm-up, then a cosine down to zero."""

import math
from typing import Literal, get_args

from engine.training.request import Recipe

Schedule = Literal["cosine", "cosine_from_step_0"]
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
# Checkpoints without a schedule are older than the word; their runs finish with the schedule they were started with.
UNNAMED: Schedule = "cosine_from_step_0"
_WARMUP_SHARE = 10  # the warm-up takes at most one step in this many


def warmup_steps(recipe: Recipe, steps: int | None) -> int:
    """Number of warm-up steps: `recipe.warm_up`, but at most a tenth of all steps.

    Without this limit, a run of fewer than 200 steps would end before the rate reaches its peak.
    """
    return recipe.warm_up if steps is None else min(recipe.warm_up, steps // _WARMUP_SHARE)


def learning_rate(recipe: Recipe, step: int, steps: int | None, schedule: Schedule = "cosine") -> float:
    r"""Learning rate of one step.

    With the peak :math:`\eta`, :math:`W` warm-up steps and :math:`T` steps in all, the rate of step :math:`s` is

    .. math::
        \eta \frac{s + 1}{W} \text{ for } s < W, \qquad
        \frac{\eta}{2} \left(1 + \cos \pi \frac{s - W}{T - W}\right) \text{ for } s \ge W.

    It is the peak at :math:`s = W`, and zero at :math:`s = T`, after the last step. This is `LinearLR` followed by
    `CosineAnnealingLR` in PyTorch. The rate of the paper's SGD is constant.

    Parameters
    ----------
    recipe : peak, number of warm-up steps, optimizer
    step : number of steps taken before this one
    steps : number of steps in all, or None while it is unknown. The warm-up then has its full length, and the rate
        stays at the peak after it
    schedule : "cosine", or "cosine_from_step_0" for runs of earlier versions, whose warm-up always has its full length
        and whose cosine is :math:`\cos \pi s / T`
    """
    peak = recipe.learning_rate
    if recipe.optimiser == "sgd":
        return peak
    from_step_0 = schedule == "cosine_from_step_0"
    warmup = recipe.warm_up if from_step_0 else warmup_steps(recipe, steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    if steps is None:
        return peak
    first = 0 if from_step_0 else warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - first) / (steps - first)))
