"""Collapsible section of the Train page with the advanced settings of a recipe."""

from collections.abc import Callable
from functools import partial
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
        patience = QSpinBox(minimum=0, maximum=100_000)
        patience.setSpecialValueText(_("Off"))
        rows: tuple[tuple[str, str, QSpinBox | QDoubleSpinBox, str], ...] = (
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
            (
                "patience",
                _("Patience"),
                patience,
                _("Stops after this many validations without a better model"),
            ),
            ("seed", _("Seed"), QSpinBox(minimum=0, maximum=2**31 - 1), _("Makes runs reproducible")),
        )
        for name, text, field, tooltip in (*rows, *_recipe_numbers()):
            field.setKeyboardTracking(False)
            field.valueChanged.connect(self._emitter(name))
            self._row(form, name, text, field, tooltip)

    def _add_settings(self, form: QFormLayout) -> None:
        devices = (("auto", _("Automatic")), ("cpu", _("CPU")))
        optimizers = (("adam", _("Adam")), ("adamw", _("AdamW")), ("sgd", "SGD"))
        losses = (("mse", "MSE"), ("l1", "L1"), ("charbonnier", _("Charbonnier")))
        precisions = (("float32", "float32"), ("bfloat16", "bfloat16"))
        for name, text, items, tooltip in (
            ("optimizer", _("Optimizer"), optimizers, _("Selects the optimizer. The paper uses SGD.")),
            ("loss", _("Loss"), losses, _("Selects the error that training minimizes")),
            ("precision", _("Precision"), precisions, _("Selects the precision of the middle layers")),
            ("device", _("Device"), devices, _("Selects the device. Automatic uses a GPU if one is available.")),
        ):
            menu = combo_box(text)
            for key, title in items:
                menu.addItem(title, key)
            menu.activated.connect(partial(self._emit_item, name, menu))
            self._row(form, name, text, menu, tooltip)
        mirror_tooltip = _("Downloads datasets from this URL instead of the official URLs")
        degradation_tooltip = _(
            "Degrades the downscaled images, for example by noise:0-4,jpeg:60-84. Unavailable for SRCNN."
        )
        for name, text, placeholder, tooltip in (
            ("degradation", _("Degradation"), _("None"), degradation_tooltip),
            ("mirror", _("Mirror"), _("Official URLs"), mirror_tooltip),
        ):
            edit = QLineEdit()
            edit.setPlaceholderText(placeholder)
            edit.editingFinished.connect(partial(self._emit_text, name, edit))
            self._row(form, name, text, edit, tooltip)
        for name, text, tooltip in (
            (
                "orientations",
                _("Flip and rotate patches"),
                _("Trains with all flips and rotations of each patch"),
            ),
            ("all_phases", _("Patches at all offsets"), _("Multiplies the patches by the square of the scale factor")),
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

    def _emit_item(self, name: str, menu: QComboBox, index: int) -> None:
        self.changed.emit(name, menu.itemData(index))

    def _emit_text(self, name: str, edit: QLineEdit) -> None:
        self._emit_changed(name, edit.text().strip())

    def _emitter(self, name: str) -> Callable[[Any], None]:
        return lambda value: self._emit_changed(name, value)

    def _emit_changed(self, name: str, value: Any) -> None:
        """Emit `changed` if the user has changed the value. Changes by `display` are ignored."""
        if not self._rendering:
            self.changed.emit(name, value)

    def _set_expanded(self, expanded: bool) -> None:
        self._content.setVisible(expanded)
        icons.set_icon(self._toggle, "chevron-down" if expanded else "chevron-right", 16, tone="muted")


def _recipe_numbers() -> tuple[tuple[str, str, QSpinBox | QDoubleSpinBox, str], ...]:
    """Return the name, the label, the field and the tooltip of more numbers of the recipe."""
    return (
        (
            "warmup_steps",
            _("Warmup steps"),
            QSpinBox(minimum=0, maximum=1_000_000),
            _("Raises the learning rate slowly for this many steps, at most a tenth of the run"),
        ),
        (
            "ema_decay",
            _("EMA decay"),
            QDoubleSpinBox(minimum=0, maximum=0.9999, decimals=4, singleStep=0.001),
            _("Averages the weights over steps; 0 turns it off"),
        ),
        (
            "loss_weighting",
            _("Loss weighting"),
            QDoubleSpinBox(minimum=0, maximum=100, decimals=4, singleStep=0.1),
            _("Weights patches by their bicubic error, more evenly for larger values; 0 turns it off"),
        ),
        (
            "weight_decay",
            _("Weight decay"),
            QDoubleSpinBox(minimum=0, maximum=0.9999, decimals=4, singleStep=0.01),
            _("Reduces the weights in each step; needs AdamW"),
        ),
        (
            "grad_clip",
            _("Gradient clipping"),
            QDoubleSpinBox(minimum=0, maximum=10_000, decimals=4, singleStep=0.1),
            _("Limits the norm of the gradient; 0 turns it off"),
        ),
        (
            "quantized_share",
            _("8-bit inputs"),
            QDoubleSpinBox(minimum=0, maximum=1, decimals=2, singleStep=0.1),
            _("Rounds this fraction of the inputs to 8 bits"),
        ),
        (
            "patch_size",
            _("Patch size"),
            QSpinBox(minimum=8, maximum=256, suffix=" px"),
            _("Sets the size of the patches; SRCNN always uses 33 px"),
        ),
    )
