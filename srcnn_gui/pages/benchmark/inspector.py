"""The choices on the right of the Benchmark page: sets, scales, models, device; and the button that measures."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.benchmark.state import SCALES, Option, State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.controls import FactsCard, label, link
from srcnn_gui.ui.panel import Panel


class BenchmarkInspector(Panel):
    """Shows what is chosen and passes on other choices; while it is measured they are locked."""

    toggled = Signal(str, str, bool)  # a field of the choices, a key of it, taken in or left out
    changed = Signal(dict)
    folder_wanted = Signal()
    import_wanted = Signal()
    fetch_wanted = Signal()
    run_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sets, self.models = _Boxes("sets", self.toggled), _Boxes("models", self.toggled)
        self.scales = controls.Times(SCALES, self._toggle_scale)
        self.scales.group.setExclusive(False)
        self._device = controls.combo(_("Run on"))
        self._device.activated.connect(lambda at: self.changed.emit({"device": self._device.itemData(at)}))
        self.ensemble = QCheckBox(_("Average 8 orientations"))
        self.ensemble.setToolTip(_("Better, and eight times slower"))
        self.ensemble.clicked.connect(lambda on: self.changed.emit({"ensemble": on}))
        self._card, self._missing, self.fetch, self._fetch_bar = _card()
        self.fetch.setAccessibleDescription(_("Downloads the test sets, or stops doing so"))
        self.fetch.clicked.connect(self.fetch_wanted)
        self._time, self.run, self.stop = FactsCard(), QPushButton(), QPushButton()
        self._fill_choices()
        self._fill_pinned()
        self.lay_out()

    def display(self, state: State) -> None:
        """Show a state."""
        self._render_actions(state)  # first: what is locked gives the keys away
        self.sets.display(state.sets)
        self.models.display(state.models)
        for scale, button in self.scales.buttons.items():
            button.setChecked(scale in state.scales)
        controls.fill(self._device, list(state.devices) or [("auto", "…")])
        self._device.setCurrentIndex(max(0, self._device.findData(state.choices.device)))
        self._device.setEnabled(len(state.devices) > 1)
        self.ensemble.setChecked(state.choices.ensemble)
        self._card.setVisible(not state.empty and (bool(state.missing) or state.fetching))
        self._missing.setText(state.missing)
        self.fetch.setText(_("Stop downloading") if state.fetching else state.fetch_words)
        icons.put(self.fetch, "stop" if state.fetching else "save")
        self._fetch_bar.setVisible(state.fetching)
        self._fetch_bar.setRange(0, state.to_fetch)
        self._fetch_bar.setValue(state.fetched)
        self.lock(state.locked)

    def _render_actions(self, state: State) -> None:
        self._time.display(((_("Time"), state.time),) if state.time and not state.locked else (), strong=True)
        shown, hidden = (self.stop, self.run) if state.locked else (self.run, self.stop)
        self.swap(hidden, shown, locked=state.locked)
        self.run.setText(state.run_words)
        self.run.setEnabled(state.can_run)
        theme.set_role(self.run, not state.empty, "primary")  # the next step may be to get pictures
        icons.put(self.run, "play", on_fill=not state.empty)
        self.stop.setText(_("Stopping …") if state.stopping else _("Stop"))

    def _toggle_scale(self, scale: int) -> None:
        self.toggled.emit("scales", str(scale), self.scales.buttons[scale].isChecked())

    def _fill_choices(self) -> None:
        column = self.choices
        folder, model = link(_("A folder…")), link(_("Import…"))
        folder.setAccessibleName(_("Measure on a folder"))
        folder.setAccessibleDescription(_("Pictures of your own as ground truth"))
        model.setAccessibleDescription(_("A .safetensors, .mat or PyTorch file"))
        model.setAccessibleName(_("Import a model"))
        folder.clicked.connect(self.folder_wanted)
        model.clicked.connect(self.import_wanted)
        column.addLayout(_heading(_("Test sets"), folder))
        column.addWidget(self.sets)
        column.addWidget(self._card)
        column.addSpacing(6)
        column.addLayout(_heading(_("Scales")))
        column.addWidget(self.scales)
        column.addSpacing(6)
        column.addLayout(_heading(_("Models"), model))
        column.addWidget(self.models)
        column.addSpacing(6)
        column.addLayout(_heading(_("Run on"), of=self._device))
        column.addWidget(self._device)
        column.addWidget(self.ensemble)

    def _fill_pinned(self) -> None:
        """The time, and the button."""
        icons.put(self.stop, "stop")
        self.stop.setToolTip(_("Stop (Ctrl+.)"))
        self.run.setToolTip(_("Run (Ctrl+Return)"))
        self.run.clicked.connect(self.run_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        for widget in (self._time, self.run, self.stop):
            self.pinned.addWidget(widget)


class _Boxes(QWidget):
    """A check box for each of what can be chosen."""

    def __init__(self, field: str, toggled: SignalInstance) -> None:
        super().__init__()
        self._field, self._toggled = field, toggled
        self.boxes: dict[str, QCheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def display(self, options: Sequence[Option]) -> None:
        """Show the options; boxes are kept as long as their lines are the same."""
        if list(self.boxes) != [option.key for option in options]:
            for box in self.boxes.values():
                self._column.removeWidget(box)
                box.deleteLater()
            self.boxes = {option.key: self._box(option.key) for option in options}
        for option in options:
            box = self.boxes[option.key]
            box.setText(option.title.replace("&", "&&"))
            box.setToolTip(option.tip)
            box.setChecked(option.chosen)

    def _box(self, key: str) -> QCheckBox:
        box = QCheckBox()
        box.setAccessibleDescription(_("Takes part in the next run"))
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long name makes no panel wider
        box.clicked.connect(lambda on: self._toggled.emit(self._field, key, on))
        self._column.addWidget(box)
        return box


def _heading(title: str, beside: QToolButton | None = None, of: QWidget | None = None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(label("section", title, of=of))
    row.addStretch()
    if beside is not None:
        row.addWidget(beside)
    return row


def _card() -> tuple[QFrame, QLabel, QPushButton, QProgressBar]:
    """What is missing, and the button that brings it."""
    card = QFrame()
    theme.set_role(card, "card")
    words, button, bar = label("caption", wrap=True), QPushButton(), QProgressBar(textVisible=False)
    bar.setAccessibleName(_("Download"))
    column = QVBoxLayout(card)
    column.setContentsMargins(10, 8, 10, 10)
    column.setSpacing(8)
    for widget in (words, button, bar):
        column.addWidget(widget)
    return card, words, button, bar
