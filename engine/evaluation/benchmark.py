"""Benchmark: evaluation of several models on several test sets."""

from collections.abc import Generator, Sequence
from typing import Any

from engine.errors import EngineError
from engine.evaluation import job
from engine.evaluation.events import Evaluation, EvaluationDone, EvaluationFailed, EvaluationStarted
from engine.evaluation.request import EvaluateRequest


def run(requests: Sequence[EvaluateRequest]) -> Generator[Any, Any, tuple[Evaluation, ...]]:
    """Run several evaluations, one after the other. If an evaluation fails, the next one is started.

    Yields
    ------
    For each evaluation: EvaluationStarted, the events of `engine.evaluation.job.run`, then EvaluationDone or
    EvaluationFailed.

    Returns
    -------
    Results of the evaluations that did not fail, in the order of the requests.
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
