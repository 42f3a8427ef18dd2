"""The choices on the right: ground truth, scale, model; output and time; the button that saves."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from srcnn_gui.choices import text
from srcnn_gui.choices.options import ARITHMETICS, SCALES
from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.text import times
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.panel import Panel


class Inspector(Panel):
    """Shows what is chosen and passes on other choices."""

    truth_chosen = Signal(str)  # "none" or "reduced"
    truth_file_wanted = Signal()
    scale_chosen = Signal(int)
    size_wanted = Signal()
    model_chosen = Signal(str)
    import_wanted = Signal()
    device_chosen = Signal(str)
    precision_chosen = Signal(str)
    ensemble_chosen = Signal(bool)
    save_wanted = Signal()
    export_wanted = Signal()
    stop_or_start_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._compact = self._simulated = False
        self._name = controls.label("section")
        self._full_name = ""
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # elided, it asks for no room
        self._facts = controls.label("caption")
        self._facts.setWordWrap(True)
        self._truth = controls.combo(_("Ground truth"))
        self._scales = controls.TimesOrSize(SCALES, self.scale_chosen.emit, self.size_wanted.emit)
        self._model = controls.combo(_("Model"))
        self._card = controls.FactsCard()
        self._device = controls.combo(_("Run on"))
        self._precision = controls.combo(_("Precision"))
        controls.fill(self._precision, [(name, text.precision(name)) for name in ARITHMETICS])
        self._precision.setToolTip(_("The numbers that the network computes with; Automatic is the fastest good one"))
        self._ensemble = QCheckBox(_("Average 8 orientations"))
        self._import = QToolButton()
        self._import.setText(_("Import…"))
        self._size = controls.FactsCard()
        self.save, self.export = QPushButton(), QPushButton()
        self.cancel = QPushButton(_("Stop"))
        self._truth.activated.connect(self._choose_truth)
        self._model.activated.connect(lambda index: self.model_chosen.emit(self._model.itemData(index)))
        self._import.clicked.connect(self.import_wanted)
        self._device.activated.connect(lambda index: self.device_chosen.emit(self._device.itemData(index)))
        self._precision.activated.connect(lambda index: self.precision_chosen.emit(self._precision.itemData(index)))
        self._ensemble.clicked.connect(self.ensemble_chosen)
        self.save.clicked.connect(self.save_wanted)
        self.export.clicked.connect(self.export_wanted)
        self.cancel.clicked.connect(self.stop_or_start_wanted)
        self._describe()
        theme.set_role(self.save, True, "primary")
        self._fill_choices()
        self._fill_pinned()
        icons.put(self.save, "save", on_fill=True)
        icons.put(self.cancel, "stop")
        self.lay_out()

    def display(self, state: State) -> None:
        """Show a state; what cannot be chosen is disabled."""
        self._full_name = state.name or _("No picture yet")
        self._elide()
        self._name.setToolTip(state.name)
        self._facts.setText(state.facts or _("The choices below are kept for the first one"))
        self._fill_truth(state)
        self._scales.display(state.scale, state.scales, times(state) if state.target else "")
        self._fill_models(state)
        self._card.display(state.model.card if state.model else ())
        self._fill_devices(state)
        self._precision.setCurrentIndex(self._precision.findData(state.precision))
        self._ensemble.setChecked(state.ensemble)
        self._size.display(((_("Output"), state.output or "–"), (_("Time"), state.time or "–")), strong=True)
        self._simulated = state.simulated
        self._name_buttons()
        self.save.setEnabled(state.can_save)
        self.export.setEnabled(state.can_save)
        self.cancel.setText(_("Start again") if state.can_start else _("Stop"))
        icons.put(self.cancel, "play" if state.can_start else "stop")
        busy = state.working or state.can_start
        self.cancel.setVisible(busy)
        self.export.setVisible(not busy)

    def _describe(self) -> None:
        """What is not written on a control, for those who do not see what is round it."""
        for control, words in (
            (self._truth, _("What the enlargement is measured against")),
            (self._model, _("The network that enlarges")),
            (self._device, _("What computes")),
            (self._ensemble, _("Better, and eight times slower")),
            (self.export, _("Writes both panes to one file, side by side or in turn")),
            (self.cancel, _("Stops the enlargement, or starts it again")),
        ):
            control.setAccessibleDescription(words)

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        super().set_compact(compact)
        self._compact = compact
        self._name_buttons()
        self._elide()

    def _name_buttons(self) -> None:
        """Name the buttons, shorter in a narrow window; a simulation is never called the result."""
        ways = QBoxLayout.Direction
        beside = self._compact and not self._simulated  # the longer name needs the whole width
        self._buttons.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        told = _("Writes the image that was downscaled and upscaled again. It is no larger than the open image.")
        if self._simulated:
            self.save.setText(_("Save Simulation…"))
        else:
            self.save.setText(_("Save…") if self._compact else _("Save result…"))
        self.save.setToolTip(told if self._simulated else "")
        self.save.setAccessibleDescription(told if self._simulated else _("Writes the enlarged picture to a file"))
        self.export.setText(_("Export…") if self._compact else _("Export comparison…"))

    def _elide(self) -> None:
        """A long file name keeps its beginning and its ending."""
        room = self.maximumWidth() - 44
        self._name.setText(self._name.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, room))

    def _fill_choices(self) -> None:
        column = self.choices
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addSpacing(4)
        for title, widget in (
            (_("Ground truth"), self._truth),
            (_("Scale"), self._scales),
            (_("Model"), self._model),
        ):
            column.addLayout(self._head(title, widget))
            column.addWidget(widget)
            column.addSpacing(4)
        column.addWidget(self._card)
        column.addSpacing(4)
        column.addWidget(controls.label("section", _("Run on"), of=self._device))
        column.addWidget(self._device)
        column.addLayout(controls.beside(_("Precision"), self._precision))
        column.addWidget(self._ensemble)
        self._price = controls.label("caption", _("0.15 to 0.3 dB better, 8 times slower"))
        self._price.setContentsMargins(26, 0, 0, 0)
        self._price.setWordWrap(True)
        column.addWidget(self._price)

    def _head(self, title: str, field: QWidget) -> QHBoxLayout:
        """A title; over the models with the link that brings another."""
        row = QHBoxLayout()
        row.addWidget(controls.label("section", title, of=field))
        if title == _("Model"):
            theme.set_role(self._import, "link")
            self._import.setAccessibleName(_("Import a model"))
            self._import.setToolTip(_("A .safetensors, .mat or PyTorch file"))
            row.addStretch()
            row.addWidget(self._import)
        return row

    def _fill_pinned(self) -> None:
        """Size, time, buttons."""
        self.pinned.addWidget(self._size)
        self._buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._buttons.setSpacing(12)
        for button in (self.save, self.export, self.cancel):
            self._buttons.addWidget(button, 1)
        self.pinned.addLayout(self._buttons)

    def _choose_truth(self, index: int) -> None:
        """Pass on a choice; the last line asks for a file, and the one before it is the file in use, if any."""
        chosen = self._truth.itemData(index)
        if chosen == "ask":
            self.truth_file_wanted.emit()
        elif chosen != "file":
            self.truth_chosen.emit(chosen)

    def _fill_truth(self, state: State) -> None:
        file = state.truth_name if state.truth_fits else _("{name} (size differs)").format(name=state.truth_name)
        lines: list[tuple[str, str]] = [("none", _("None"))]
        lines += [("reduced", _("This image (simulate {times})").format(times=times(state)))] if state.name else []
        lines += [("file", file)] if state.truth == "file" else []
        lines += [("ask", _("Another file…"))] if state.name else []
        self._truth.setEnabled(bool(state.name))
        controls.fill(self._truth, lines)
        self._truth.setCurrentIndex([key for key, _title in lines].index(state.truth))
        self._truth.setToolTip(state.truth_name)

    def _fill_devices(self, state: State) -> None:
        controls.fill(self._device, list(state.devices) or [("auto", "…")])
        self._device.setEnabled(len(state.devices) > 0)
        shown = self._device.findData(state.device)
        if shown < 0:  # "auto" is the best of them
            shown = max(0, self._device.findText(state.running_on))
        self._device.setCurrentIndex(shown)

    def _fill_models(self, state: State) -> None:
        controls.fill(self._model, [(choice.key, choice.title) for choice in state.models])
        self._model.setEnabled(bool(state.models))
        if state.model is not None:
            self._model.setCurrentIndex([choice.key for choice in state.models].index(state.model.key))
