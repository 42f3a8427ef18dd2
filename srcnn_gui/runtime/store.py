"""Store that holds the state of a page, and displays it in a view."""

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
    """Interface of a view that can display any state at any time."""

    def display(self, state: Any) -> None: ...


V = TypeVar("V", bound=StateView)


class Store(Generic[S, V]):
    """Container of a page's state, which the view displays after each update.

    Attributes
    ----------
    view : view that displays the state
    state : current state; changes replace it with a new object
    after_render : function that is called with the state after each time it is displayed
    """

    def __init__(self, view: V, state: S) -> None:
        self.view, self.state = view, state
        self.after_render: Callable[[S], None] = do_nothing

    def update(self, **changes: Any) -> None:
        """Replace fields of the state, and display the new state in the view."""
        self.stage(**changes)
        self.view.display(self.state)
        self.after_render(self.state)

    def stage(self, **changes: Any) -> None:
        """Replace fields of the state without displaying them. The next `update` displays them.

        A new notice removes the actions of the previous one, unless the changes include its own.
        """
        if "notice" in changes and hasattr(self.state, "notice_actions"):
            changes = {"notice_actions": (), "notice_kind": "warning"} | changes
        self.state = replace(self.state, **changes)

    def show_error(self, error: BaseException) -> None:
        """Show the message of an error in the notice bar of the page."""
        self.update(notice=error_message(error))

    def set_view(self, view: V) -> None:
        """Replace the view, and display the state there in the current language."""
        self.view, self.state = view, retranslate(self.state)
        self.update()
