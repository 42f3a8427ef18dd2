"""Several models on several sets: one evaluation after the other, and one that fails does not stop the rest."""

from collections.abc import Generator, Sequence
from typing import Any

from engine.errors import EngineError
from engine.evaluation import job
from engine.evaluation.events import Evaluation, EvaluationBegun, EvaluationDone, EvaluationFailed
from engine.evaluation.request import EvaluateRequest


def run(requests: Sequence[EvaluateRequest]) -> Generator[Any, Any, tuple[Evaluation, ...]]:
    """Make every evaluation that is asked for; returns those that could be made.

    Yields
    ------
    EvaluationBegun, then what `engine.evaluation.job.run` yields, then EvaluationDone or EvaluationFailed, for each
    """
    made = []
    for index, request in enumerate(requests):
        yield EvaluationBegun(index, len(requests))
        try:
            evaluation = yield from job.run(request)
        except EngineError as error:
            yield EvaluationFailed(index, error)
            continue
        made.append(evaluation)
        yield EvaluationDone(index, evaluation)
    return tuple(made)
