"""Side panel of the Benchmark page with the test sets, scale factors, models, device and run button."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.choices import devices
from srcnn_gui.pages.benchmark.state import JPEG_QUALITIES, NOISE_LEVELS, SCALES, SelectableItem, State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.controls import PropertyCard, label, link_button
from srcnn_gui.ui.menus import with_shortcut
from srcnn_gui.ui.panel import SidePanel


class BenchmarkInspector(SidePanel):
    """Side panel of the Benchmark page. Its settings are locked during a run."""

    toggled = Signal(str, str, bool)  # field of `BenchmarkSettings`, key of the item, whether it is selected
    changed = Signal(dict)
    folder_requested = Signal()
    import_requested = Signal()
    fetch_requested = Signal()
    run_requested = Signal()
    stop_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.test_sets, self.models = _CheckBoxList("test_sets", self.toggled), _CheckBoxList("models", self.toggled)
        self.scales = controls.ScaleButtons(SCALES, self._toggle_scale)
        self.scales.group.setExclusive(False)
        self.jpeg_quality, self.noise = controls.combo_box(_("JPEG quality")), controls.combo_box(_("Noise"))
        self._connect_degradation()
        self._device = controls.combo_box(_("Device"))
        self._device.setToolTip(_("Selects the device that runs the model"))
        self._device.activated.connect(lambda index: self.changed.emit({"device": self._device.itemData(index)}))
        self.self_ensemble = QCheckBox(_("Self-ensemble (×8)"))
        self.self_ensemble.setToolTip(
            _("Averages the results for 8 rotations and reflections of the image, which takes 8 times as long")
        )
        self.self_ensemble.clicked.connect(lambda on: self.changed.emit({"self_ensemble": on}))
        self._card, self._missing, self.fetch, self._fetch_bar = _card()
        self.fetch.setAccessibleDescription(_("Starts or stops the download"))
        self.fetch.clicked.connect(self.fetch_requested)
        self._time, self.run, self.stop = PropertyCard(), QPushButton(), QPushButton()
        self._fill_settings()
        self._fill_pinned()
        self.build_layout()

    def display(self, state: State) -> None:
        """Update all settings and buttons to match `state`."""
        self._render_actions(state)  # first, so that the focus can move to an enabled button before widgets are locked
        self.test_sets.display(state.test_sets)
        self.models.display(state.models)
        for scale, button in self.scales.buttons.items():
            button.setChecked(scale in state.scales)
        _display_level(self.jpeg_quality, JPEG_QUALITIES, state.settings.jpeg_quality)
        _display_level(self.noise, NOISE_LEVELS, state.settings.noise)
        controls.set_items(self._device, devices.menu_items(state.devices))
        self._device.setCurrentIndex(max(0, self._device.findData(state.settings.device)))
        self._device.setEnabled(len(state.devices) > 1)
        self.self_ensemble.setChecked(state.settings.self_ensemble)
        self._card.setVisible(not state.empty and (bool(state.missing) or state.fetching))
        self._missing.setText(state.missing)
        self.fetch.setText(_("Stop Download") if state.fetching else state.fetch_text)
        icons.set_icon(self.fetch, "stop" if state.fetching else "save")
        self._fetch_bar.setVisible(state.fetching)
        self._fetch_bar.setRange(0, state.to_fetch)
        self._fetch_bar.setValue(state.fetched)
        self.set_locked(state.locked)

    def _render_actions(self, state: State) -> None:
        self._time.display(
            ((_("Time"), state.estimated_time),) if state.estimated_time and not state.locked else (), bold=True
        )
        shown, hidden = (self.stop, self.run) if state.locked else (self.run, self.stop)
        self.swap_buttons(hidden, shown, locked=state.locked)
        self.run.setText(state.run_text)
        self.run.setEnabled(state.can_run)
        theme.set_role(self.run, not state.empty, "primary")  # otherwise, download is primary
        icons.set_icon(self.run, "play", on_fill=not state.empty)
        self.stop.setText(_("Stopping…") if state.stopping else _("Stop"))

    def _connect_degradation(self) -> None:
        """Emit the chosen JPEG quality and noise level."""
        for combo, field, tooltip in (
            (self.jpeg_quality, "jpeg_quality", _("Compresses the downscaled images before they are upscaled")),
            (self.noise, "noise", _("Adds noise with this standard deviation to the downscaled images")),
        ):
            combo.setToolTip(tooltip)
            combo.setAccessibleDescription(tooltip)
            combo.activated.connect(
                lambda index, combo=combo, field=field: self.changed.emit({field: combo.itemData(index)})
            )

    def _toggle_scale(self, scale: int) -> None:
        self.toggled.emit("scales", str(scale), self.scales.buttons[scale].isChecked())

    def _fill_settings(self) -> None:
        column = self.settings_layout
        folder, model = link_button(_("Add Folder…")), link_button(_("Import…"))
        folder.setAccessibleName(_("Add Test Set"))
        folder.setAccessibleDescription(_("Adds a folder of images as a test set"))
        model.setAccessibleDescription(_("Imports a model from a .safetensors, .mat, PyTorch, or ncnn file"))
        model.setAccessibleName(_("Import Model"))
        folder.clicked.connect(self.folder_requested)
        model.clicked.connect(self.import_requested)
        column.addLayout(_heading(_("Test sets"), folder))
        column.addWidget(self.test_sets)
        column.addWidget(self._card)
        column.addSpacing(6)
        column.addLayout(_heading(_("Scale factors")))
        column.addWidget(self.scales)
        column.addSpacing(6)
        column.addLayout(_heading(_("Models"), model))
        column.addWidget(self.models)
        column.addSpacing(6)
        column.addLayout(_heading(_("Degradation")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (title, field) in enumerate(((_("JPEG quality"), self.jpeg_quality), (_("Noise"), self.noise))):
            grid.addWidget(label("body", title, buddy=field), row, 0)
            grid.addWidget(field, row, 1)
        column.addLayout(grid)
        column.addSpacing(6)
        column.addLayout(_heading(_("Device"), of=self._device))
        column.addWidget(self._device)
        column.addWidget(self.self_ensemble)

    def _fill_pinned(self) -> None:
        """Add the estimated time and the run buttons, which stay visible while the settings scroll."""
        icons.set_icon(self.stop, "stop")
        self.stop.setToolTip(with_shortcut(_("Stop"), "Ctrl+."))
        self.run.setToolTip(with_shortcut(_("Run"), "Ctrl+Return"))
        self.run.clicked.connect(self.run_requested)
        self.stop.clicked.connect(self.stop_requested)
        for widget in (self._time, self.run, self.stop):
            self.pinned.addWidget(widget)


class _CheckBoxList(QWidget):
    """List of check boxes for the options of a setting, such as the models."""

    def __init__(self, field: str, toggled: SignalInstance) -> None:
        super().__init__()
        self._field, self._toggled = field, toggled
        self.boxes: dict[str, QCheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def display(self, options: Sequence[SelectableItem]) -> None:
        """Update the check boxes to match `options`. They are recreated only if the keys have changed."""
        if list(self.boxes) != [option.key for option in options]:
            for box in self.boxes.values():
                self._column.removeWidget(box)
                box.deleteLater()
            self.boxes = {option.key: self._box(option.key) for option in options}
        for option in options:
            box = self.boxes[option.key]
            box.setText(option.title.replace("&", "&&"))
            box.setToolTip(option.tooltip)
            box.setChecked(option.selected)

    def _box(self, key: str) -> QCheckBox:
        box = QCheckBox()
        box.setAccessibleDescription(_("Includes this item in the next run"))
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long name must not widen the panel
        box.clicked.connect(lambda on: self._toggled.emit(self._field, key, on))
        self._column.addWidget(box)
        return box


def _display_level(combo: QComboBox, levels: Sequence[int], selected: int) -> None:
    """Show a level of degradation, also if the settings file has a level that the menu lacks."""
    shown = sorted({*levels, selected}, reverse=levels[-1] < levels[1])
    controls.set_items(combo, [(0, _("None")), *((level, str(level)) for level in shown if level)])
    combo.setCurrentIndex(combo.findData(selected))


def _heading(title: str, button: QToolButton | None = None, of: QWidget | None = None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(label("section", title, buddy=of))
    row.addStretch()
    if button is not None:
        row.addWidget(button)
    return row


def _card() -> tuple[QFrame, QLabel, QPushButton, QProgressBar]:
    """Return the download card with its message, button and progress bar."""
    card = QFrame()
    theme.set_role(card, "card")
    text_label, button, bar = label("caption", wrap=True), QPushButton(), QProgressBar(textVisible=False)
    bar.setAccessibleName(_("Download"))
    column = QVBoxLayout(card)
    column.setContentsMargins(10, 8, 10, 10)
    column.setSpacing(8)
    for widget in (text_label, button, bar):
        column.addWidget(widget)
    return card, text_label, button, bar
