"""The Compare page's actions in the menus, its file dialogs and its clipboard."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from srcnn_gui.messages import _
from srcnn_gui.presenters.compare import Presenter
from srcnn_gui.presenters.compare_state import PICTURE_PATTERNS, SCALES, State
from srcnn_gui.widgets.compare_tab import CompareTab
from srcnn_gui.widgets.main_window import MainWindow
from srcnn_gui.widgets.menus import PageActions


class CompareActions(QObject):
    """Joins the page to the window's menus: whatever the page can do can be done by key."""

    folder_used = Signal(str)

    def __init__(self, window: MainWindow, page: CompareTab, presenter: Presenter, folder: str = "") -> None:
        super().__init__(window)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._actions = page.page_actions = PageActions(page)
        self._fill_file_and_edit()
        self._fill_view()
        self._fill_picture()
        page.open_wanted.connect(self.ask_for_picture)
        page.save_wanted.connect(self.ask_where_to_save)
        page.copy_wanted.connect(self.copy_scores)
        page.canvas.hovered.connect(self._show_values)
        page.rendered.connect(self.render)
        self.render(presenter.state)

    def render(self, state: State) -> None:
        """Show what of the state belongs to the frame."""
        self._window.show_device(state.device)
        self._window.setWindowTitle(f"{state.name} – SRCNN Studio" if state.name else "SRCNN Studio")
        self._save.setEnabled(state.can_save)
        self._stop.setEnabled(state.working)
        self._copy.setEnabled(not state.readout.whole.stale)
        for scale, action in self._scales.items():
            action.setEnabled(scale in state.scales)
            action.setChecked(scale == state.scale)
        self._reduced.setChecked(state.reference)

    def ask_for_picture(self) -> None:
        """Let a person choose a file, and open it."""
        kinds = f"{_('Pictures')} ({PICTURE_PATTERNS} {PICTURE_PATTERNS.upper()});;{_('All files')} (*)"
        name, _kind = QFileDialog.getOpenFileName(self._window, _("Open a picture"), self._folder, kinds)
        if name:
            self._use_folder(name)
            self._presenter.open(Path(name))

    def ask_where_to_save(self) -> None:
        """Let a person choose a name, and write the result there."""
        if not self._presenter.state.can_save:
            return
        suggested = str(Path(self._folder) / self._presenter.state.suggested_name)
        kinds = "PNG (*.png);;JPEG (*.jpg *.jpeg);;TIFF (*.tif *.tiff);;WebP (*.webp);;BMP (*.bmp)"
        name, _kind = QFileDialog.getSaveFileName(
            self._window, _("Save the result"), suggested, f"{_('Pictures')} ({PICTURE_PATTERNS});;{kinds}"
        )
        if name:
            path = Path(name)
            self._use_folder(name)
            self._presenter.save(path if path.suffix else path.with_suffix(Path(suggested).suffix))

    def copy_scores(self) -> None:
        """Put the scores on the clipboard as text."""
        if text := self._presenter.scores_text():
            QGuiApplication.clipboard().setText(text)
            self._page.status_changed.emit(_("Scores copied"))

    def _use_folder(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.folder_used.emit(self._folder)

    def _show_values(self, x: int, y: int) -> None:
        """The pixel under the pointer, in both panes."""
        if x < 0:
            self._window.values.setText("")
            return
        names = {"bicubic": _("Bicubic"), "srcnn": "SRCNN"}
        values = self._page.canvas.values(x, y)
        parts = [f"{names[pane]} {' '.join(map(str, samples))}" for pane, samples in values.items()]
        self._window.values.setText("    ".join([f"x {x}  y {y}", *parts]))

    def _fill_file_and_edit(self) -> None:
        menus, add = self._window.menus, self._actions.add
        first = [
            add(menus.file, _("&Open…"), "Ctrl+O", self.ask_for_picture),
            add(menus.file, _("&Save Result…"), "Ctrl+S", self.ask_where_to_save),
        ]
        self._save = first[-1]
        self._window.add_to_file_menu(first)
        self._copy = add(menus.edit, _("&Copy Scores"), "Ctrl+Shift+C", self.copy_scores)

    def _fill_view(self) -> None:
        menu = self._window.menus.view
        first = menu.actions()[0]
        for action in self._page.zoom_bar.view_actions:
            self._actions.addAction(action)
        menu.insertActions(first, self._page.zoom_bar.view_actions)
        menu.insertSeparator(first)

    def _fill_picture(self) -> None:
        menu, add, presenter = self._window.menus.picture, self._actions.add, self._presenter
        reduced = _("&Test Against This Picture, Reduced")
        self._reduced = add(menu, reduced, (), presenter.choose_reference, checkable=True)
        menu.addSeparator()
        self._scales: dict[int, QAction] = {}
        for scale in SCALES:
            text = _("Scale ×{scale}").format(scale=scale)
            chosen = lambda _checked, scale=scale: presenter.choose_scale(scale)  # noqa: E731
            self._scales[scale] = add(menu, text, (), chosen, checkable=True)
        menu.addSeparator()
        self._stop = add(menu, _("S&top"), "Ctrl+.", presenter.cancel)
