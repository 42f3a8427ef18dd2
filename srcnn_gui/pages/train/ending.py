"""What to tell somebody who looks elsewhere when a training has ended. No Qt."""

from srcnn_gui.pages.train.state import State
from srcnn_gui.runtime.translations import _


def told(before: State, after: State) -> tuple[str, str] | None:
    """A title and words if a run ended between two states by itself; None otherwise."""
    if not before.is_at_work or after.is_at_work or before.phase == "stopping":
        return None
    if after.outcome is not None:
        return _("The training is done"), after.outcome.title
    if not after.notice:
        return None
    return _("The training ended early") if after.can_resume else _("The model is not saved"), after.notice
