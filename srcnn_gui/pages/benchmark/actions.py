"""Menu actions and dialogs of the Benchmark page."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from srcnn_gui.choices import file_filters
from srcnn_gui.choices.model_dialog import ask_for_model
from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.pages.benchmark.view import BenchmarkPage
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.menus import PageActions
from srcnn_gui.ui.page import PageHost

_EXTENSIONS = {"csv": ".csv", "markdown": ".md", "latex": ".tex"}
_DEFAULT_SCALE = 3  # preselected for model files that do not contain a scale factor


class BenchmarkActions(QObject):
    """Menu actions of the Benchmark page and the dialogs that they open."""

    folder_used = Signal(str)

    def __init__(self, window: PageHost, page: BenchmarkPage, presenter: BenchmarkPresenter, folder: str = "") -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._fill_menus()
        for signal, slot in (
            (page.inspector.folder_requested, self.ask_for_folder),
            (page.empty_state.folder_requested, self.ask_for_folder),
            (page.inspector.import_requested, self.ask_for_model),
            (page.strip.copy_requested, self.copy),
            (page.strip.export_requested, self.ask_for_export_file),
            (page.rendered, self.update_actions),
        ):
            signal.connect(slot)
        self.update_actions(presenter.state)

    def update_actions(self, state: State) -> None:
        """Enable or disable the actions to match `state`."""
        self._run.setEnabled(state.can_run and not state.locked)
        self._stop.setEnabled(state.running and not state.stopping)
        self._fetch.setEnabled((bool(state.fetch_text) or state.fetching) and not state.locked)
        for action in (self._copy, self._export):
            action.setEnabled(state.can_export)

    def ask_for_folder(self) -> None:
        """Let the user select a folder of images, and add it as a test set."""
        if not self._presenter.can_add():
            return
        if name := QFileDialog.getExistingDirectory(self._window, _("Choose Folder of Test Set"), self._folder):
            self._remember_folder(Path(name).parent)
            self._presenter.choose_folder(Path(name))

    def ask_for_model(self) -> None:
        """Let the user select a model file, and import it into the model library."""
        if result := ask_for_model(self._window, self._folder, _DEFAULT_SCALE):
            self._remember_folder(result[0].parent)
            self._presenter.import_model(*result)

    def ask_for_export_file(self, table_format: str) -> None:
        """Let the user select a file, and write the tables to it.

        `table_format` is the suggested format: "csv", "markdown" or "latex".
        """
        titles = {"csv": _("CSV, one row per score"), "markdown": "Markdown", "latex": "LaTeX"}
        patterns = {name: f"{title} (*{_EXTENSIONS[name]})" for name, title in titles.items()}
        suggested = str(Path(self._folder) / f"benchmark{_EXTENSIONS[table_format]}")
        name, chosen = QFileDialog.getSaveFileName(
            self._window, _("Export Tables"), suggested, ";;".join(patterns.values()), patterns[table_format]
        )
        if name:
            path = Path(name)
            extension = next(
                (_EXTENSIONS[one] for one, pattern in patterns.items() if pattern == chosen), _EXTENSIONS[table_format]
            )
            self._remember_folder(path.parent)
            agreed = file_filters.confirm_overwrite(
                self._window, path, path if path.suffix else path.with_suffix(extension)
            )
            if agreed is not None:
                self._presenter.export_tables(agreed)

    def copy(self) -> None:
        """Copy the tables of results to the clipboard as Markdown."""
        QGuiApplication.clipboard().setText(self._presenter.format_tables())

    def _remember_folder(self, folder: Path) -> None:
        self._folder = str(folder)
        self.folder_used.emit(self._folder)

    def _fill_menus(self) -> None:
        menus, presenter = self._window.menus, self._presenter
        actions = PageActions(self._page)
        benchmark = menus.benchmark
        self._run = actions.add(benchmark, _("&Run"), "Ctrl+Return", presenter.run)
        self._stop = actions.add(benchmark, _("S&top"), "Ctrl+.", presenter.stop)
        benchmark.addSeparator()
        self._fetch = actions.add(benchmark, _("&Download Missing Files"), (), presenter.download.toggle)
        actions.add(benchmark, _("Add Test &Set…"), "Ctrl+Shift+O", self.ask_for_folder)
        actions.add(benchmark, _("&Import Model…"), "Ctrl+I", self.ask_for_model)
        benchmark.addSeparator()
        self._copy = actions.add(benchmark, _("&Copy Tables"), "Ctrl+Shift+C", self.copy)
        self._export = actions.add(
            benchmark, _("E&xport Tables…"), "Ctrl+Shift+S", lambda: self.ask_for_export_file("csv")
        )
