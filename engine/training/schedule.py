"""Learning rate schedules: linear warmup, followed by cosine decay to zero."""

import math
from typing import Literal, get_args

from engine.training.request import Recipe

Schedule = Literal["cosine", "cosine_from_step_0"]
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
# The schedule of checkpoints of earlier versions, which do not contain its name. A resumed run keeps its schedule.
LEGACY_SCHEDULE: Schedule = "cosine_from_step_0"
_WARMUP_DIVISOR = 10  # warmup takes at most a tenth of the steps


def warmup_steps(recipe: Recipe, steps: int | None) -> int:
    """Return the number of warmup steps: `recipe.warmup_steps`, but at most a tenth of all steps.

    Without this limit, the learning rate would not reach its peak in a short run.

    Parameters
    ----------
    recipe : hyperparameters
    steps : number of steps of the run, or None while it is unknown. If None, there is no limit
    """
    return recipe.warmup_steps if steps is None else min(recipe.warmup_steps, steps // _WARMUP_DIVISOR)


def learning_rate(recipe: Recipe, step: int, steps: int | None, schedule: Schedule = "cosine") -> float:
    r"""Return the learning rate of a step.

    For the peak learning rate :math:`\eta`, :math:`W` warmup steps and :math:`T` steps in total, the learning rate of
    step :math:`s` is

    .. math::
        \eta \frac{s + 1}{W} \text{ for } s < W, \qquad
        \frac{\eta}{2} \left(1 + \cos \pi \frac{s - W}{T - W}\right) \text{ for } s \ge W.

    The learning rate is at its peak at :math:`s = W`, and zero at :math:`s = T`, after the last step. In PyTorch, this
    is `LinearLR` followed by `CosineAnnealingLR`. For the SGD of the paper, the learning rate is constant.

    Parameters
    ----------
    recipe : peak learning rate, number of warmup steps, and optimizer
    step : index of the step, starting at 0
    steps : number of steps of the run, or None while it is unknown. If None, there are `recipe.warmup_steps` warmup
        steps, and the learning rate then stays at its peak
    schedule : "cosine", or "cosine_from_step_0" for runs of earlier versions, with `recipe.warmup_steps` warmup steps
        and the cosine :math:`\cos \pi s / T`
    """
    peak = recipe.learning_rate
    if recipe.optimizer == "sgd":
        return peak
    from_step_0 = schedule == "cosine_from_step_0"
    warmup = recipe.warmup_steps if from_step_0 else warmup_steps(recipe, steps)
    if step < warmup:
        return peak * (step + 1) / warmup
    if steps is None:
        return peak
    first = 0 if from_step_0 else warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - first) / (steps - first)))
