"""Side panel of the Train page with its settings and the buttons that control a run."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.train.advanced import AdvancedSettings
from srcnn_gui.pages.train.state import ARCHS, SCALES, Preset, State, TrainSettings
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.confirm import ask_to_confirm
from srcnn_gui.ui.controls import PropertyCard, ScaleButtons, combo_box, label, link_button, set_items
from srcnn_gui.ui.panel import SidePanel

_OTHER = "other"
_MAX_LENGTHS = {"minutes": 100_000, "steps": 100_000_000, "epochs": 1_000_000}


class TrainInspector(SidePanel):
    """Side panel of the Train page. Its settings are locked during a run."""

    source_chosen = Signal(str)  # key of the training set
    folder_chosen = Signal(Path)
    fetch_requested = Signal()
    patches_requested = Signal()
    preset_chosen = Signal(str)  # key of the preset
    warm_start_chosen = Signal(str)  # key of the warm start, or "" for random initial weights
    warm_start_file_chosen = Signal(Path)
    changed = Signal(str, object)  # name of a field of TrainSettings, and its new value
    start_requested = Signal()
    pause_requested = Signal()
    stop_requested = Signal()
    discard_requested = Signal()
    runs_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._source = combo_box(_("Training set"), opens_dialog=True)
        self._arch = combo_box(_("Architecture"))
        self._note, self._facts = label("caption", wrap=True), PropertyCard()
        self._skipped = label("caption", wrap=True)
        self._show_patches = link_button(_("Show Patches"))
        self.fetch, self._fetch_bar = QPushButton(), QProgressBar()
        self._scale = ScaleButtons(SCALES, lambda scale: self.changed.emit("scale", scale))
        self._presets: dict[str, _PresetCard] = {}
        self._preset_column, self._group = QVBoxLayout(), QButtonGroup(self)
        self.length, self.advanced = LengthEdit(), AdvancedSettings()
        self._chosen_warm_start = ""
        self._start_from = combo_box(_("Initial weights"), opens_dialog=True)
        self._start_from.setToolTip(
            _("Selects the weights at the start of training. If you select a model, its architecture is used too.")
        )
        self._custom_label = label("caption", _("Custom settings"))
        self._time = PropertyCard()
        self.start, self.stop = QPushButton(_("Start Training")), QPushButton(_("Stop and Save"))
        self.pause, self.discard, self.runs = QPushButton(_("Pause")), QPushButton(_("Discard…")), QPushButton()
        self._connect()
        self._fill_settings()
        self._fill_pinned()
        self.build_layout()

    def display(self, state: State) -> None:
        """Update all settings and buttons to match `state`."""
        settings, busy = state.settings, state.is_active
        self._fill_sources(state)
        self._note.setText(state.source_note)
        self._facts.display(state.training_set_rows)
        self._show_patches.setEnabled(state.can_show_patches)
        self._skipped.setVisible(bool(state.skipped))
        self._skipped.setText(state.skipped)
        self._skipped.setToolTip(state.skipped_reasons)
        self.fetch.setVisible(state.can_fetch or state.fetching)
        self.fetch.setText(_("Stop Download") if state.fetching else _("Download"))
        icons.set_icon(self.fetch, "stop" if state.fetching else "save")
        self._fetch_bar.setVisible(state.fetching)
        self._fetch_bar.setRange(0, state.to_fetch)
        self._fetch_bar.setValue(state.fetched)
        if self._arch.currentText() != settings.arch and not self._arch.hasFocus():
            self._arch.setEditText(settings.arch)
            self._arch_edit.setCursorPosition(0)  # a narrow field shows the start of the text
        self._scale.check_button(settings.scale)
        self._fill_presets(state.presets, settings.preset)
        self._custom_label.setVisible(settings.preset not in self._presets)
        self.length.display(settings)
        self.advanced.display(settings)
        self._fill_warm_starts(state)
        self._time.display(((_("Time"), state.estimated_time),))
        self.set_locked(busy)
        self._render_actions(state)

    def _render_actions(self, state: State) -> None:
        busy = state.is_active
        for button in (self.stop, self.pause, self.discard):
            button.setVisible(busy)
        for widget in (self._time, self.start, self.runs):
            widget.setVisible(not busy)
        self.start.setEnabled(state.can_start and not state.fetching)
        theme.set_role(self.start, state.outcome is None and not state.interrupted, "primary")
        icons.set_icon(self.start, "play", on_fill=state.outcome is None and not state.interrupted)
        self.stop.setEnabled(state.can_stop and state.phase != "stopping")
        icons.set_icon(self.stop, "stop-keep", on_fill=True)
        paused = state.phase == "paused"
        self.pause.setText(_("Resume") if paused else _("Pause"))
        icons.set_icon(self.pause, "play" if paused else "pause")
        self.pause.setEnabled(state.phase != "stopping")
        self.discard.setEnabled(state.phase != "stopping")
        self.runs.setText(_("Earlier Runs ({count})…").format(count=len(state.previous_runs)))
        self.runs.setEnabled(bool(state.previous_runs))

    @property
    def _arch_edit(self) -> QLineEdit:
        """Line edit of the combo box, for architectures that are not in the list."""
        edit = self._arch.lineEdit()
        assert edit is not None
        return edit

    def _connect(self) -> None:
        self._source.activated.connect(self._choose_source)
        self._start_from.activated.connect(self._choose_warm_start)
        self.length.changed.connect(self.changed)
        self._arch.setEditable(True)
        self._arch_edit.setAcceptDrops(False)  # the style sheet does not reach a line edit in a combo box
        self._arch.setFixedWidth(theme.scaled_px(100))
        self._arch.addItems(list(ARCHS))
        self._arch.setToolTip(_("Sets the filter sizes of the three layers. You can type other sizes, such as 7-3-3."))
        self._arch_edit.editingFinished.connect(lambda: self.changed.emit("arch", self._arch.currentText().strip()))
        self._arch.activated.connect(lambda index: self.changed.emit("arch", self._arch.itemText(index)))
        self._show_patches.clicked.connect(self.patches_requested)
        self.fetch.clicked.connect(self.fetch_requested)
        self.advanced.changed.connect(self.changed)
        self.start.clicked.connect(self.start_requested)
        self.pause.clicked.connect(self.pause_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.discard.clicked.connect(self._ask_to_discard)
        self.runs.clicked.connect(self.runs_requested)
        for control, tooltip in (
            (self._source, _("Selects the images to train with")),
            (self._show_patches, _("Shows sample patches and their labels")),
            (self.fetch, _("Starts or stops the download of T91")),
            (self.start, _("Starts training with these settings")),
            (self.pause, _("Pauses or resumes training")),
            (self.stop, _("Stops the run and saves the best model")),
            (self.discard, _("Stops the run and deletes its files")),
            (self.runs, _("Overlays earlier runs on the curves")),
        ):
            control.setAccessibleDescription(tooltip)
        self._arch_edit.setAccessibleName(_("Architecture"))
        self._fetch_bar.setAccessibleName(_("Download progress"))
        theme.set_role(self.stop, True, "primary")
        self._fetch_bar.setTextVisible(False)

    def _fill_settings(self) -> None:
        column = self.settings_layout
        head = QHBoxLayout()
        head.addWidget(label("section", _("Training set"), buddy=self._source))
        head.addStretch()
        head.addWidget(self._show_patches)
        column.addLayout(head)
        for widget in (self._source, self._note, self.fetch, self._fetch_bar, self._facts, self._skipped):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addWidget(label("section", _("Architecture"), buddy=self._arch))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._arch)
        row.addWidget(self._scale, 1)
        column.addLayout(row)
        column.addWidget(self._start_from)
        column.addSpacing(4)
        column.addWidget(label("section", _("Recipe")))
        self._preset_column.setSpacing(6)
        column.addLayout(self._preset_column)
        for part in (self._custom_label, self.length, self.advanced):
            column.addWidget(part)

    def _fill_pinned(self) -> None:
        """Add the estimated time and the run buttons, which stay visible while the settings scroll."""
        pair = QHBoxLayout()
        pair.setSpacing(8)
        for button in (self.pause, self.discard):
            pair.addWidget(button)
        for widget in (self._time, self.start, self.stop):
            self.pinned.addWidget(widget)
        self.pinned.addLayout(pair)
        self.pinned.addWidget(self.runs)

    def _fill_sources(self, state: State) -> None:
        items = [(source.key, source.title) for source in state.sources] + [(_OTHER, _("Choose folder…"))]
        current_items = [(self._source.itemData(i), self._source.itemText(i)) for i in range(self._source.count())]
        if current_items != items:
            self._source.clear()
            for key, title in items:
                self._source.addItem(title, key)
        self._source.setCurrentIndex(max(0, self._source.findData(state.settings.source)))

    def _fill_warm_starts(self, state: State) -> None:
        models = [(start.key, _("From {model}").format(model=start.title)) for start in state.warm_starts]
        set_items(self._start_from, [("", _("Random weights")), *models, (_OTHER, _("From file…"))])
        self._chosen_warm_start = state.settings.start_from
        self._start_from.setCurrentIndex(max(0, self._start_from.findData(state.settings.start_from)))

    def _choose_warm_start(self, index: int) -> None:
        key = self._start_from.itemData(index)
        if key != _OTHER:
            self.warm_start_chosen.emit(key)
            return
        file_filter = _("Weights") + " (*.safetensors *.mat *.pt *.pth *.param)"
        name, _kind = QFileDialog.getOpenFileName(self, _("Open Initial Weights"), "", file_filter)
        if name:
            self.warm_start_file_chosen.emit(Path(name))
        else:
            self.warm_start_chosen.emit(self._chosen_warm_start)  # after Cancel, the menu shows the previous item

    def _choose_source(self, index: int) -> None:
        key = self._source.itemData(index)
        if key != _OTHER:
            self.source_chosen.emit(key)
        elif folder := QFileDialog.getExistingDirectory(self, _("Choose Training Set")):
            self.folder_chosen.emit(Path(folder))
        else:
            self.source_chosen.emit("")  # after Cancel, the menu shows the previous item

    def _fill_presets(self, presets: tuple[Preset, ...], chosen: str) -> None:
        for preset in presets:
            if preset.key not in self._presets:
                card = _PresetCard(preset)
                card.radio.clicked.connect(lambda _checked, key=preset.key: self.preset_chosen.emit(key))
                self._group.addButton(card.radio)
                self._preset_column.addWidget(card)
                self._presets[preset.key] = card
        self._group.setExclusive(False)  # custom settings match no preset, so none is checked
        for key, card in self._presets.items():
            card.check_button(key == chosen)
        self._group.setExclusive(True)

    def _ask_to_discard(self) -> None:
        question = _("Discard this run? Its checkpoint and best weights will be deleted.")
        if ask_to_confirm(self, _("Discard Run"), question, _("Discard")):
            self.discard_requested.emit()


class _PresetCard(QFrame):
    """Card with the radio button and the duration of a recipe preset."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        theme.set_role(self, "card")
        self.radio = QRadioButton(preset.title)
        time = QLabel(preset.time)
        theme.set_role(time, "caption")
        time.setContentsMargins(26, 0, 0, 0)
        self.setToolTip(preset.tooltip)
        self.radio.setAccessibleDescription(f"{preset.time}. {preset.tooltip}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(0)
        column.addWidget(self.radio)
        column.addWidget(time)

    def check_button(self, chosen: bool) -> None:
        """Check or uncheck the radio button, and highlight the card if it is checked."""
        self.radio.setChecked(chosen)
        theme.set_role(self, chosen, "chosen")

    def mousePressEvent(self, event: object) -> None:
        """Select the preset if the user clicks anywhere in the card."""
        if self.isEnabled():
            self.radio.click()


class LengthEdit(QWidget):
    """Fields for the length of a run and the unit of the length: minutes, steps or epochs.

    The signal `changed` is emitted with the name of a field of `TrainSettings` and its new value.
    """

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.number, self.unit = QDoubleSpinBox(), combo_box(_("Length unit"))
        self.number.setAccessibleName(_("Length"))
        self.number.setToolTip(_("Sets how long to train. You can stop earlier."))
        self.number.setKeyboardTracking(False)
        self.number.setGroupSeparatorShown(True)
        self.number.setMinimumWidth(theme.scaled_px(96))
        self.unit.setMinimumContentsLength(4)
        self.unit.setAccessibleDescription(_("Selects minutes, steps, or epochs"))
        for key, title in (("minutes", _("minutes")), ("steps", _("steps")), ("epochs", _("epochs"))):
            self.unit.addItem(title, key)
        self._rendering = False
        self.number.valueChanged.connect(self._emit_changed)
        self.unit.activated.connect(lambda index: self.changed.emit("unit", self.unit.itemData(index)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.number)
        row.addWidget(self.unit, 1)

    def display(self, settings: TrainSettings) -> None:
        """Show the length and its unit. A length of 0 minutes is displayed as "As in the paper"."""
        self._rendering = True
        timed = settings.unit == "minutes"
        self.unit.setCurrentIndex(max(0, self.unit.findData(settings.unit)))
        self.number.setDecimals(1 if timed else 0)
        self.number.setRange(0 if timed else 1, _MAX_LENGTHS.get(settings.unit, 1))
        self.number.setSpecialValueText(_("As in the paper") if timed else "")
        if not self.number.hasFocus() or self.number.value() != getattr(settings, settings.unit, 1):
            self.number.setValue(getattr(settings, settings.unit, 1))
        self._rendering = False

    def _emit_changed(self, value: float) -> None:
        """Emit `changed` if the user has changed the value. Changes by `display` are ignored."""
        if not self._rendering:
            unit = self.unit.currentData()
            self.changed.emit(unit, value if unit == "minutes" else round(value))
