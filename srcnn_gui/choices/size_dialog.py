"""Dialog in which the user enters a scale factor, the length of a side, or a print size."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QWidget,
)

from engine.errors import EngineError
from engine.upscaling.request import Target
from srcnn_gui.choices import text
from srcnn_gui.choices.options import MAX_DPI, MAX_SCALE_FACTOR, MAX_SIDE
from srcnn_gui.runtime.translations import _, error_message
from srcnn_gui.ui import controls, theme

_FACTOR, _WIDTH, _HEIGHT, _LONGEST, _PRINT = range(5)  # indices of the radio buttons


class SizeDialog(QDialog):
    """Dialog for entering a scale factor, a side length or a print size.

    After the dialog is accepted, `target` is the target size that the user entered.
    """

    def __init__(
        self,
        current_size: Target | None,
        parent: QWidget | None = None,
        *,
        in_px: bool = True,
        describe_size: Callable[[Target], str] | None = None,
    ) -> None:
        """Create the dialog.

        Parameters
        ----------
        current_size : initial target size, or None for a scale factor of 2.5
        in_px : whether a side in pixels and a print size can be entered, or only a factor
        describe_size : returns the size of the result as text, or raises an EngineError if the target size is
            impossible; None if the size of the image is unknown
        """
        super().__init__(parent)
        self._describe_size = describe_size
        self.setWindowTitle(_("Custom Size"))
        explanation = QLabel(
            _("The model upscales the image, then bicubic interpolation resizes the result to the size you enter."),
            wordWrap=True,
        )
        theme.set_role(explanation, "caption")
        self.factor = QDoubleSpinBox(minimum=1, maximum=MAX_SCALE_FACTOR, decimals=2, singleStep=0.5, value=2.5)
        self.factor.setPrefix("×")
        self.width_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1920)
        self.height_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1080)
        self.longest_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1920)
        for side_px in (self.width_px, self.height_px, self.longest_px):
            side_px.setSuffix(" px")
        self.print_size = PrintSizeFields()
        titles = (_("&Scale factor"), _("&Width"), _("&Height"), _("&Longest side"), _("&Print size"))
        self.radio_buttons = tuple(QRadioButton(title) for title in titles)
        fields: tuple[QWidget, ...] = (self.factor, self.width_px, self.height_px, self.longest_px, self.print_size)
        self.result_label = controls.label("caption", wrap=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        theme.set_role(self.ok, True, "primary")
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 16, 16, 16)
        grid.setSpacing(12)
        grid.addWidget(explanation, 0, 0, 1, 2)
        unavailable = _("Unavailable for simulations, which need a scale factor")
        for row, (choice, field) in enumerate(zip(self.radio_buttons, fields, strict=True), start=1):
            field.setAccessibleName(choice.text().replace("&", ""))
            choice.toggled.connect(field.setEnabled)
            choice.toggled.connect(self._update_result)
            choice.setEnabled(in_px or field is self.factor)
            choice.setToolTip("" if choice.isEnabled() else unavailable)
            field.setEnabled(False)
            grid.addWidget(choice, row, 0)
            grid.addWidget(field, row, 1)
        self.factor.valueChanged.connect(self._update_result)
        for side_px in (self.width_px, self.height_px, self.longest_px):
            side_px.valueChanged.connect(self._update_result)
        self.print_size.changed.connect(self._update_result)
        grid.addWidget(self.result_label, 6, 0, 1, 2)
        grid.addWidget(buttons, 7, 0, 1, 2)
        self._show(current_size or Target(2.5))

    @property
    def target(self) -> Target:
        """Target size that the user entered.

        Raises
        ------
        InvalidSetting
            If the print size needs too many pixels.
        """
        if self.radio_buttons[_FACTOR].isChecked():
            return Target(round(self.factor.value(), 2))
        if self.radio_buttons[_WIDTH].isChecked():
            return Target(width=self.width_px.value())
        if self.radio_buttons[_HEIGHT].isChecked():
            return Target(height=self.height_px.value())
        if self.radio_buttons[_LONGEST].isChecked():
            return Target(longest=self.longest_px.value())
        return self.print_size.target

    def _update_result(self) -> None:
        """Show the size of the result, or an error. If the size is impossible, disable the OK button."""
        reason, size = "", ""
        try:
            if self._describe_size:
                size = self._describe_size(self.target)
            elif self.target.dpi is not None:
                size = text.format_scale_or_size(0, self.target)
        except EngineError as error:
            reason = error_message(error)
        self.result_label.setText(reason or (_("Result: {size}").format(size=size) if size else ""))
        self.result_label.setVisible(bool(self.result_label.text()))
        self.ok.setEnabled(not reason)
        needed = controls.layout_of(self).totalHeightForWidth(self.width())
        if self.isVisible() and needed > self.height():  # a reason can be longer than a size
            self.resize(self.width(), needed)

    def _show(self, target: Target) -> None:
        """Show a target size, and focus its field."""
        if target.dpi is not None:
            self.print_size.display(target)
            self.radio_buttons[_PRINT].setChecked(True)
            self.print_size.setFocus()
            return
        field: QSpinBox | QDoubleSpinBox = self.factor
        if target.factor is not None:
            self.radio_buttons[_FACTOR].setChecked(True)
            self.factor.setValue(target.factor)
        else:
            sides = (target.width, target.height, target.longest)
            for index, (side, side_px) in enumerate(
                zip(sides, (self.width_px, self.height_px, self.longest_px), strict=True), start=_WIDTH
            ):
                if side is not None:
                    field = side_px
                    side_px.setValue(side)
                    self.radio_buttons[index].setChecked(True)
        field.setFocus()
        field.selectAll()


class PrintSizeFields(QWidget):
    """Fields for the width or height of a print in cm or inches, and for its resolution."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.side, self.unit = QComboBox(), QComboBox()
        self.side.setAccessibleName(_("Side"))
        controls.set_items(self.side, [("width", _("Width")), ("height", _("Height")), ("longest", _("Longest side"))])
        self.unit.setAccessibleName(_("Unit"))
        controls.set_items(self.unit, [("cm", _("cm")), ("in", _("in"))])
        self.length = QDoubleSpinBox(minimum=0.01, maximum=10_000, decimals=2, value=30)
        self.length.setAccessibleName(_("Length"))
        self.dpi = QSpinBox(minimum=1, maximum=MAX_DPI, value=300)
        self.dpi.setSuffix(f" {_('dpi')}")
        self.dpi.setAccessibleName(_("Resolution"))
        self.dpi.setToolTip(_("Sets the pixels per inch of the print, which are also stored in the file"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for field in (self.side, self.length, self.unit, self.dpi):
            row.addWidget(field)
        self.setFocusProxy(self.length)
        if QLocale().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem:
            self.unit.setCurrentIndex(self.unit.findData("in"))
            self.length.setValue(12)
        self.side.currentIndexChanged.connect(self.changed)
        self.unit.currentIndexChanged.connect(self._convert)
        self.length.valueChanged.connect(self.changed)
        self.dpi.valueChanged.connect(self.changed)

    @property
    def target(self) -> Target:
        """Target size in px that prints at this size.

        Raises
        ------
        InvalidSetting
            If the print size needs too many pixels.
        """
        length_px = max(1, round(self.length.value() / self._units_per_inch * self.dpi.value()))
        sides: dict[str, Any] = {self.side.currentData(): length_px}
        return Target(**sides, dpi=self.dpi.value())

    def display(self, target: Target) -> None:
        """Show a target size that has a resolution."""
        side = "width" if target.width else "height" if target.height else "longest"
        dpi = target.dpi or self.dpi.value()
        self.side.setCurrentIndex(self.side.findData(side))
        self.dpi.setValue(dpi)
        length_px = target.width or target.height or target.longest or 1
        self.length.setValue(length_px / dpi * self._units_per_inch)

    @property
    def _units_per_inch(self) -> float:
        return text.CM_PER_INCH if self.unit.currentData() == "cm" else 1.0

    def _convert(self) -> None:
        """Convert the length to the unit that was just selected."""
        factor = text.CM_PER_INCH if self.unit.currentData() == "cm" else 1 / text.CM_PER_INCH
        self.length.setValue(self.length.value() * factor)
        self.changed.emit()
