"""What is on the Train page: the strip, the cards, the log, the inspector."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.choices import file_filters
from srcnn_gui.pages.train.curve_card import CurveCard
from srcnn_gui.pages.train.dialogs import RunsDialog
from srcnn_gui.pages.train.filters_grid import FiltersCard
from srcnn_gui.pages.train.inspector import TrainInspector
from srcnn_gui.pages.train.preview_card import PreviewCard
from srcnn_gui.pages.train.preview_region import PartDialog
from srcnn_gui.pages.train.progress_strip import TrainStrip
from srcnn_gui.pages.train.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.confirm import confirmed
from srcnn_gui.ui.controls import Segments, label, layout_of, modest
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import beside_work

if TYPE_CHECKING:
    from srcnn_gui.pages.train.presenter import TrainPresenter

_FILTERS_WIDTH, _NO_LIMIT = 335, 16_777_215  # px; the latter is Qt's
_BELOW_HEIGHT, _COMPACT_BELOW_HEIGHT = 226, 160
_REFRESH_MS = 250


class TrainBench(QWidget):
    """Shows a State, and sends what a person does to the presenter."""

    def __init__(self, presenter: "TrainPresenter", inspector: TrainInspector) -> None:
        super().__init__()
        self._presenter = presenter
        self._state = State()
        self.strip, self.notice, self.interrupted = TrainStrip(), Notice(), _Interrupted()
        self.psnr = CurveCard(_("Held-out PSNR"), "srcnn", decimals=2)
        self.loss = CurveCard(_("Loss"), "loss", decimals=2, unit="1e-3", log=True)
        self.loss.set_subtitle(_("mean square, ×10⁻³"))
        self.curves = (self.psnr, self.loss)
        self.filters, self.preview = FiltersCard(), PreviewCard()
        self.inspector = inspector
        self._log = modest(label("caption"))
        self._runs: RunsDialog | None = None
        self._parts: PartDialog | None = None
        self._look: Any = None
        shown = [(0, _("Curves"), _("Curves")), (1, _("Filters"), _("Filters"))]
        # Not a QTabBar: its description does not reach a screen reader.
        self.tabs = Segments(shown, self._take_turns, _("Shows the curves, or the filters and the preview"))
        layout_of(self.tabs).setContentsMargins(12, 12, 12, 0)
        self._turn = 0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._render_moving)
        beside_work(self, self._work(), self.inspector)
        self._attach(presenter)

    def display(self, state: State) -> None:
        """Show a state; what moves with every step at most four times a second."""
        before, self._state = self._state, state
        if replace(before, progress=state.progress, curves=state.curves, log=state.log) == state != before:
            if not self._later.isActive():
                self._later.start(_REFRESH_MS)
            return
        self._later.stop()
        self._render_moving()
        self.notice.display(state.notice)
        self.interrupted.display(state.interrupted, can_resume=state.can_resume)
        self.inspector.display(state)
        self.psnr.set_subtitle(state.held_out or _("dB"))
        self.preview.set_now(_("Now") if state.is_at_work or state.outcome is None else _("At the end"))
        if state.outcome is not None and before.outcome is None:
            self.strip.try_it.setFocus()  # the next step; the button that was pressed is gone
        self.preview.set_can_change(state.is_at_work and bool(state.to_show))
        if self._parts is not None and not state.is_at_work:
            self._parts.close()
        if self._runs is not None and state.old_runs != before.old_runs:
            self._runs.display(state.old_runs)

    def _render_moving(self) -> None:
        """The strip, the curves, the log."""
        state = self._state
        self.strip.display(state)
        self._render_curves(state)
        self._log.setText(state.log[-1] if state.log else "")
        self._log.setToolTip("\n".join(state.log[-20:]))

    def _render_curves(self, state: State) -> None:
        shown = [run for run in state.old_runs if run.shown]
        until = state.progress.total if state.is_at_work and state.phase != "gathering" else 0
        older = [(run.name, run.curves.psnr) for run in shown]
        self.psnr.show_curve(state.curves.psnr, state.curves.bicubic_db, older, until)
        older = [(run.name, run.curves.losses) for run in shown]
        self.loss.show_curve(state.curves.losses, None, older, until)

    def show_look(self, look: Any) -> None:
        """What the network looks like now, or nothing."""
        self.filters.show_filters(None if look is None else look.filters)
        self.preview.show_part(None if look is None else look.part)
        self._look = look
        self._frame_part()

    def show_held_out(self, pictures: Any) -> None:
        """The held-out pictures, to choose a part from."""
        self._parts = PartDialog(self, pictures, self._presenter.show_part)
        self._frame_part()
        self._parts.show()

    def _frame_part(self) -> None:
        part = None if self._look is None else self._look.part
        if self._parts is not None and part is not None:
            self._parts.show_place(part.name, part.place)

    def set_compact(self, compact: bool) -> None:
        """In a narrow window curves and filters take turns."""
        self.inspector.set_compact(compact)
        self.strip.set_compact(compact)
        self.tabs.setVisible(compact)
        self._compact = compact
        self._take_turns(self._turn)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        for part in (self.strip, self.psnr, self.loss, self.preview):
            part.retint()
        self.filters.update()

    def _work(self) -> QWidget:
        work = QWidget()
        self.cards = QWidget()
        cards = QVBoxLayout(self.cards)
        cards.setContentsMargins(12, 12, 12, 12)
        cards.setSpacing(12)
        self._rows = [QHBoxLayout(), QHBoxLayout()]
        for row, (curve, look, share) in zip(
            self._rows, ((self.psnr, self.filters, 0), (self.loss, self.preview, 2)), strict=True
        ):
            row.setSpacing(12)
            row.addWidget(curve, 1)
            row.addWidget(look, share)
            cards.addLayout(row)
        log = QFrame()
        theme.set_role(log, "strip")
        log.setFixedHeight(theme.grown(30))
        line = QHBoxLayout(log)
        line.setContentsMargins(16, 0, 16, 0)
        line.addWidget(self._log, 1)
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.strip, self.interrupted, self.notice, self.tabs):
            column.addWidget(widget)
        column.addWidget(self.cards, 1)
        column.addWidget(log)
        return work

    def _take_turns(self, which: int) -> None:
        """Show all four cards, or in a narrow window the curves or what the network makes."""
        self._turn, compact = which, self._compact
        self.tabs.choose(which)
        curves, looks = (self.psnr, self.loss), (self.filters, self.preview)
        for row, (curve, look) in enumerate(zip(curves, looks, strict=True)):
            curve.setVisible(not compact or which == 0)
            look.setVisible(not compact or which == 1)
            self._rows[row].setStretchFactor(look, 1 if compact else 2 * row)
        self.filters.setFixedWidth(_FILTERS_WIDTH) if not compact else self.filters.setMaximumWidth(_NO_LIMIT)
        self.filters.setMinimumWidth(0 if compact else _FILTERS_WIDTH)
        for card in (self.loss, self.preview):
            card.setFixedHeight(theme.grown(_COMPACT_BELOW_HEIGHT if compact else _BELOW_HEIGHT))

    _compact = False

    def _attach(self, presenter: "TrainPresenter") -> None:
        pictures, shelf, inspector = presenter.pictures, presenter.shelf, self.inspector
        inspector.source_chosen.connect(pictures.choose_source)
        inspector.folder_chosen.connect(pictures.choose_folder)
        inspector.fetch_wanted.connect(pictures.fetch)
        inspector.patches_wanted.connect(pictures.show_patches)
        inspector.preset_chosen.connect(pictures.choose_preset)
        inspector.start_chosen.connect(pictures.choose_start)
        inspector.start_file_chosen.connect(pictures.choose_start_file)
        inspector.changed.connect(pictures.change)
        inspector.start_wanted.connect(presenter.start)
        inspector.pause_wanted.connect(presenter.pause)
        inspector.stop_wanted.connect(presenter.stop)
        inspector.discard_wanted.connect(presenter.discard)
        inspector.runs_wanted.connect(self._show_runs)
        self.notice.dismissed.connect(presenter.dismiss)
        self.interrupted.go_on.clicked.connect(presenter.go_on)
        self.interrupted.keep.clicked.connect(presenter.keep_interrupted)
        self.interrupted.discard.clicked.connect(self._ask_to_discard)
        self.preview.other_wanted.connect(presenter.show_held_out)
        self.strip.try_wanted.connect(shelf.try_it)
        self.strip.export_wanted.connect(self.ask_where_to_export)
        self.strip.rename_wanted.connect(self.ask_for_name)
        self.strip.delete_wanted.connect(self.ask_to_delete)
        self.strip.folder_wanted.connect(self._open_folder)
        for card in self.curves:
            card.export_wanted.connect(lambda kind, card=card: self._save_curve(card, kind))

    def ask_where_to_export(self) -> None:
        """Let a person choose a name, and write the model there."""
        outcome = self._state.outcome
        if outcome is not None:
            matlab = _("MATLAB, as the authors'")
            kinds = f"PyTorch (*.pth *.pt);;SRCNN Studio (*.safetensors);;{matlab} (*.mat);;ONNX (*.onnx)"
            start = str(Path.home() / f"{outcome.name}.pth")
            name, kind = QFileDialog.getSaveFileName(self, _("Export the model"), start, kinds)
            path = file_filters.agreed(self, Path(name), file_filters.with_ending(Path(name), kind)) if name else None
            if path is not None:
                self._presenter.shelf.export(path)

    def ask_for_name(self) -> None:
        """Let a person give the model another name."""
        outcome = self._state.outcome
        if outcome is not None:
            name, agreed = QInputDialog.getText(self, _("Rename the model"), _("Name"), text=outcome.name)
            if agreed:
                self._presenter.shelf.rename(name)

    def ask_to_delete(self) -> None:
        """Delete the model, if it is meant."""
        outcome = self._state.outcome
        if outcome is not None:
            words = _("Delete the model “{name}”?").format(name=outcome.name)
            if confirmed(self, _("Delete the model"), words, _("Delete")):
                self._presenter.shelf.delete()

    def _ask_to_discard(self) -> None:
        """Delete the run that was interrupted, if it is meant."""
        words = _("Delete this run and what it has learned?")
        if confirmed(self, _("Discard the run"), words, _("Discard")):
            self._presenter.discard_interrupted()

    def _open_folder(self) -> None:
        if self._state.outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._state.outcome.path).parent)))

    def _show_runs(self) -> None:
        self._runs = RunsDialog(self, self._presenter.shelf.overlay, self._presenter.shelf.delete_run)
        self._runs.display(self._state.old_runs)
        self._runs.open()

    def _save_curve(self, card: CurveCard, kind: str) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, _("Save the curve"), f"curve.{kind}", f"{kind.upper()} (*.{kind})"
        )
        if not name:
            return
        try:
            (card.save_png if kind == "png" else card.save_csv)(name)
        except OSError as error:
            words = _("{name} could not be written: {reason}")
            reason = error.strerror or str(error)
            QMessageBox.warning(self, _("Not saved"), words.format(name=Path(name).name, reason=reason))


class _Interrupted(QFrame):
    """A run that was interrupted: what to do with it."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "notice")
        self._sentence = QLabel(wordWrap=True)
        self.go_on = QPushButton(_("Resume"))
        self.keep, self.discard = QPushButton(_("Keep the best")), QPushButton(_("Discard"))
        theme.set_role(self.go_on, True, "primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self._sentence, 1)
        for button in (self.discard, self.keep, self.go_on):
            row.addWidget(button)
        self.hide()

    def display(self, sentence: str, *, can_resume: bool) -> None:
        self._sentence.setText(sentence)
        self.go_on.setVisible(can_resume)
        self.keep.setText(_("Keep the best") if can_resume else _("Save Model"))
        theme.set_role(self.keep, not can_resume, "primary")
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
