"""Content of the Train page with the progress strip, the cards, the log and the side panel."""

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

from engine.system.files import os_error_reason
from srcnn_gui.choices import file_filters
from srcnn_gui.pages.train.curve_card import CurveCard
from srcnn_gui.pages.train.dialogs import RunsDialog
from srcnn_gui.pages.train.filters_grid import FiltersCard
from srcnn_gui.pages.train.inspector import TrainInspector
from srcnn_gui.pages.train.preview_card import PreviewCard
from srcnn_gui.pages.train.preview_region import PreviewRegionDialog
from srcnn_gui.pages.train.progress_strip import TrainProgressStrip
from srcnn_gui.pages.train.state import State
from srcnn_gui.runtime.translations import _, translate
from srcnn_gui.ui import theme
from srcnn_gui.ui.confirm import ask_to_confirm
from srcnn_gui.ui.controls import SegmentedControl, label, layout_of, shrinkable
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import add_side_panel

if TYPE_CHECKING:
    from srcnn_gui.pages.train.presenter import TrainPresenter

_FILTERS_WIDTH, _MAX_WIDTH = 335, 16_777_215  # px, the second is Qt's QWIDGETSIZE_MAX
_LOWER_ROW_HEIGHT, _COMPACT_LOWER_ROW_HEIGHT = 226, 160
_REFRESH_MS = 250


