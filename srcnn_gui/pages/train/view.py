"""The Train page: strip, curves, filters, preview, log and inspector, joined to their presenter.

It is built part by part when it is first shown, since many never train, and its curves once their library is there: no
part keeps the window from answering.
"""

from typing import TYPE_CHECKING, Any, Self

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QPushButton, QWidget

from srcnn_gui.pages.train.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.page import Page

if TYPE_CHECKING:
    from srcnn_gui.pages.train.body import TrainBench
    from srcnn_gui.pages.train.inspector import TrainInspector
    from srcnn_gui.pages.train.presenter import TrainPresenter


class TrainTab(Page):
    """The presenter's view."""

    rendered = Signal(object)  # the State, for the menu

    def __init__(self) -> None:
        super().__init__()
        self._presenter: TrainPresenter | None = None
        self._state = State()
        self._look: Any = None
        self._compact = self._can_draw = self._begun = False
        self.bench: TrainBench | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """What can be done with a run, the cards, the choices."""
        if self.bench is None:
            return ()
        bench = self.bench
        return (bench.strip, bench.interrupted, bench.notice, bench.tabs, bench.cards, bench.inspector)

    def attach(self, presenter: "TrainPresenter") -> None:
        """Send what a person does to the presenter."""
        self._presenter = presenter

    # -- the presenter's view --------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Show a state."""
        if state.status != self._state.status:
            self.status_changed.emit(state.status)
        if state.is_at_work != self._state.is_at_work:
            self.running_changed.emit(state.is_at_work)
        self._state = state
        if self.bench is not None:
            self.bench.display(state)
        self.rendered.emit(state)

    def show_look(self, look: Any) -> None:
        """What the network looks like now, or nothing."""
        self._look = look
        if self.bench is not None:
            self.bench.show_look(look)

    def show_patches(self, inputs: Any, labels: Any) -> None:
        """Some of the patches."""
        from srcnn_gui.pages.train.dialogs import PatchesDialog  # noqa: PLC0415 - like all of this page

        PatchesDialog(self, inputs, labels).open()

    def show_held_out(self, pictures: Any) -> None:
        """The held-out pictures, to choose a part from."""
        if self.bench is not None:
            self.bench.show_held_out(pictures)

    def take_over(self, before: Self) -> None:
        """What the network looks like; and curves that could be drawn there can be drawn here."""
        self.show_look(before._look)
        self._can_draw = before._can_draw

    # -- the page of the frame -------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self._compact = compact
        if self.bench is not None:
            self.bench.set_compact(compact)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        if self.bench is not None:
            self.bench.retint()

    def may_close(self) -> bool:
        """While a run goes on, ask; what was done so far is kept in its checkpoint."""
        if not self._state.is_at_work:
            return True
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(_("Training is under way"))
        box.setText(_("Close the window? Training stops here, and can be gone on with at the next start."))
        close = QPushButton(_("Close and go on later"))
        box.addButton(close, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(_("Keep training"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is close

    def showEvent(self, event: QShowEvent) -> None:
        """Build the page when it is first seen."""
        super().showEvent(event)
        if self._presenter is not None and not self._begun:
            self._begun = True
            QTimer.singleShot(0, self, self._build_inspector)

    def _build_inspector(self) -> None:
        from srcnn_gui.pages.train.inspector import TrainInspector  # noqa: PLC0415 - see the file's docstring

        inspector = TrainInspector()
        QTimer.singleShot(0, self, lambda: self._build_bench(inspector))

    def _build_bench(self, inspector: "TrainInspector") -> None:
        from srcnn_gui.pages.train.body import TrainBench  # noqa: PLC0415 - see the file's docstring

        assert self._presenter is not None
        self.bench = TrainBench(self._presenter, inspector)
        self._row.addWidget(self.bench)
        self.bench.set_compact(self._compact)
        self.bench.display(self._state)
        self.bench.show_look(self._look)
        QTimer.singleShot(0, self, self._draw_curve)
        QTimer.singleShot(0, self, self._presenter.pictures.see)

    def curves_loaded(self) -> None:
        """The library that draws curves is loaded."""
        self._can_draw = True
        self._draw_curve()

    def _draw_curve(self) -> None:
        """Put the next curve's plot into its card, if it can be; a plot takes some 50 ms to be made."""
        waiting = [] if self.bench is None else [card for card in self.bench.curves if card.plot is None]
        if self._can_draw and waiting:
            waiting[0].draw()
            QTimer.singleShot(0, self, self._draw_curve)
