"""Menu actions of the Train page."""

from PySide6.QtCore import QObject

from srcnn_gui.pages.train.presenter import TrainPresenter
from srcnn_gui.pages.train.state import State
from srcnn_gui.pages.train.view import TrainPage
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.menus import PageActions
from srcnn_gui.ui.page import PageHost


class TrainActions(QObject):
    """Menu actions of the Train page, which fill the Train menu."""

    def __init__(self, window: PageHost, page: TrainPage, presenter: TrainPresenter) -> None:
        super().__init__(page)
        actions = PageActions(page)
        menu = window.menus.train
        self._start = actions.add(menu, _("&Start Training"), "Ctrl+Return", presenter.start)
        self._pause = actions.add(menu, _("&Pause"), "P", presenter.pause, checkable=True)
        self._stop = actions.add(menu, _("Stop and Sa&ve"), "Ctrl+.", presenter.stop)
        menu.addSeparator()
        self._try = actions.add(menu, _("&Try Model"), "Ctrl+T", presenter.run_history.try_model)
        self._export = actions.add(menu, _("&Export Model…"), "Ctrl+Shift+S", lambda: _open_dialog(page, "export"))
        self._rename = actions.add(menu, _("Rena&me Model…"), "F2", lambda: _open_dialog(page, "rename"))
        menu.addSeparator()
        self._patches = actions.add(menu, _("S&how Patches…"), "Ctrl+Shift+P", presenter.dataset.show_patches)
        menu.addSeparator()
        self._open = actions.add(menu, _("&Open Recipe…"), (), lambda: _open_dialog(page, "open"))
        actions.add(menu, _("Save Re&cipe…"), (), lambda: _open_dialog(page, "save"))
        actions.add(menu, _("Show Comman&d…"), (), presenter.show_command)
        page.rendered.connect(self.update_actions)
        self.update_actions(presenter.state)

    def update_actions(self, state: State) -> None:
        """Enable or disable the actions to match `state`."""
        self._start.setEnabled(state.can_start and not state.is_active and not state.fetching)
        self._pause.setEnabled(state.is_active and state.phase != "stopping")
        self._pause.setChecked(state.phase == "paused")
        self._stop.setEnabled(state.is_active and state.can_stop)
        self._open.setEnabled(not state.is_active)
        self._patches.setEnabled(state.can_show_patches)
        for action in (self._try, self._export, self._rename):
            action.setEnabled(state.outcome is not None)


def _open_dialog(page: TrainPage, action: str) -> None:
    """Open the dialog of an action.

    Parameters
    ----------
    action : "export" or "rename" for the model, "open" or "save" for a recipe
    """
    if page.body is not None:
        {
            "export": page.body.ask_for_export_file,
            "rename": page.body.ask_for_new_name,
            "open": page.body.ask_for_config_to_open,
            "save": page.body.ask_for_config_to_save,
        }[action]()
