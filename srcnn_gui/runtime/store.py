"""A store that holds the state of a page and renders it on a view."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from srcnn_gui.runtime.lane import nothing
from srcnn_gui.runtime.translations import error_message, retranslate

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    S = TypeVar("S", bound=DataclassInstance)
else:
    S = TypeVar("S")


class StateView(Protocol):
    """A view that can render a state at any time."""

    def display(self, state: Any) -> None: ...


V = TypeVar("V", bound=StateView)


class Store(Generic[S, V]):
    """Hold a frozen state and render it on a view whenever it changes.

    Attributes
    ----------
    view : the view that shows the state
    state : the state as it is now; replaced, never modified
    after_render : called with the state after each rendering
    """

    def __init__(self, view: V, state: S) -> None:
        self.view, self.state = view, state
        self.after_render: Callable[[S], None] = nothing

    def update(self, **changes: Any) -> None:
        """Replace fields of the state and render it."""
        self.stage(**changes)
        self.view.display(self.state)
        self.after_render(self.state)

    def stage(self, **changes: Any) -> None:
        """Replace fields of the state; the next update renders them."""
        self.state = replace(self.state, **changes)

    def show_error(self, error: BaseException) -> None:
        """Show an error's message as the page's notice."""
        self.update(notice=error_message(error))

    def set_view(self, view: V) -> None:
        """Render the state on another view, in the current language."""
        self.view, self.state = view, retranslate(self.state)
        self.update()