class TrainBody(QWidget):
    """Content of the Train page. It shows a `State` and forwards user input to the presenter."""

    def __init__(self, presenter: "TrainPresenter", inspector: TrainInspector) -> None:
        super().__init__()
        self._presenter = presenter
        self._state = State()
        self.strip, self.notice, self.interrupted = TrainProgressStrip(), Notice(), _InterruptedBanner()
        self.psnr = CurveCard(_("Validation PSNR"), "model", decimals=2)
        self.loss = CurveCard(_("Loss"), "loss", decimals=2, unit="1e-3", log_scale=True)
        self.loss.set_subtitle(_("MSE, ×10⁻³"))
        self.curves = (self.psnr, self.loss)
        self.filters, self.preview = FiltersCard(), PreviewCard()
        self.inspector = inspector
        self._log = shrinkable(label("caption"))
        self._runs: RunsDialog | None = None
        self._region_dialog: PreviewRegionDialog | None = None
        self._snapshot: Any = None
        tabs = [(0, _("Curves"), _("Curves")), (1, _("Filters"), _("Filters"))]
        # Not a QTabBar, because screen readers do not read its description.
        self.tabs = SegmentedControl(tabs, self._show_tab, _("Shows the curves, or the filters and the preview"))
        layout_of(self.tabs).setContentsMargins(12, 12, 12, 0)
        self._tab = 0
        self._refresh_timer = QTimer(self, singleShot=True)
        self._refresh_timer.timeout.connect(self._render_progress)
        add_side_panel(self, self._work(), self.inspector)
        self._attach(presenter)

    def display(self, state: State) -> None:
        """Update the content to match `state`.

        If only the progress, the curves or the log have changed, the update is limited to four times per second.
        """
        before, self._state = self._state, state
        if replace(before, progress=state.progress, curves=state.curves, log=state.log) == state != before:
            if not self._refresh_timer.isActive():
                self._refresh_timer.start(_REFRESH_MS)
            return
        self._refresh_timer.stop()
        self._render_progress()
        self.notice.display(state.notice)
        self.interrupted.display(state.interrupted, can_resume=state.can_resume)
        self.inspector.display(state)
        self.psnr.set_subtitle(state.psnr_subtitle or _("dB"))
        self.preview.set_model_title(_("Current") if state.is_active or state.outcome is None else _("Best"))
        if state.outcome is not None and before.outcome is None:
            self.strip.try_it.setFocus()  # the hidden stop button may have had the focus
        self.preview.set_can_change(state.is_active and bool(state.preview_images))
        if self._region_dialog is not None and not state.is_active:
            self._region_dialog.close()
        if self._runs is not None and state.previous_runs != before.previous_runs:
            self._runs.display(state.previous_runs)

    def _render_progress(self) -> None:
        """Update the widgets that change during a run: the progress strip, the curves and the log."""
        state = self._state
        self.strip.display(state)
        self._render_curves(state)
        self._log.setText(state.log[-1] if state.log else "")
        self._log.setToolTip("\n".join(state.log[-20:]))

    def _render_curves(self, state: State) -> None:
        shown_runs = [run for run in state.previous_runs if run.shown]
        until = state.progress.total if state.is_active and state.phase != "preparing" else 0
        older = [(run.name, run.curves.psnr) for run in shown_runs]
        self.psnr.show_curve(
            state.curves.psnr, state.curves.bicubic_db, older, until, (state.test_title, state.curves.test)
        )
        older = [(run.name, run.curves.losses) for run in shown_runs]
        self.loss.show_curve(state.curves.losses, None, older, until)

    def show_snapshot(self, snapshot: Any) -> None:
        """Show the filters and the preview from a `Snapshot`. None clears them."""
        self.filters.show_filters(None if snapshot is None else snapshot.filters)
        self.preview.show_crop(None if snapshot is None else snapshot.preview)
        self._snapshot = snapshot
        self._render_preview_region()

    def show_validation_images(self, images: Any) -> None:
        """Open the dialog in which the user selects the preview region in a validation image."""
        self._region_dialog = PreviewRegionDialog(self, images, self._presenter.set_preview_region)
        self._render_preview_region()
        self._region_dialog.show()

    def _render_preview_region(self) -> None:
        crop = None if self._snapshot is None else self._snapshot.preview
        if self._region_dialog is not None and crop is not None:
            self._region_dialog.show_region(crop.name, crop.region)

    def set_compact(self, compact: bool) -> None:
        """Set whether to show the curves and the filters on separate tabs, for a narrow window."""
        self.inspector.set_compact(compact)
        self.strip.set_compact(compact)
        self.tabs.setVisible(compact)
        self._compact = compact
        self._show_tab(self._tab)

    def apply_theme(self) -> None:
        """Update the colors that the style sheet does not cover."""
        for part in (self.strip, self.psnr, self.loss, self.preview):
            part.apply_theme()
        self.filters.update()

    def _work(self) -> QWidget:
        work = QWidget()
        self.cards = QWidget()
        cards = QVBoxLayout(self.cards)
        cards.setContentsMargins(12, 12, 12, 12)
        cards.setSpacing(12)
        self._rows = [QHBoxLayout(), QHBoxLayout()]
        for row, (curve, preview, stretch) in zip(
            self._rows, ((self.psnr, self.filters, 0), (self.loss, self.preview, 2)), strict=True
        ):
            row.setSpacing(12)
            row.addWidget(curve, 1)
            row.addWidget(preview, stretch)
            cards.addLayout(row)
        log = QFrame()
        theme.set_role(log, "strip")
        log.setFixedHeight(theme.scaled_px(30))
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

    def _show_tab(self, tab: int) -> None:
        """Show all four cards or, in a narrow window, only the cards of a tab.

        Tab 0 contains the curves. Tab 1 contains the filters and the preview.
        """
        self._tab, compact = tab, self._compact
        self.tabs.check_button(tab)
        curves, previews = (self.psnr, self.loss), (self.filters, self.preview)
        for row, (curve, preview) in enumerate(zip(curves, previews, strict=True)):
            curve.setVisible(not compact or tab == 0)
            preview.setVisible(not compact or tab == 1)
            self._rows[row].setStretchFactor(preview, 1 if compact else 2 * row)
        self.filters.setFixedWidth(_FILTERS_WIDTH) if not compact else self.filters.setMaximumWidth(_MAX_WIDTH)
        self.filters.setMinimumWidth(0 if compact else _FILTERS_WIDTH)
        for card in (self.loss, self.preview):
            card.setFixedHeight(theme.scaled_px(_COMPACT_LOWER_ROW_HEIGHT if compact else _LOWER_ROW_HEIGHT))

    _compact = False

    def _attach(self, presenter: "TrainPresenter") -> None:
        dataset, run_history, inspector = presenter.dataset, presenter.run_history, self.inspector
        inspector.source_chosen.connect(dataset.choose_source)
        inspector.folder_chosen.connect(dataset.choose_folder)
        inspector.fetch_requested.connect(dataset.toggle_download)
        inspector.patches_requested.connect(dataset.show_patches)
        inspector.preset_chosen.connect(dataset.choose_preset)
        inspector.warm_start_chosen.connect(dataset.choose_warm_start)
        inspector.warm_start_file_chosen.connect(dataset.choose_warm_start_file)
        inspector.changed.connect(dataset.change_setting)
        inspector.start_requested.connect(presenter.start)
        inspector.pause_requested.connect(presenter.pause)
        inspector.stop_requested.connect(presenter.stop)
        inspector.discard_requested.connect(presenter.discard)
        inspector.runs_requested.connect(self._show_runs)
        self.notice.dismissed.connect(presenter.dismiss_notice)
        self.interrupted.resume.clicked.connect(presenter.resume)
        self.interrupted.keep.clicked.connect(presenter.keep_interrupted)
        self.interrupted.discard.clicked.connect(self._ask_to_discard)
        self.preview.region_change_requested.connect(presenter.show_validation_images)
        self.strip.try_requested.connect(run_history.try_model)
        self.strip.export_requested.connect(self.ask_for_export_file)
        self.strip.rename_requested.connect(self.ask_for_new_name)
        self.strip.delete_requested.connect(self.ask_to_delete_model)
        self.strip.folder_requested.connect(self._open_folder)
        self.strip.extend_requested.connect(presenter.extend_run)
        for card in self.curves:
            card.export_requested.connect(lambda kind, card=card: self._save_curve(card, kind))

    def ask_for_export_file(self) -> None:
        """Ask the user for a path, and export the model to it."""
        outcome = self._state.outcome
        if outcome is not None:
            matlab = _("MATLAB, official SRCNN format")
            kinds = (
                f"PyTorch (*.pth *.pt);;SRCNN Studio (*.safetensors);;{matlab} (*.mat);;ONNX (*.onnx);;ncnn (*.param)"
            )
            start = str(Path.home() / f"{outcome.name}.pth")
            name, kind = QFileDialog.getSaveFileName(self, _("Export Model"), start, kinds)
            path = (
                file_filters.confirm_overwrite(self, Path(name), file_filters.add_extension(Path(name), kind))
                if name
                else None
            )
            if path is not None and path.suffix.lower() == ".param":  # a .bin file with the weights is written too
                weights = path.with_suffix(".bin")
                path = path if file_filters.confirm_overwrite(self, path, weights) else None
            if path is not None:
                self._presenter.run_history.export_model(path)

    def ask_for_config_to_open(self) -> None:
        """Ask the user for a configuration file or a model, and apply its settings."""
        kinds = f"{_('Recipes and models')} (*.toml *.safetensors)"
        name, _kind = QFileDialog.getOpenFileName(self, _("Open Recipe"), "", kinds)
        if name:
            self._presenter.import_config(Path(name))

    def ask_for_config_to_save(self) -> None:
        """Ask the user for a path, and save the settings to it."""
        name, kind = QFileDialog.getSaveFileName(self, _("Save Recipe"), "recipe.toml", "TOML (*.toml)")
        path = file_filters.add_extension(Path(name), kind) if name else None
        if path is not None and file_filters.confirm_overwrite(self, Path(name), path) is not None:
            self._presenter.export_config(path)

    def ask_for_new_name(self) -> None:
        """Ask the user for a new name, and rename the model."""
        outcome = self._state.outcome
        if outcome is not None:
            name, accepted = QInputDialog.getText(self, _("Rename Model"), _("Name"), text=outcome.name)
            if accepted:
                self._presenter.run_history.rename_model(name)

    def ask_to_delete_model(self) -> None:
        """Delete the model if the user confirms."""
        outcome = self._state.outcome
        if outcome is not None:
            question = _("Delete the model “{name}”?").format(name=outcome.name)
            if ask_to_confirm(self, _("Delete Model"), question, _("Delete")):
                self._presenter.run_history.delete_model()

    def _ask_to_discard(self) -> None:
        """Ask the user for confirmation, and delete the interrupted run."""
        question = _("Discard this run? Its checkpoint and best weights will be deleted.")
        if ask_to_confirm(self, _("Discard Run"), question, _("Discard")):
            self._presenter.discard_interrupted()

    def _open_folder(self) -> None:
        if self._state.outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._state.outcome.path).parent)))

    def _show_runs(self) -> None:
        self._runs = RunsDialog(
            self, self._presenter.run_history.show_run_curves, self._presenter.run_history.delete_run
        )
        self._runs.display(self._state.previous_runs)
        self._runs.open()

    def _save_curve(self, card: CurveCard, kind: str) -> None:
        name, _kind = QFileDialog.getSaveFileName(self, _("Save Curve"), f"curve.{kind}", f"{kind.upper()} (*.{kind})")
        if not name:
            return
        try:
            (card.save_png if kind == "png" else card.save_csv)(name)
        except OSError as error:
            message = _("{name} can't be saved. {reason}")
            reason = translate(os_error_reason(error)) if error.errno else str(error)
            QMessageBox.warning(self, _("Curve Not Saved"), message.format(name=Path(name).name, reason=reason))


class _InterruptedBanner(QFrame):
    """Banner with buttons to resume, keep or discard an interrupted run."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "notice")
        self._sentence = QLabel(wordWrap=True)
        self.resume = QPushButton(_("Resume"))
        self.keep, self.discard = QPushButton(_("Save Best Model")), QPushButton(_("Discard"))
        theme.set_role(self.resume, True, "primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self._sentence, 1)
        for button in (self.discard, self.keep, self.resume):
            row.addWidget(button)
        self.hide()

    def display(self, sentence: str, *, can_resume: bool) -> None:
        self._sentence.setText(sentence)
        self.resume.setVisible(can_resume)
        self.keep.setText(_("Save Best Model") if can_resume else _("Save Model"))
        theme.set_role(self.keep, not can_resume, "primary")
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
