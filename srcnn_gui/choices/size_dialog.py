"""Dialog in which the user enters a scale factor, a width or a height."""

from typing import TypedDict

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QWidget,
)

from engine.upscaling.request import Target
from srcnn_gui.choices.options import MAX_SCALE_FACTOR, MAX_SIDE
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme


class Size(TypedDict, total=False):
    """Keyword arguments of `Target`, of which exactly one is set. Width and height are in pixels."""

    factor: float
    width: int
    height: int


class SizeDialog(QDialog):
    """Dialog for a scale factor, a width or a height. After it is accepted, read `chosen_size`."""

    def __init__(self, current_size: Target | None, parent: QWidget | None = None, *, in_px: bool = True) -> None:
        """Create the dialog.

        Parameters
        ----------
        current_size : target size that is preselected, or None for the factor 2.5
        in_px : whether a width or a height can be entered, or only a factor
        """
        super().__init__(parent)
        self.setWindowTitle(_("Custom Size"))
        explanation = QLabel(
            _("A model upscales the image, then bicubic resizes it to the size that you enter."), wordWrap=True
        )
        theme.set_role(explanation, "caption")
        self.factor = QDoubleSpinBox(minimum=1, maximum=MAX_SCALE_FACTOR, decimals=2, singleStep=0.5, value=2.5)
        self.factor.setPrefix("×")
        self.width_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1920)
        self.height_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1080)
        self.radio_buttons = (QRadioButton(_("&Scale factor")), QRadioButton(_("&Width")), QRadioButton(_("&Height")))
        self._fields: tuple[QDoubleSpinBox | QSpinBox, ...] = (self.factor, self.width_px, self.height_px)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 16, 16, 16)
        grid.setSpacing(12)
        grid.addWidget(explanation, 0, 0, 1, 2)
        for row, (choice, field) in enumerate(zip(self.radio_buttons, self._fields, strict=True), start=1):
            field.setAccessibleName(choice.text().replace("&", ""))
            choice.toggled.connect(field.setEnabled)
            field.setEnabled(False)
            grid.addWidget(choice, row, 0)
            grid.addWidget(field, row, 1)
            if isinstance(field, QSpinBox):
                field.setSuffix(" px")
                choice.setEnabled(in_px)
                unavailable = _("Unavailable for a simulation, which keeps the size of the image")
                choice.setToolTip("" if choice.isEnabled() else unavailable)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        theme.set_role(buttons.button(QDialogButtonBox.StandardButton.Ok), True, "primary")
        grid.addWidget(buttons, 4, 0, 1, 2)
        self._show(
            (current_size.factor, current_size.width, current_size.height) if current_size else (2.5, None, None)
        )

    @property
    def chosen_size(self) -> Size:
        """Factor, width or height that the user entered, as a keyword argument of `Target`."""
        if self.radio_buttons[0].isChecked():
            return {"factor": round(self.factor.value(), 2)}
        return (
            {"width": self.width_px.value()}
            if self.radio_buttons[1].isChecked()
            else {"height": self.height_px.value()}
        )

    def _show(self, values: tuple[float | None, int | None, int | None]) -> None:
        for choice, field, value in zip(self.radio_buttons, self._fields, values, strict=True):
            if value is not None:
                choice.setChecked(True)
                if isinstance(field, QSpinBox):
                    field.setValue(int(value))
                else:
                    field.setValue(value)
                field.setFocus()
                field.selectAll()
