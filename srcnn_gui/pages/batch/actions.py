"""Menu actions and dialogs of the Batch page."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu

from srcnn_gui.choices import file_filters
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.batch.presenter import BatchPresenter
from srcnn_gui.pages.batch.state import State
from srcnn_gui.pages.batch.table_model import FILE
from srcnn_gui.pages.batch.view import BatchPage
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.confirm import ask_to_choose
from srcnn_gui.ui.menus import PageActions, make_action
from srcnn_gui.ui.page import PageHost

_DELETE_KEY = QKeySequence(Qt.Key.Key_Delete).toString()


class BatchActions(QObject):
    """Menu actions of the Batch page and the dialogs that they open."""

    folder_used = Signal(str)
    compare_requested = Signal(Path)
    notified = Signal(str, str)  # title and text of a desktop notification

    def __init__(self, window: PageHost, page: BatchPage, presenter: BatchPresenter, folder: str = "") -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._actions = PageActions(page)
        self._fill_menus()
        for signal in (page.files_requested, page.empty_state.files_requested):
            signal.connect(self.ask_for_files)
        for signal in (page.folder_requested, page.empty_state.folder_requested):
            signal.connect(self.ask_for_folder)
        page.output_requested.connect(self.ask_for_output_folder)
        page.clear_requested.connect(presenter.clear)
        page.results_requested.connect(self.open_results)
        page.inspector.size_requested.connect(self.ask_for_size)
        page.report_requested.connect(self.ask_for_report)
        page.notified.connect(self.notified)
        page.table.open_requested.connect(lambda index: self.compare_requested.emit(presenter.files.source_of(index)))
        page.table.move_requested.connect(self.move_files)
        page.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        page.table.customContextMenuRequested.connect(self._show_context_menu)
        page.rendered.connect(self.update_actions)
        page.table.details_changed.connect(lambda _row: self._update_selection_actions())
        self.update_actions(presenter.state)

    def update_actions(self, state: State) -> None:
        """Enable or disable the actions to match `state`, and show the progress in the window title."""
        self._start.setEnabled(state.can_start)
        self._pause.setEnabled(state.running)
        self._pause.setText(_("&Resume") if state.paused else _("&Pause"))
        self._retry.setEnabled(state.can_retry)
        self._update_selection_actions()
        self._cancel.setEnabled(state.running)
        self._clear.setEnabled(bool(state.source) and not state.locked)
        self._report.setEnabled(bool(state.counts.total))
        self._results.setEnabled(state.counts.done + state.counts.skipped > 0)
        # Progress comes first, because task bars show only the start of the title.
        self._page.title_changed.emit(f"{round(100 * state.completed_fraction)}%" if state.running else "")

    def _update_selection_actions(self) -> None:
        """Enable or disable the actions for the selected files."""
        state, table = self._presenter.state, self._page.table
        selected = [] if state.locked else table.selected_files()
        for action in (self._move_up, self._move_down):
            action.setEnabled(bool(selected) and table.can_move_rows)
        self._remove.setEnabled(bool(selected))
        has_failed = any(table.rows.batch_rows.file_states[index] == "failed" for index in selected)
        self._retry_selected.setEnabled(has_failed and state.can_retry)

    def ask_for_folder(self) -> None:
        """Let the user select a folder, and add its images to the list."""
        if folder := self._select_folder(_("Add Folder")):
            self._presenter.add([folder])

    def upscale_folder(self) -> None:
        """Let the user select a folder, and list its images.

        If the list is not empty, ask whether to keep it.
        """
        self._window.show_page(self._page)
        folder = self._select_folder(_("Upscale Folder"))
        if folder is None:
            return
        state, choice = self._presenter.state, 0
        if state.source and not state.locked:
            question = _("The list already contains files. Add the folder to the list or start a new list?")
            buttons = (_("Add to List"), _("New List"))
            answer = ask_to_choose(self._window, _("Upscale Folder"), question, buttons)
            if answer is None:
                return
            choice = answer
        (self._presenter.add, self._presenter.start_list)[choice]([folder])

    def _select_folder(self, title: str) -> Path | None:
        name = QFileDialog.getExistingDirectory(self._window, title, self._folder)
        if not name:
            return None
        self._remember_folder(Path(name).parent)
        return Path(name)

    def ask_for_files(self) -> None:
        """Let the user select image files, and add them to the list."""
        names, _kind = QFileDialog.getOpenFileNames(
            self._window, _("Add Files"), self._folder, file_filters.open_filter()
        )
        if names:
            self._remember_folder(Path(names[0]).parent)
            self._page.add_paths([Path(name) for name in names])

    def ask_for_output_folder(self) -> None:
        """Let the user select the output folder."""
        if name := QFileDialog.getExistingDirectory(self._window, _("Choose Output Folder"), self._folder):
            self._presenter.choose_output(Path(name))

    def ask_for_size(self) -> None:
        """Let the user enter the size of the results as a scale factor, a width or a height."""
        dialog = SizeDialog(self._presenter.state.settings.target, self._window)
        if dialog.exec():
            self._presenter.choose_size(dialog.target)
        self._page.inspector.display(self._presenter.state)

    def ask_for_report(self) -> None:
        """Let the user select a file, and write the report of the batch to it."""
        suggested = str(Path(self._folder) / "report.csv")
        kinds = "CSV (*.csv);;JSON (*.json)"
        name, file_filter = QFileDialog.getSaveFileName(self._window, _("Save Report"), suggested, kinds)
        if name:
            path, extension = Path(name), f".{file_filter[:4].strip().lower()}"
            agreed = file_filters.confirm_overwrite(
                self._window, path, path if path.suffix else path.with_suffix(extension)
            )
            if agreed is not None:
                self._presenter.write_report(agreed)

    def _show_context_menu(self, position: QPoint) -> None:
        """Show the context menu for the selected files."""
        index = self._page.table.selected()
        if index is None:
            return
        source, result = self._presenter.files.source_of(index), self._presenter.files.result_of(index)
        menu = QMenu(self._page.table)
        menu.addAction(_("Compare Image"), lambda: self.compare_requested.emit(source))
        opened = menu.addAction(_("Open Result"), lambda: _open(result))
        folder = menu.addAction(_("Open Containing Folder"), lambda: _open(result.parent if result else None))
        for action in (opened, folder):
            action.setEnabled(result is not None)
        row = self._presenter.files[index]
        copy = _("{file}: {result}").format(file=row.file, result=row.result)
        menu.addAction(_("Copy Row"), lambda: QGuiApplication.clipboard().setText(copy))
        menu.addSeparator()
        menu.addAction(self._retry_selected)
        for action in (self._move_up, self._move_down, self._remove):
            menu.addAction(action)
        menu.exec(self._page.table.viewport().mapToGlobal(position))
        menu.deleteLater()

    def move_files(self, indices: Sequence[int], before: int) -> None:
        """Move files in front of another one, and select them at their new place."""
        self._presenter.move(indices, before)
        first = before - sum(index < before for index in indices)
        table = self._page.table
        table.setCurrentIndex(table.rows.index(first, FILE))
        table.select_files(range(first, first + len(indices)))

    def _move_selected(self, down: int) -> None:
        """Move the selected files up or down by one row. `down` is 1 or -1."""
        selected, count = self._page.table.selected_files(), len(self._presenter.files)
        before = selected[-1] + 2 if down > 0 else selected[0] - 1
        self.move_files(selected, min(max(before, 0), count))

    def remove_selected(self) -> None:
        """Remove the selected files from the list, and select the row that follows."""
        table = self._page.table
        rows = [table.rows.row_of(index) or 0 for index in table.selected_files()]
        self._presenter.remove(table.selected_files())
        if rows and (count := table.rows.rowCount()):
            table.selectRow(min(*rows, count - 1))

    def open_results(self) -> None:
        """Open the output folder in the file manager."""
        _open(Path(self._presenter.state.output))

    def _remember_folder(self, folder: Path) -> None:
        self._folder = str(folder)
        self.folder_used.emit(self._folder)

    def _fill_menus(self) -> None:
        menus, add, presenter = self._window.menus, self._actions.add, self._presenter
        upscale = make_action(self, _("&Upscale Folder…"), "Ctrl+Shift+U", self.upscale_folder)
        self._window.add_to_file_menu([upscale])
        batch = menus.batch
        self._start = add(batch, _("&Start"), "Ctrl+Return", presenter.start)
        self._pause = add(batch, _("&Pause"), "P", presenter.pause)
        self._cancel = add(batch, _("S&top"), "Ctrl+.", presenter.cancel)
        self._retry = add(batch, _("&Retry Failed Files"), "F5", presenter.retry_failed)
        self._retry_selected = add(
            batch, _("Retry Se&lected"), "Shift+F5", lambda: presenter.retry(self._page.table.selected_files())
        )
        batch.addSeparator()
        self._remove = add(batch, _("Re&move from List"), _DELETE_KEY, self.remove_selected)
        self._move_up = add(batch, _("Move &Up"), "Alt+Up", lambda: self._move_selected(-1))
        self._move_down = add(batch, _("Move &Down"), "Alt+Down", lambda: self._move_selected(1))
        self._clear = add(batch, _("&Clear List"), "Ctrl+Shift+Del", self._presenter.clear)
        self._report = add(batch, _("Save R&eport…"), "Ctrl+Shift+R", self.ask_for_report)
        self._results = add(batch, _("Open Output &Folder"), "Ctrl+Shift+F", self.open_results)


def _open(path: Path | None) -> None:
    """Open a file or folder with its default application."""
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
