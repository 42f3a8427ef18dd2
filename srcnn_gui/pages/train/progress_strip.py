"""Strip above the curves that shows an introduction, the progress of a run or its result."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.train.state import Outcome, Progress, State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import label, set_compact_text, shrinkable

_HEIGHT = 80


class TrainProgressStrip(QStackedWidget):
    """Strip that shows one of three pages: the introduction, the progress or the result."""

    try_requested = Signal()
    export_requested = Signal()
    rename_requested = Signal()
    delete_requested = Signal()
    folder_requested = Signal()
    extend_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "toolbar")
        self.setFixedHeight(theme.scaled_px(_HEIGHT))
        self._running = _Running()
        self._icon, self._title, self._detail = QLabel(), shrinkable(label("title")), shrinkable(label("caption"))
        self.try_it, self.export = QPushButton(_("Try Model")), QPushButton()
        self.more = QToolButton()
        self._has_improved = True
        self.addWidget(_make_introduction())
        self.addWidget(self._running)
        self.addWidget(self._make_result_page())
        self.set_compact(False)
        self.apply_theme()

    def display(self, state: State) -> None:
        """Show the progress during a run, its result afterwards, and the introduction without a run."""
        if state.is_active:
            self._running.display(state.progress, paused=state.phase == "paused", stopping=state.phase == "stopping")
            self.setCurrentIndex(1)
        elif state.outcome is not None:
            self._show_outcome(state.outcome)
            self.setCurrentIndex(2)
        else:
            self.setCurrentIndex(0)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        name, color = ("ok", theme.current().good) if self._has_improved else ("warning", theme.current().warning)
        self._icon.setPixmap(icons.pixmap(name, color, 24, self.devicePixelRatioF()))

    def set_compact(self, compact: bool) -> None:
        """Set whether to hide the details and the text of the export button, for a narrow window."""
        set_compact_text(self.export, _("Export…"), compact=compact)
        self._title.setWordWrap(compact)
        self._detail.setVisible(not compact)

    def _show_outcome(self, outcome: Outcome) -> None:
        if outcome.has_improved != self._has_improved:
            self._has_improved = outcome.has_improved
            self.apply_theme()
        self._title.setText(outcome.title)
        self._detail.setText(outcome.detail)
        self._title.setToolTip(outcome.detail)  # because the detail is hidden in a narrow window
        self._detail.setToolTip(outcome.path)

    def _make_result_page(self) -> QWidget:
        page = QWidget()
        text_column = QVBoxLayout()
        text_column.setSpacing(4)
        text_column.addStretch()
        text_column.addWidget(self._title)
        text_column.addWidget(self._detail)
        text_column.addStretch()
        icons.set_icon(self.try_it, "compare", on_fill=True)
        theme.set_role(self.try_it, True, "primary")
        icons.set_icon(self.export, "save")
        self.try_it.clicked.connect(self.try_requested)
        self.export.clicked.connect(self.export_requested)
        self.try_it.setAccessibleDescription(_("Opens the Compare page with this model"))
        self.export.setAccessibleDescription(_("Saves the model to a file for this or other programs"))
        menu = QMenu(self.more)
        for text, signal in (
            (_("Export…"), self.export_requested),
            (_("Train Further"), self.extend_requested),
            (_("Rename…"), self.rename_requested),
            (_("Open Containing Folder"), self.folder_requested),
            (_("Delete…"), self.delete_requested),
        ):
            menu.addAction(text, signal.emit)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip(_("Shows more actions for this model"))
        self.more.setAccessibleName(self.more.toolTip())
        theme.set_role(self.more, "tool")
        icons.set_icon(self.more, "more")
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(text_column, 1)
        for widget in (self.more, self.export, self.try_it):
            row.addWidget(widget)
        return page


class _Running(QWidget):
    """Page with the progress bar, the step, the remaining time, the speed and the best PSNR of a run."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._aside, self._left = label("title"), shrinkable(label("muted")), label("title")
        self._rates, self._best = shrinkable(label("caption")), shrinkable(label("caption"))
        self._best.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(_("Training progress"))
        for numeric_label in (self._title, self._left, self._rates, self._best):
            font = numeric_label.font()
            font.setFeature(font.Tag("tnum"), 1)
            numeric_label.setFont(font)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        first, last = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(12)
        for row, left, right in ((first, (self._title, self._aside), self._left), (last, (self._rates,), self._best)):
            for widget in left:
                row.addWidget(widget, 1 if widget is left[-1] else 0)
            row.addWidget(right, 0 if row is first else 1)
        column.addLayout(first)
        column.addWidget(self._bar)
        column.addLayout(last)

    def display(self, progress: Progress, *, paused: bool, stopping: bool) -> None:
        self._title.setText(progress.title)
        self._aside.setText(progress.detail)
        self._left.setText(_("Stopping…") if stopping else _("Paused") if paused else progress.time_left)
        self._rates.setText(progress.rates)
        self._best.setText(progress.best)
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)


def _make_introduction() -> QWidget:
    """Return the page that introduces training before the first run."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(16, 8, 16, 8)
    column.setSpacing(4)
    column.addStretch()
    column.addWidget(shrinkable(label("title", _("Train your own model"))))
    text = _(
        "Select a training set and a recipe, then start training. You can stop at any time and keep the best model."
    )
    column.addWidget(shrinkable(label("caption", text)))
    column.addStretch()
    return page
