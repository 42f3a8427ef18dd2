"""Dialog in which the user enters a scale factor, a width, a height or a longest side."""

from collections.abc import Callable

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

from engine.errors import EngineError
from engine.upscaling.request import Target
from srcnn_gui.choices.options import MAX_SCALE_FACTOR, MAX_SIDE
from srcnn_gui.runtime.translations import _, error_message
from srcnn_gui.ui import controls, theme


class SizeDialog(QDialog):
    """Dialog for a scale factor or the length of a side.

    After it is accepted, `target` contains the input.
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
        in_px : whether a side in pixels can be entered, or only a factor
        describe_size : returns the size of the result as text, or raises an EngineError if the target size is
            impossible; None if the size of the image is unknown
        """
        super().__init__(parent)
        self._describe_size = describe_size
        self.setWindowTitle(_("Custom Size"))
        explanation = QLabel(
            _("A model upscales the image, then bicubic resizes it to the size that you enter."), wordWrap=True
        )
        theme.set_role(explanation, "caption")
        self.factor = QDoubleSpinBox(minimum=1, maximum=MAX_SCALE_FACTOR, decimals=2, singleStep=0.5, value=2.5)
        self.factor.setPrefix("×")
        self.width_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1920)
        self.height_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1080)
        self.longest_px = QSpinBox(minimum=1, maximum=MAX_SIDE, value=1920)
        titles = (_("&Scale factor"), _("&Width"), _("&Height"), _("&Longest side"))
        self.radio_buttons = tuple(QRadioButton(title) for title in titles)
        self._fields: tuple[QDoubleSpinBox | QSpinBox, ...] = (
            self.factor,
            self.width_px,
            self.height_px,
            self.longest_px,
        )
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
            choice.toggled.connect(self._update_result)
        self.factor.valueChanged.connect(self._update_result)
        for side_px in (self.width_px, self.height_px, self.longest_px):
            side_px.valueChanged.connect(self._update_result)
        self.result_label = controls.label("caption", wrap=True)
        grid.addWidget(self.result_label, 5, 0, 1, 2)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        theme.set_role(self.ok, True, "primary")
        grid.addWidget(buttons, 6, 0, 1, 2)
        size = current_size or Target(2.5)
        self._show((size.factor, size.width, size.height, size.longest))

    @property
    def target(self) -> Target:
        """Target size that the user entered."""
        if self.radio_buttons[0].isChecked():
            return Target(round(self.factor.value(), 2))
        if self.radio_buttons[1].isChecked():
            return Target(width=self.width_px.value())
        if self.radio_buttons[2].isChecked():
            return Target(height=self.height_px.value())
        return Target(longest=self.longest_px.value())

    def _update_result(self) -> None:
        """Show the size of the result, or an error. If the size is impossible, disable the OK button."""
        reason, size = "", ""
        try:
            size = self._describe_size(self.target) if self._describe_size else ""
        except EngineError as error:
            reason = error_message(error)
        self.result_label.setText(reason or (_("Result: {size}").format(size=size) if size else ""))
        self.result_label.setVisible(bool(self.result_label.text()))
        self.ok.setEnabled(not reason)
        needed = controls.layout_of(self).totalHeightForWidth(self.width())
        if self.isVisible() and needed > self.height():  # a reason can be longer than a size
            self.resize(self.width(), needed)

    def _show(self, values: tuple[float | None, int | None, int | None, int | None]) -> None:
        for choice, field, value in zip(self.radio_buttons, self._fields, values, strict=True):
            if value is not None:
                choice.setChecked(True)
                if isinstance(field, QSpinBox):
                    field.setValue(int(value))
                else:
                    field.setValue(value)
                field.setFocus()
                field.selectAll()
