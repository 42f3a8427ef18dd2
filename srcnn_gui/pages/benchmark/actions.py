"""The Benchmark page's actions in the menus, and its dialogs."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from srcnn_gui.choices import file_filters
from srcnn_gui.choices.model_dialog import ask_for_model
from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.pages.benchmark.view import BenchmarkTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.menus import PageActions
from srcnn_gui.ui.page import Frame

_ENDINGS = {"csv": ".csv", "markdown": ".md", "latex": ".tex"}
_USUAL_SCALE = 3  # of a model that does not say its own


class BenchmarkActions(QObject):
    """Joins the page to the window: whatever the page can do can be done by key."""

    folder_used = Signal(str)

    def __init__(self, window: Frame, page: BenchmarkTab, presenter: BenchmarkPresenter, folder: str = "") -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._fill_menus()
        for wanted, do in (
            (page.inspector.folder_wanted, self.ask_for_folder),
            (page.zone.folder_wanted, self.ask_for_folder),
            (page.inspector.import_wanted, self.ask_for_model),
            (page.strip.copy_wanted, self.copy),
            (page.strip.export_wanted, self.ask_where_to),
            (page.rendered, self.display),
        ):
            wanted.connect(do)
        self.display(presenter.state)

    def display(self, state: State) -> None:
        """Only what can be done can be chosen."""
        self._run.setEnabled(state.can_run and not state.locked)
        self._stop.setEnabled(state.running and not state.stopping)
        self._fetch.setEnabled((bool(state.fetch_words) or state.fetching) and not state.locked)
        for action in (self._copy, self._export):
            action.setEnabled(state.can_export)

    def ask_for_folder(self) -> None:
        """Let a person choose pictures to measure on."""
        if not self._presenter.can_add():
            return
        if name := QFileDialog.getExistingDirectory(self._window, _("Ground-truth pictures"), self._folder):
            self._use_folder(Path(name).parent)
            self._presenter.choose_folder(Path(name))

    def ask_for_model(self) -> None:
        """Let a person choose a model file to take part."""
        if asked := ask_for_model(self._window, self._folder, _USUAL_SCALE):
            self._use_folder(asked[0].parent)
            self._presenter.import_model(*asked)

    def ask_where_to(self, kind: str) -> None:
        """Let a person choose a name, and write the tables there."""
        kinds = {"csv": _("CSV, a line for each figure"), "markdown": "Markdown", "latex": "LaTeX"}
        patterns = {name: f"{title} (*{_ENDINGS[name]})" for name, title in kinds.items()}
        suggested = str(Path(self._folder) / f"benchmark{_ENDINGS[kind]}")
        name, chosen = QFileDialog.getSaveFileName(
            self._window, _("Export the tables"), suggested, ";;".join(patterns.values()), patterns[kind]
        )
        if name:
            path = Path(name)
            ending = next((_ENDINGS[one] for one, pattern in patterns.items() if pattern == chosen), _ENDINGS[kind])
            self._use_folder(path.parent)
            agreed = file_filters.agreed(self._window, path, path if path.suffix else path.with_suffix(ending))
            if agreed is not None:
                self._presenter.export(agreed)

    def copy(self) -> None:
        """Put the tables on the clipboard, as Markdown."""
        QGuiApplication.clipboard().setText(self._presenter.table())

    def _use_folder(self, folder: Path) -> None:
        self._folder = str(folder)
        self.folder_used.emit(self._folder)

    def _fill_menus(self) -> None:
        menus, presenter = self._window.menus, self._presenter
        actions = PageActions(self._page)
        menus.train.addSeparator()
        self._run = actions.add(menus.train, _("Run the &Benchmark"), "Ctrl+Return", presenter.run)
        self._stop = actions.add(menus.train, _("St&op the Benchmark"), "Ctrl+.", presenter.stop)
        self._fetch = actions.add(menus.train, _("&Download What Is Missing"), (), presenter.download.fetch)
        actions.add(menus.train, _("Measure on a &Folder…"), "Ctrl+Shift+O", self.ask_for_folder)
        actions.add(menus.train, _("&Import a Model…"), "Ctrl+I", self.ask_for_model)
        self._export = actions.add(
            menus.train, _("E&xport the Tables…"), "Ctrl+Shift+S", lambda: self.ask_where_to("csv")
        )
        self._copy = actions.add(menus.edit, _("Copy the &Tables"), "Ctrl+Shift+C", self.copy)
