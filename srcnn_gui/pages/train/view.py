"""The Train page, which builds its content when it is first shown.

To keep the window responsive, the content is built in several steps. The plots are added when pyqtgraph is loaded.
"""

from typing import TYPE_CHECKING, Any, Self

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QPushButton, QWidget

from srcnn_gui.pages.train.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.page import Page

if TYPE_CHECKING:
    from srcnn_gui.pages.train.body import TrainBody
    from srcnn_gui.pages.train.inspector import TrainInspector
    from srcnn_gui.pages.train.presenter import TrainPresenter


class TrainPage(Page):
    """The Train page, which is the view of `TrainPresenter`."""

    rendered = Signal(object)  # the displayed State, for updating the menu

    def __init__(self) -> None:
        super().__init__()
        self._presenter: TrainPresenter | None = None
        self._state = State()
        self._snapshot: Any = None
        self._compact = self._plotting_loaded = self._build_started = False
        self.body: TrainBody | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Regions of the page, in the order in which Tab and F6 visit them."""
        if self.body is None:
            return ()
        body = self.body
        return (body.strip, body.interrupted, body.notice, body.tabs, body.cards, body.inspector)

    def attach(self, presenter: "TrainPresenter") -> None:
        """Set the presenter. The signals of the page are connected when its content is built."""
        self._presenter = presenter

    # -- view protocol ----------------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Update the page to match `state`. Content that is not built yet is updated when it is built."""
        if state.status != self._state.status:
            self.status_changed.emit(state.status)
        if state.is_active != self._state.is_active:
            self.running_changed.emit(state.is_active)
        self._state = state
        if self.body is not None:
            self.body.display(state)
        self.rendered.emit(state)

    def show_snapshot(self, snapshot: Any) -> None:
        """Show the filters and the preview from a `Snapshot`. None clears them."""
        self._snapshot = snapshot
        if self.body is not None:
            self.body.show_snapshot(snapshot)

    def show_patches(self, inputs: Any, labels: Any) -> None:
        """Open a dialog with sample patches. See `PatchesDialog` for the parameters."""
        from srcnn_gui.pages.train.dialogs import PatchesDialog  # noqa: PLC0415 - see the module docstring

        PatchesDialog(self, inputs, labels).open()

    def show_command(self, command: str, note: str) -> None:
        """Open a dialog with the command that trains with the current settings."""
        from srcnn_gui.pages.train.dialogs import CommandDialog  # noqa: PLC0415 - see the module docstring

        CommandDialog(self, command, note).open()

    def show_validation_images(self, images: Any) -> None:
        """Open the dialog in which the user selects the preview region in a validation image."""
        if self.body is not None:
            self.body.show_validation_images(images)

    def restore_from(self, previous: Self) -> None:
        """Copy the snapshot from `previous`, the page that this one replaces."""
        self.show_snapshot(previous._snapshot)
        self._plotting_loaded = previous._plotting_loaded

    # -- page -------------------------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Set whether the page uses less space, for a narrow window."""
        self._compact = compact
        if self.body is not None:
            self.body.set_compact(compact)

    def apply_theme(self) -> None:
        """Update the colors that the style sheet does not cover."""
        if self.body is not None:
            self.body.apply_theme()

    def can_close(self) -> bool:
        """Return whether the window may close. During a run, ask the user for confirmation."""
        if not self._state.is_active:
            return True
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(_("Training Is Running"))
        box.setText(
            _("Close the window? Training will stop. You can resume the run the next time you open the program.")
        )
        close = QPushButton(_("Close Window"))
        box.addButton(close, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(_("Keep Training"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is close

    def showEvent(self, event: QShowEvent) -> None:
        """Start to build the content when the page is shown for the first time."""
        super().showEvent(event)
        if self._presenter is not None and not self._build_started:
            self._build_started = True
            QTimer.singleShot(0, self, self._build_inspector)
        elif self.body is not None:
            self._look_for_images()

    def changeEvent(self, event: QEvent) -> None:
        """Look for new training images when the window becomes active."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self._look_for_images()

    def _look_for_images(self) -> None:
        if self._presenter is not None and self.body is not None:
            self._presenter.dataset.on_page_shown()

    def _build_inspector(self) -> None:
        from srcnn_gui.pages.train.inspector import TrainInspector  # noqa: PLC0415 - see the module docstring

        inspector = TrainInspector()
        QTimer.singleShot(0, self, lambda: self._build_body(inspector))

    def _build_body(self, inspector: "TrainInspector") -> None:
        from srcnn_gui.pages.train.body import TrainBody  # noqa: PLC0415 - see the module docstring

        assert self._presenter is not None
        self.body = TrainBody(self._presenter, inspector)
        self._row.addWidget(self.body)
        self.body.set_compact(self._compact)
        self.body.display(self._state)
        self.body.show_snapshot(self._snapshot)
        QTimer.singleShot(0, self, self._add_next_plot)
        QTimer.singleShot(0, self, self._presenter.dataset.on_page_shown)

    def on_plotting_loaded(self) -> None:
        """Add the plots to the cards, now that pyqtgraph is loaded."""
        self._plotting_loaded = True
        self._add_next_plot()

    def _add_next_plot(self) -> None:
        """Add the plot of the next curve. Only one is added at a time, because each takes about 50 ms."""
        missing = [] if self.body is None else [card for card in self.body.curves if card.plot is None]
        if self._plotting_loaded and missing:
            missing[0].add_plot()
            QTimer.singleShot(0, self, self._add_next_plot)
