"""Store that holds the state of a page and displays it in a view."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from srcnn_gui.runtime.lane import do_nothing
from srcnn_gui.runtime.translations import error_message, retranslate

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    S = TypeVar("S", bound=DataclassInstance)
else:
    S = TypeVar("S")


class StateView(Protocol):
    """Protocol of a view that displays the state of a page."""

    def display(self, state: Any) -> None: ...


V = TypeVar("V", bound=StateView)


class Store(Generic[S, V]):
    """Container for the state of a page. Each update is displayed in the view.

    Attributes
    ----------
    view : view that displays the state
    state : current state, an immutable dataclass
    after_render : function that is called with the state each time it has been displayed
    """

    def __init__(self, view: V, state: S) -> None:
        self.view, self.state = view, state
        self.after_render: Callable[[S], None] = do_nothing

    def update(self, **changes: Any) -> None:
        """Change the given fields of the state, and display the new state in the view."""
        self.stage(**changes)
        self.view.display(self.state)
        self.after_render(self.state)

    def stage(self, **changes: Any) -> None:
        """Change the given fields of the state without displaying it. The next `update` displays the changes.

        If `notice` changes, the actions of the previous notice are removed.
        """
        if "notice" in changes and hasattr(self.state, "notice_actions"):
            changes = {"notice_actions": (), "notice_kind": "warning"} | changes
        self.state = replace(self.state, **changes)

    def show_error(self, error: BaseException) -> None:
        """Show the message of an error in the notice bar of the page."""
        self.update(notice=error_message(error))

    def set_view(self, view: V) -> None:
        """Replace the view, translate the state into the current language, and display it."""
        self.view, self.state = view, retranslate(self.state)
        self.update()
