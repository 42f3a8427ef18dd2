"""Collapsible section of the Train page with the advanced settings of a recipe."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.train.state import TrainSettings
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons
from srcnn_gui.ui.controls import combo_box, link_button

_LEARNING_RATE_RANGE = (1e-6, 1e-1)


class AdvancedSettings(QWidget):
    """Collapsible form for the advanced settings of a recipe.

    The signal `changed` is emitted with the name of a field of `TrainSettings` and its new value.
    """

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._toggle = link_button(_("Advanced"))
        self._toggle.setCheckable(True)
        self._toggle.setAccessibleDescription(_("Shows all settings of the recipe"))
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.toggled.connect(self._set_expanded)
        self._content = QWidget()
        form = QFormLayout(self._content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._fields: dict[str, QWidget] = {}
        self._rendering = False
        self._add_numbers(form)
        self._add_settings(form)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._content)
        self._set_expanded(False)

    def display(self, settings: TrainSettings) -> None:
        """Show the values of the settings without emitting `changed`."""
        self._rendering = True
        for name, field in self._fields.items():
            value = getattr(settings, name)
            if isinstance(field, QCheckBox):
                field.setChecked(value)
            elif isinstance(field, QSpinBox | QDoubleSpinBox) and not field.hasFocus():
                field.setValue(value)
            elif isinstance(field, QComboBox):
                field.setCurrentIndex(max(0, field.findData(value)))
            elif isinstance(field, QLineEdit) and not field.hasFocus():
                field.setText(value)
        self._rendering = False

    def _add_numbers(self, form: QFormLayout) -> None:
        rate = QDoubleSpinBox(
            minimum=_LEARNING_RATE_RANGE[0], maximum=_LEARNING_RATE_RANGE[1], decimals=6, singleStep=1e-4
        )
        held_out = QSpinBox(minimum=0, maximum=10_000)
        held_out.setSpecialValueText(_("Default"))
        rows = (
            (
                "batch_size",
                _("Batch size"),
                QSpinBox(minimum=1, maximum=4096),
                _("Sets the number of patches per step"),
            ),
            ("learning_rate", _("Learning rate"), rate, _("Sets the peak learning rate")),
            (
                "n1",
                _("Filters, layer 1"),
                QSpinBox(minimum=1, maximum=256),
                _("Sets the number of filters in layer 1 (64 in the paper)"),
            ),
            (
                "n2",
                _("Filters, layer 2"),
                QSpinBox(minimum=1, maximum=256),
                _("Sets the number of filters in layer 2 (32 in the paper)"),
            ),
            (
                "validation_size",
                _("Validation images"),
                held_out,
                _("Sets the number of images used for validation instead of training"),
            ),
            ("seed", _("Seed"), QSpinBox(minimum=0, maximum=2**31 - 1), _("Makes runs reproducible")),
        )
        for name, text, field, tooltip in rows:
            field.setKeyboardTracking(False)
            field.valueChanged.connect(self._emitter(name))
            self._row(form, name, text, field, tooltip)

    def _add_settings(self, form: QFormLayout) -> None:
        device = combo_box(_("Device"))
        for key, text in (("auto", _("Automatic")), ("cpu", _("CPU"))):
            device.addItem(text, key)
        device.activated.connect(lambda index: self.changed.emit("device", device.itemData(index)))
        self._row(
            form, "device", _("Device"), device, _("Selects the device. Automatic uses a GPU if one is available.")
        )
        mirror = QLineEdit()
        mirror.setPlaceholderText(_("Official URLs"))
        mirror.editingFinished.connect(lambda: self._emit_changed("mirror", mirror.text()))
        tooltip = _("Downloads datasets from this URL instead of the official URLs")
        self._row(form, "mirror", _("Mirror"), mirror, tooltip)
        for name, text, tooltip in (
            (
                "rescaled",
                _("Add downscaled copies"),
                _("Triples the number of patches, which improves 9-5-5 in one-hour runs"),
            ),
            (
                "small_start",
                _("Small initial weights"),
                _("Makes the structure of the filters visible earlier but lowers the initial PSNR by about 0.05 dB"),
            ),
        ):
            box = QCheckBox(text)
            box.toggled.connect(self._emitter(name))
            box.setToolTip(tooltip)
            self._fields[name] = box
            form.addRow(box)

    def _row(self, form: QFormLayout, name: str, text: str, field: QWidget, words: str) -> None:
        field.setAccessibleName(text)
        field.setToolTip(words)
        field.setMinimumWidth(104)
        self._fields[name] = field
        form.addRow(text, field)

    def _emitter(self, name: str) -> Callable[[Any], None]:
        return lambda value: self._emit_changed(name, value)

    def _emit_changed(self, name: str, value: Any) -> None:
        """Emit `changed` if the user has changed the value. Changes by `display` are ignored."""
        if not self._rendering:
            self.changed.emit(name, value)

    def _set_expanded(self, expanded: bool) -> None:
        self._content.setVisible(expanded)
        icons.set_icon(self._toggle, "chevron-down" if expanded else "chevron-right", 16, tone="muted")
