"""How long to train: a number, and what it counts."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from srcnn_gui.pages.train.state import Choices
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import combo

_MOST = {"minutes": 100_000, "steps": 100_000_000, "epochs": 1_000_000}


class Length(QWidget):
    """Shows minutes, steps or epochs; `changed` passes on the setting's name in Choices and its new value."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.number, self.unit = QDoubleSpinBox(), combo(_("What the length counts"))
        self.number.setAccessibleName(_("Length"))
        self.number.setToolTip(_("How long to train; stop it earlier if you like."))
        self.number.setKeyboardTracking(False)
        self.number.setGroupSeparatorShown(True)
        self.number.setMinimumWidth(theme.grown(96))
        self.unit.setMinimumContentsLength(4)
        self.unit.setAccessibleDescription(_("Minutes, steps or epochs"))
        for key, title in (("minutes", _("minutes")), ("steps", _("steps")), ("epochs", _("epochs"))):
            self.unit.addItem(title, key)
        self._rendering = False
        self.number.valueChanged.connect(self._pass)
        self.unit.activated.connect(lambda index: self.changed.emit("unit", self.unit.itemData(index)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.number)
        row.addWidget(self.unit, 1)

    def render(self, choices: Choices) -> None:
        """Show the length chosen; none in minutes is as long as the paper took."""
        self._rendering = True
        timed = choices.unit == "minutes"
        self.unit.setCurrentIndex(max(0, self.unit.findData(choices.unit)))
        self.number.setDecimals(1 if timed else 0)
        self.number.setRange(0 if timed else 1, _MOST.get(choices.unit, 1))
        self.number.setSpecialValueText(_("as the paper") if timed else "")
        if not self.number.hasFocus() or self.number.value() != getattr(choices, choices.unit, 1):
            self.number.setValue(getattr(choices, choices.unit, 1))
        self._rendering = False

    def _pass(self, value: float) -> None:
        """What a person changed, not what was just rendered."""
        if not self._rendering:
            unit = self.unit.currentData()
            self.changed.emit(unit, value if unit == "minutes" else round(value))
