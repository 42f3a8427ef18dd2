"""The frame: menus, rail, the page, the status bar."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.messages import _
from srcnn_gui.presenters.compare import Presenter
from srcnn_gui.presenters.compare_state import PICTURE_PATTERNS, SCALES, State
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.compare_tab import CompareTab

_COMPACT_BELOW = 1100  # px wide


class MainWindow(QMainWindow):
    """One window; the Compare page is its only page so far."""

    folder_used = Signal(str)
    theme_chosen = Signal(str)  # "system", "light" or "dark"
    closing = Signal()

    def __init__(self, folder: str = "", theme_name: str = "system") -> None:
        super().__init__()
        self._folder = folder
        self._theme_name = theme_name
        self._presenter: Presenter | None = None
        self.setWindowTitle("SRCNN Studio")
        self.compare = CompareTab()
        self._rail = _Rail()
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self.compare, 1)
        self.setCentralWidget(page)
        self._state, self._values, self._chip, self._device = QLabel(), QLabel(), QLabel(), QLabel()
        self._bar = QProgressBar()
        self._fill_status_bar()
        self.retint()
        self.setMinimumSize(960, 600)
        self.resize(1280, 800)

    def attach(self, presenter: Presenter) -> None:
        """Join the page to its presenter, and make the menus."""
        self._presenter = presenter
        self.compare.attach(presenter)
        self.compare.rendered.connect(self.render)
        self.compare.open_wanted.connect(self.ask_for_picture)
        self.compare.save_wanted.connect(self.ask_where_to_save)
        self.compare.copy_wanted.connect(self.copy_scores)
        self.compare.canvas.hovered.connect(self._show_values)
        self._make_menus(presenter)
        self.render(presenter.state)

    def render(self, state: State) -> None:
        """Show what of the state belongs to the frame."""
        self._state.setText(state.status)
        self._device.setText(state.device or "…")
        self._bar.setVisible(state.working)
        self._bar.setRange(0, state.total)
        self._bar.setValue(state.done)
        self._save.setEnabled(state.can_save)
        self._stop.setEnabled(state.working)
        self._copy.setEnabled(not state.readout.whole.stale)
        for scale, action in self._scales.items():
            action.setEnabled(scale in state.scales)
            action.setChecked(scale == state.scale)
        self._reduced.setChecked(state.reference)
        self.setWindowTitle(f"{state.name} – SRCNN Studio" if state.name else "SRCNN Studio")

    def ask_for_picture(self) -> None:
        """Let a person choose a file, and open it."""
        kinds = f"{_('Pictures')} ({PICTURE_PATTERNS} {PICTURE_PATTERNS.upper()});;{_('All files')} (*)"
        name, _kind = QFileDialog.getOpenFileName(self, _("Open a picture"), self._folder, kinds)
        if name and self._presenter is not None:
            self._use_folder(name)
            self._presenter.open(Path(name))

    def ask_where_to_save(self) -> None:
        """Let a person choose a name, and write the result there."""
        if self._presenter is None or not self._presenter.state.can_save:
            return
        suggested = str(Path(self._folder) / self._presenter.state.suggested_name)
        kinds = "PNG (*.png);;JPEG (*.jpg *.jpeg);;TIFF (*.tif *.tiff);;WebP (*.webp);;BMP (*.bmp)"
        name, _kind = QFileDialog.getSaveFileName(
            self, _("Save the result"), suggested, f"{_('Pictures')} ({PICTURE_PATTERNS});;{kinds}"
        )
        if name:
            path = Path(name)
            self._use_folder(name)
            self._presenter.save(path if path.suffix else path.with_suffix(Path(suggested).suffix))

    def copy_scores(self) -> None:
        """Put the scores on the clipboard as text."""
        if self._presenter is not None and (text := self._presenter.scores_text()):
            QGuiApplication.clipboard().setText(text)
            self._state.setText(_("Scores copied"))

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        self.compare.retint()
        self._chip.setPixmap(icons.pixmap("device", theme.current().muted, 16, self.devicePixelRatioF()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window gets narrow parts."""
        compact = self.width() < _COMPACT_BELOW
        self._rail.set_compact(compact)
        self.compare.set_compact(compact)
        super().resizeEvent(event)

    def closeEvent(self, event: object) -> None:
        """Tell who must stop work."""
        self.closing.emit()

    def _use_folder(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.folder_used.emit(self._folder)

    def _fill_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(26)
        self._bar.setFixedWidth(160)
        self._bar.setTextVisible(False)
        self._bar.hide()
        bar.addWidget(self._state)
        bar.addWidget(self._bar)
        bar.addPermanentWidget(self._values)
        bar.addPermanentWidget(self._chip)
        bar.addPermanentWidget(self._device)

    def _show_values(self, x: int, y: int) -> None:
        """The pixel under the pointer, in both panes."""
        if x < 0:
            self._values.setText("")
            return
        names = {"bicubic": _("Bicubic"), "srcnn": "SRCNN"}
        values = self.compare.canvas.values(x, y)
        parts = [f"{names[pane]} {' '.join(map(str, samples))}" for pane, samples in values.items()]
        self._values.setText("    ".join([f"x {x}  y {y}", *parts]))

    def _make_menus(self, presenter: Presenter) -> None:
        file = self.menuBar().addMenu(_("&File"))
        self._add(file, _("&Open…"), "Ctrl+O", self.ask_for_picture)
        self._save = self._add(file, _("&Save Result…"), "Ctrl+S", self.ask_where_to_save)
        file.addSeparator()
        self._add(file, _("&Quit"), "Ctrl+Q", self.close)
        edit = self.menuBar().addMenu(_("&Edit"))
        self._copy = self._add(edit, _("&Copy Scores"), "Ctrl+Shift+C", self.copy_scores)
        view = self.menuBar().addMenu(_("&View"))
        view.addActions(self.compare.zoom_bar.view_actions)
        view.addSeparator()
        self._add_themes(view.addMenu(_("&Theme")))
        self._add(view, _("Full &Screen"), "F11", self._toggle_full_screen)
        picture = self.menuBar().addMenu(_("&Picture"))
        self._reduced = self._add(picture, _("&Test Against This Picture, Reduced"), "", None)
        self._reduced.setCheckable(True)
        self._reduced.triggered.connect(presenter.choose_reference)
        picture.addSeparator()
        self._scales: dict[int, QAction] = {}
        for scale in SCALES:
            action = self._add(picture, _("Scale ×{scale}").format(scale=scale), "", None)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, scale=scale: presenter.choose_scale(scale))
            self._scales[scale] = action
        picture.addSeparator()
        self._stop = self._add(picture, _("S&top"), "Ctrl+.", presenter.cancel)
        about = self.menuBar().addMenu(_("&Help"))
        self._add(about, _("&About SRCNN Studio"), "", self._about)

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        self._themes: dict[str, QAction] = {}
        for name, text in (("system", _("&System")), ("light", _("&Light")), ("dark", _("&Dark"))):
            action = self._add(menu, text, "", lambda _checked, name=name: self.theme_chosen.emit(name))
            action.setCheckable(True)
            action.setChecked(name == self._theme_name)
            group.addAction(action)
            self._themes[name] = action

    def _add(self, menu: object, text: str, keys: str, do: object) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        if do is not None:
            action.triggered.connect(do)
        menu.addAction(action)
        return action

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def _about(self) -> None:
        words = _(
            "Enlarges pictures with SRCNN and lets you see, measure and reproduce what it does.\n\n"
            "Dong, Loy, He, Tang: Image Super-Resolution Using Deep Convolutional Networks, arXiv:1501.00092."
        )
        QMessageBox.about(self, _("About SRCNN Studio"), words)


class _Rail(QFrame):
    """The pages, down the left."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "rail")
        self._compare = QToolButton(text=_("Compare"), checkable=True, checked=True, autoExclusive=True)
        self._compare.setAccessibleName(_("Compare page"))
        theme.set_role(self._compare, "rail")
        icons.put(self._compare, "compare", 22, tone="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(4)
        column.addWidget(self._compare)
        column.addStretch()

    def set_compact(self, compact: bool) -> None:
        """Icons alone in a narrow window."""
        self.setFixedWidth(56 if compact else 72)
        self._compare.setFixedSize(
            QSize(55 if compact else 71, 48 if compact else 58)
        )  # the rail's own line stays free
        theme.set_role(self._compare, compact, "compact")
        beside = Qt.ToolButtonStyle
        self._compare.setToolButtonStyle(beside.ToolButtonIconOnly if compact else beside.ToolButtonTextUnderIcon)
        self._compare.setToolTip(_("Compare (Ctrl+1)"))
