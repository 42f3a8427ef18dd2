"""The Batch page's actions in the menus, and its dialogs."""

from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from srcnn_gui.choices import file_filters
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.batch.presenter import Presenter
from srcnn_gui.pages.batch.state import State
from srcnn_gui.pages.batch.view import BatchTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.menus import PageActions, make_action
from srcnn_gui.ui.page import Frame


class BatchActions(QObject):
    """Joins the page to the window: whatever the page can do can be done by key."""

    folder_used = Signal(str)
    compare_wanted = Signal(Path)
    told = Signal(str, str)  # a title and words, for whoever is elsewhere

    def __init__(self, window: Frame, page: BatchTab, presenter: Presenter, folder: str = "") -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._actions = PageActions(page)
        self._titled = False
        self._fill_menus()
        for wanted in (page.files_wanted, page.zone.files_wanted):
            wanted.connect(self.ask_for_files)
        for wanted in (page.folder_wanted, page.zone.folder_wanted):
            wanted.connect(self.ask_for_folder)
        page.output_wanted.connect(self.ask_where_to)
        page.results_wanted.connect(self.open_results)
        page.inspector.size_wanted.connect(self.ask_for_size)
        page.report_wanted.connect(self.ask_for_report)
        page.told.connect(self.told)
        page.table.open_wanted.connect(lambda index: self.compare_wanted.emit(presenter.files.source_of(index)))
        page.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        page.table.customContextMenuRequested.connect(self._offer)
        page.rendered.connect(self.display)
        self.display(presenter.state)

    def display(self, state: State) -> None:
        """Show what of the state belongs to the frame."""
        self._start.setEnabled(state.can_start)
        self._pause.setEnabled(state.running)
        self._pause.setText(_("&Go On") if state.paused else _("&Pause"))
        self._retry.setEnabled(state.can_retry)
        self._cancel.setEnabled(state.running)
        self._clear.setEnabled(bool(state.source) and not state.locked)
        self._report.setEnabled(bool(state.counts.total))
        self._results.setEnabled(state.counts.done + state.counts.skipped > 0)
        if state.running:  # a task bar shows the beginning of the title
            self._titled = True
            self._window.setWindowTitle(f"{round(100 * state.share)} % – SRCNN Studio")
        elif self._titled:
            self._titled = False
            self._window.setWindowTitle("SRCNN Studio")

    def ask_for_folder(self) -> None:
        """Let a person choose a folder, and show what is in it."""
        self._window.show_page(self._page)
        if not self._presenter.can_add():
            return
        if name := QFileDialog.getExistingDirectory(self._window, _("Upscale a folder"), self._folder):
            self._use_folder(Path(name).parent)
            self._page.take([Path(name)])

    def ask_for_files(self) -> None:
        """Let a person choose pictures for the list."""
        names, _kind = QFileDialog.getOpenFileNames(self._window, _("Add files"), self._folder, file_filters.to_open())
        if names:
            self._use_folder(Path(names[0]).parent)
            self._page.take([Path(name) for name in names])

    def ask_where_to(self) -> None:
        """Let a person choose the destination."""
        if name := QFileDialog.getExistingDirectory(self._window, _("Where to write the results"), self._folder):
            self._presenter.choose_output(Path(name))

    def ask_for_size(self) -> None:
        """Let a person give a factor, a width or a height."""
        dialog = SizeDialog(self._presenter.state.choices.target, self._window)
        if dialog.exec():
            self._presenter.choose_size(**dialog.size_chosen)
        self._page.inspector.display(self._presenter.state)

    def ask_for_report(self) -> None:
        """Let a person choose a name, and write the report there."""
        suggested = str(Path(self._folder) / "report.csv")
        kinds = "CSV (*.csv);;JSON (*.json)"
        name, kind = QFileDialog.getSaveFileName(self._window, _("Save the report"), suggested, kinds)
        if name:
            path, ending = Path(name), f".{kind[:4].strip().lower()}"
            agreed = file_filters.agreed(self._window, path, path if path.suffix else path.with_suffix(ending))
            if agreed is not None:
                self._presenter.write_report(agreed)

    def _offer(self, where: QPoint) -> None:
        """What can be done with the line under the pointer."""
        index = self._page.table.selected()
        if index is None:
            return
        source, result = self._presenter.files.source_of(index), self._presenter.files.result_of(index)
        menu = QMenu(self._page.table)
        menu.addAction(_("Compare"), lambda: self.compare_wanted.emit(source))
        opened = menu.addAction(_("Open the Result"), lambda: _open(result))
        folder = menu.addAction(_("Open Its Folder"), lambda: _open(result.parent if result else None))
        for action in (opened, folder):
            action.setEnabled(result is not None)
        words = self._presenter.files[index]
        copy = _("{file}: {result}").format(file=words.file, result=words.result)
        menu.addAction(_("Copy This Line"), lambda: QGuiApplication.clipboard().setText(copy))
        menu.exec(self._page.table.viewport().mapToGlobal(where))
        menu.deleteLater()

    def open_results(self) -> None:
        """Let the system show the folder of the results."""
        _open(Path(self._presenter.state.output))

    def _use_folder(self, folder: Path) -> None:
        self._folder = str(folder)
        self.folder_used.emit(self._folder)

    def _fill_menus(self) -> None:
        menus, add, presenter = self._window.menus, self._actions.add, self._presenter
        upscale = make_action(self, _("&Upscale Folder…"), "Ctrl+Shift+U", self.ask_for_folder)
        self._report = add(menus.file, _("Save Re&port…"), "Ctrl+Shift+R", self.ask_for_report)
        self._window.add_to_file_menu([upscale, self._report])
        self._clear = add(menus.edit, _("&Empty the Batch List"), "Ctrl+Shift+Del", presenter.clear)
        batch = self._window.menus.edit.addMenu(_("&Batch"))
        self._start = add(batch, _("&Start"), "Ctrl+Return", presenter.start)
        self._pause = add(batch, _("&Pause"), "P", presenter.pause)
        self._retry = add(batch, _("&Retry Failed"), "F5", presenter.start)
        self._results = add(batch, _("Open the &Folder of the Results"), "Ctrl+Shift+F", self.open_results)
        self._cancel = add(batch, _("&Cancel"), "Ctrl+.", presenter.cancel)


def _open(path: Path | None) -> None:
    """Let the system show a file or a folder."""
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
