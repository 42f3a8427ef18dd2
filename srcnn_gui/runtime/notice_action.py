"""Action of a notice, which is shown as a button. Does not use Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# "warning" is for problems. "done" is for finished actions, and is dismissed automatically after 10 seconds.
NoticeKind = Literal["warning", "done"]


@dataclass(frozen=True)
class NoticeAction:
    """Button of a notice. `run` is called when the button is clicked."""

    title: str
    run: Callable[[], object]
