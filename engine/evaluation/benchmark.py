"""Evaluation of several models on several test sets. If one evaluation fails, the others continue."""

from collections.abc import Generator, Sequence
from typing import Any

from engine.errors import EngineError
from engine.evaluation import job
from engine.evaluation.events import Evaluation, EvaluationDone, EvaluationFailed, EvaluationStarted
from engine.evaluation.request import EvaluateRequest


def run(requests: Sequence[EvaluateRequest]) -> Generator[Any, Any, tuple[Evaluation, ...]]:
    """Run several evaluations, and return the results of those that succeed.

    Yields
    ------
    EvaluationStarted, the events of `engine.evaluation.job.run`, and then EvaluationDone or EvaluationFailed, for each
    evaluation.
    """
    evaluations = []
    for index, request in enumerate(requests):
        yield EvaluationStarted(index, len(requests))
        try:
            evaluation = yield from job.run(request)
        except EngineError as error:
            yield EvaluationFailed(index, error)
            continue
        evaluations.append(evaluation)
        yield EvaluationDone(index, evaluation)
    return tuple(evaluations)
