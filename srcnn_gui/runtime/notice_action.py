"""Action that a notice offers as a button. Does not use Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# "warning": a problem, which stays until it is dismissed. "done": a finished action, which disappears after seconds.
NoticeKind = Literal["warning", "done"]


@dataclass(frozen=True)
class NoticeAction:
    """Button of a notice: its title, and the function that it calls."""

    title: str
    run: Callable[[], object]
