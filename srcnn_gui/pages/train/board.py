"""The Train page's state, shared by the parts of its presenter."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcnn_gui.pages.train.state import State, View
from srcnn_gui.runtime.lane import nothing
from srcnn_gui.runtime.translations import again, sentence


class Board:
    """Holds the state, and shows it whenever it changes."""

    def __init__(self, view: View, state: State) -> None:
        self.view, self.state = view, state
        self.at_rest: Callable[[], None] = nothing  # whenever it is shown that no run is under way

    def set(self, **changes: Any) -> None:
        """Replace the state, and show it."""
        self.state = replace(self.state, **changes)
        self.view.render(self.state)
        if not self.state.is_at_work:
            self.at_rest()

    def show_on(self, view: View) -> None:
        """Show everything on another view, in the language that is spoken now."""
        self.view, self.state = view, again(self.state)
        self.set()

    def refuse(self, error: BaseException) -> None:
        """Say why something cannot be done."""
        self.set(notice=sentence(error))
