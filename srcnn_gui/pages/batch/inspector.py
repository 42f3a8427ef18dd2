"""Side panel of the Batch page with the settings and the buttons to start, pause and cancel a batch."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from srcnn_gui.choices import devices
from srcnn_gui.pages.batch.state import EXTENSIONS, IF_EXISTS_CHOICES, PRECISIONS, SCALES, State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.panel import SidePanel

_TYPING_DELAY_MS = 300  # delay after the last key before a text field is applied


class BatchInspector(SidePanel):
    """Side panel of the Batch page. Its settings are locked during a batch.

    `settings_changed` is emitted with a dict of changed `BatchSettings` fields.
    """

    settings_changed = Signal(dict)
    scale_chosen = Signal(int)
    size_requested = Signal()
    start_requested = Signal()
    pause_requested = Signal()
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._scales = controls.ScaleOrSizeButtons(SCALES, self.scale_chosen.emit, self.size_requested.emit)
        self._model = self._combo(_("Model"), "model", ())
        self._device = self._combo(_("Device"), "device", ())
        precisions = {"auto": _("automatic"), "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"}
        named = [(kind, _("Precision: {precision}").format(precision=precisions[kind])) for kind in PRECISIONS]
        self._precision = self._combo(_("Precision"), "precision", named)
        self._precision.setToolTip(_("Sets the numeric precision. Automatic balances speed and accuracy."))
        self._self_ensemble = self._box(_("Self-ensemble (×8)"), "self_ensemble")
        self._self_ensemble.setToolTip(
            _("Averages the results for 8 rotations and reflections of the image, which takes 8 times as long")
        )
        self._strength = controls.PercentSlider(_("Cleanup"))
        self._strength.slider.setToolTip(_("Sets how strongly photo models remove artifacts and noise"))
        self._strength.chosen.connect(lambda percent: self.settings_changed.emit({"strength": percent}))
        self._sharpness = controls.PercentSlider(_("Sharpness"))
        self._sharpness.slider.setToolTip(_("Sets how strongly to enhance details in the result"))
        self._sharpness.chosen.connect(lambda percent: self.settings_changed.emit({"sharpness": percent}))
        self._seamless = self._box(_("Seamless texture"), "seamless")
        self._seamless.setToolTip(
            _("Pads each edge with pixels from the opposite edge so that textures tile without seams")
        )
        self._template = self._field(_("Name template"), "template")
        tokens = "{name} {scale} {model} {width} {height} {index} {date} {ext}"
        self._template.setToolTip(
            _("Sets the file names of the results. Available placeholders: {tokens}").format(tokens=tokens)
        )
        self._example = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policies = {
            "number": _("If file exists: keep both"),
            "skip": _("If file exists: skip"),
            "overwrite": _("If file exists: overwrite"),
        }
        named = [(policy, policies[policy]) for policy in IF_EXISTS_CHOICES]
        self._if_exists = self._combo(_("If the file exists"), "if_exists", named)
        self._output_controls = self._create_output_controls()
        self._include = self._field(_("Include"), "include")
        self._include.setPlaceholderText(_("e.g. *.png, 2019/*"))
        self._exclude = self._field(_("Exclude"), "exclude")
        self._exclude.setPlaceholderText(_("e.g. *_old.*, drafts/*"))
        self._lock_notice = self._make_lock_notice()
        self._watch = self._box(_("Watch these folders"), "watch")
        self._watch.setToolTip(_("Continues until you stop it, and upscales each image that is added to the folders"))
        self.start, self.pause, self.cancel = QPushButton(), QPushButton(), QPushButton(_("Stop"))
        self._set_accessible_descriptions()
        theme.set_role(self.start, True, "primary")
        self.start.clicked.connect(self.start_requested)
        self.pause.clicked.connect(self.pause_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self._fill_settings()
        self._fill_pinned()
        self.build_layout()

    def _create_output_controls(self) -> tuple[QWidget, ...]:
        """Create the controls for the output files."""
        formats = [(ending, ending[1:].upper() if ending else _("Same format as input")) for ending in EXTENSIONS]
        self._extension = self._combo(_("File format"), "extension", formats)
        self._quality = QSpinBox(minimum=0, maximum=100, prefix=str(_("Quality: {value}")).partition("{value}")[0])
        self._quality.setSpecialValueText(_("Default quality"))
        for widget in (self._quality, self._quality.lineEdit()):
            widget.setAccessibleName(_("Quality"))
        self._quality.setToolTip(_("Sets the quality of JPEG, WebP, AVIF, and JPEG XL files"))
        self._quality.valueChanged.connect(lambda quality: self.settings_changed.emit({"quality": quality}))
        bits = [(0, _("Same bit depth as input")), (8, _("8 bits per channel")), (16, _("16 bits per channel"))]
        self._bits = self._combo(_("Bits per channel"), "bits", bits)
        backgrounds = [("", _("No background")), ("white", _("White background")), ("black", _("Black background"))]
        self._background = self._combo(_("Background"), "background", backgrounds)
        self._background.setToolTip(_("Fills transparent areas in formats without transparency, such as JPEG"))
        self._metadata = self._box(_("Keep metadata"), "metadata")
        self._keep_time = self._box(_("Keep modification time"), "keep_time")
        self._keep_time.setToolTip(_("Copies the modification time of the input to the result"))
        self._metadata.setToolTip(_("Copies EXIF, XMP, resolution, and color profile to the results"))
        self._recursive = self._box(_("Include subfolders"), "recursive")
        return (
            self._extension,
            self._quality,
            self._bits,
            self._background,
            self._metadata,
            self._keep_time,
            self._recursive,
        )

    def display(self, state: State) -> None:
        """Update all settings and buttons to match `state`."""
        settings = state.settings
        self._render_actions(state)  # first, so that the focus can move to an enabled button before widgets are locked
        self._scales.display(settings.scale, state.scales, state.size, locked=state.locked)
        controls.set_items(self._model, [(model.stored_name, model.title) for model in state.models])
        self._model.setCurrentIndex(self._model.findData(state.model.stored_name if state.model else ""))
        controls.set_items(self._device, devices.menu_items(state.devices))
        self._device.setCurrentIndex(max(0, self._device.findData(settings.device)))
        picked = (
            (self._if_exists, settings.if_exists),
            (self._extension, settings.extension),
            (self._precision, settings.precision),
            (self._bits, settings.bits),
            (self._background, settings.background),
        )
        for combo, value in picked:
            combo.setCurrentIndex(combo.findData(value))
        typed = (
            (self._template, settings.template),
            (self._include, settings.include),
            (self._exclude, settings.exclude),
        )
        for field, text in typed:
            if state.locked or not (field.hasFocus() or _has_pending_text(field)):
                field.setText(text)
        self._strength.display(settings.strength)
        self._sharpness.display(settings.sharpness)
        with QSignalBlocker(self._quality):
            self._quality.setValue(settings.quality)
        for box in (
            self._self_ensemble,
            self._seamless,
            self._metadata,
            self._keep_time,
            self._recursive,
            self._watch,
        ):
            box.setChecked(bool(getattr(settings, box.property("field"))))
        theme.set_role(self._template, "bad" if state.template_error else "", "tone")
        theme.set_role(self._example, "bad" if state.template_error else "caption")
        self._example.setText(state.template_error or state.example)
        self._device.setEnabled(not state.locked and len(state.devices) > 1)
        named = (self._template, self._if_exists, *self._output_controls, self._include, self._exclude)
        computing = (
            self._model,
            self._self_ensemble,
            self._strength,
            self._sharpness,
            self._seamless,
            self._precision,
            self._watch,
        )
        for widget in (*computing, *named):
            widget.setEnabled(not state.locked)
        self._lock_notice.setVisible(state.locked)

    def _set_accessible_descriptions(self) -> None:
        """Describe the settings for screen readers."""
        for control, description in (
            (self._model, _("Selects the model that upscales the images")),
            (self._device, _("Selects the device that runs the model")),
            (self._if_exists, _("Selects what happens if the output file exists")),
            (self._extension, _("Selects the file format of the results")),
            (self._bits, _("Selects the bit depth of the results")),
            (self._background, self._background.toolTip()),
            (self._metadata, _("Copies EXIF, XMP, resolution, and color profile to the results")),
            (self._recursive, _("Includes images in subfolders and keeps the folder structure")),
            (self.start, _("Upscales all files that aren't done")),
            (self.pause, _("Pauses or resumes the batch")),
            (self.cancel, _("Stops the batch and keeps the finished results")),
        ):
            control.setAccessibleDescription(description)

    def _render_actions(self, state: State) -> None:
        shown, hidden = (self.pause, self.start) if state.locked else (self.start, self.pause)
        shown.setEnabled(state.running or state.can_start)
        self.swap_buttons(hidden, shown, locked=state.locked)
        self.pause.setEnabled(state.running)
        self.start.setEnabled(state.can_start)
        self.start.setText(state.start_text)
        self.pause.setText(_("Resume") if state.paused else _("Pause"))
        icons.set_icon(self.pause, "play" if state.paused else "pause")
        self.cancel.setVisible(state.locked)
        self.cancel.setEnabled(state.running)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        self._lock_icon.setPixmap(icons.pixmap("info", theme.current().muted, 18, self.devicePixelRatioF()))

    def _fill_settings(self) -> None:
        self.settings_layout.addWidget(self._lock_notice)
        groups: tuple[tuple[str, Sequence[QWidget]], ...] = (
            (_("Scale factor"), (self._scales,)),
            (_("Model"), (self._model, self._strength, self._sharpness, self._self_ensemble, self._seamless)),
            (_("Device"), (self._device, self._precision)),
            (_("File name"), (self._template, self._example, self._if_exists)),
            (_("Files"), self._output_controls),
            (_("Include"), (self._include,)),
            (_("Exclude"), (self._exclude,)),
        )
        for title, widgets in groups:
            heading = controls.label("section", title, buddy=widgets[0])
            for widget in (heading, *widgets):
                self.settings_layout.addWidget(widget)
            self.settings_layout.addSpacing(4)

    def _fill_pinned(self) -> None:
        """Add the start, pause and cancel buttons, which stay visible while the settings scroll."""
        self.pinned.addWidget(self._watch)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.pinned.addLayout(row)
        for widget in (self.start, self.pause, self.cancel):
            row.addWidget(widget, 1)
        icons.set_icon(self.start, "play", on_fill=True)
        icons.set_icon(self.cancel, "stop")

    def _make_lock_notice(self) -> QFrame:
        """Return the notice that explains that the settings are locked during a batch."""
        line = QFrame()
        theme.set_role(line, "card")
        self._lock_icon = QLabel()
        text_label = QLabel(_("Settings locked during the batch"))
        theme.set_role(text_label, "muted")
        row = QHBoxLayout(line)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(8)
        row.addWidget(self._lock_icon)
        row.addWidget(text_label, 1)
        self.apply_theme()
        return line

    def _combo(self, name: str, field: str, items: Sequence[tuple[Any, str]]) -> QComboBox:
        combo = controls.combo_box(name)
        controls.set_items(combo, items)
        combo.activated.connect(lambda index: self.settings_changed.emit({field: combo.itemData(index)}))
        return combo

    def _box(self, text: str, field: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setProperty("field", field)
        box.clicked.connect(lambda checked: self.settings_changed.emit({field: checked}))
        return box

    def _field(self, name: str, field: str) -> QLineEdit:
        """Return a line edit for a text setting. Its text is emitted when the user pauses typing."""
        line = QLineEdit()
        line.setAccessibleName(name)
        timer = QTimer(line, singleShot=True, interval=_TYPING_DELAY_MS)
        timer.timeout.connect(lambda: self.settings_changed.emit({field: line.text()}))
        line.textEdited.connect(lambda _text: timer.start())
        return line


def _has_pending_text(field: QLineEdit) -> bool:
    """Return whether the text of a field has changed and will be emitted after the typing delay."""
    timer = field.findChild(QTimer)
    assert timer is not None
    return timer.isActive()
