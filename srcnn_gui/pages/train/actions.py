"""The Train page's actions in the menus: whatever the page can do can be done by key."""

from PySide6.QtCore import QObject

from srcnn_gui.pages.train.presenter import TrainPresenter
from srcnn_gui.pages.train.state import State
from srcnn_gui.pages.train.view import TrainTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.menus import PageActions
from srcnn_gui.ui.page import Frame


class TrainActions(QObject):
    """Joins the page to the window's Train menu."""

    def __init__(self, window: Frame, page: TrainTab, presenter: TrainPresenter) -> None:
        super().__init__(page)
        actions = PageActions(page)
        menu = window.menus.train
        self._start = actions.add(menu, _("&Start Training"), "Ctrl+Return", presenter.start)
        self._pause = actions.add(menu, _("&Pause"), "P", presenter.pause, checkable=True)
        self._stop = actions.add(menu, _("Stop and &Keep the Best"), "Ctrl+.", presenter.stop)
        menu.addSeparator()
        self._try = actions.add(menu, _("&Try It in Compare"), "Ctrl+T", presenter.shelf.try_it)
        self._export = actions.add(menu, _("&Export the Model…"), "Ctrl+Shift+S", lambda: _bench(page, "export"))
        self._rename = actions.add(menu, _("&Rename the Model…"), "F2", lambda: _bench(page, "rename"))
        menu.addSeparator()
        self._patches = actions.add(
            menu, _("Show Some of the Patc&hes…"), "Ctrl+Shift+P", presenter.pictures.show_patches
        )
        page.rendered.connect(self.display)
        self.display(presenter.state)

    def display(self, state: State) -> None:
        """Only what can be done can be chosen."""
        self._start.setEnabled(state.can_start and not state.is_at_work and not state.fetching)
        self._pause.setEnabled(state.is_at_work and state.phase != "stopping")
        self._pause.setChecked(state.phase == "paused")
        self._stop.setEnabled(state.is_at_work and state.can_stop)
        self._patches.setEnabled(state.can_show_patches)
        for action in (self._try, self._export, self._rename):
            action.setEnabled(state.outcome is not None)


def _bench(page: TrainTab, what: str) -> None:
    """Ask what needs an answer before it can be done."""
    if page.bench is not None:
        {"export": page.bench.ask_where_to_export, "rename": page.bench.ask_for_name}[what]()
