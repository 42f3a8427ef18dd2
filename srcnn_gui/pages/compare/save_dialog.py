"""How a result is written, where that is to be another way than its source was: format, quality, bits, metadata."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QWidget

from srcnn_gui.choices.options import LOSSY, SAVED_AS
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme


class SaveDialog(QDialog):
    """Asks how; where is asked afterwards. `options` are those of the engine's SaveOptions, by name."""

    def __init__(self, parent: QWidget | None = None, usual: Mapping[str, Any] | None = None) -> None:
        """`usual` is what it begins with."""
        super().__init__(parent)
        self.setWindowTitle(_("Save with options"))
        self.format = QComboBox()
        self.format.addItem(_("As the source, or by the name"), None)
        for kind in SAVED_AS:
            self.format.addItem(kind.upper(), kind)
        self.choose_quality = QCheckBox(_("Quality"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=90)
        self.bits = QComboBox()
        for words, bits in ((_("As the source"), None), (_("8 bits"), 8), (_("16 bits"), 16)):
            self.bits.addItem(words, bits)
        self.keep = QCheckBox(_("Keep EXIF, colour profile, resolution and texts"))
        self.keep.setChecked(True)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setSpacing(12)
        form.addRow(_("Format"), self.format)
        form.addRow(self.choose_quality, self.quality)
        form.addRow(_("Bits per channel"), self.bits)
        form.addRow(self.keep)
        for field, name in (
            (self.format, _("Format")),
            (self.quality, _("Quality")),
            (self.bits, _("Bits per channel")),
        ):
            field.setAccessibleName(name)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(_("Choose where…"))
        theme.set_role(buttons.button(QDialogButtonBox.StandardButton.Ok), True, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self.format.currentIndexChanged.connect(self._offer_quality)
        self.choose_quality.toggled.connect(self._offer_quality)
        self._begin_with(usual or {})
        self._offer_quality()

    def _begin_with(self, usual: Mapping[str, Any]) -> None:
        self.format.setCurrentIndex(max(0, self.format.findData(usual.get("format"))))
        self.choose_quality.setChecked(usual.get("quality") is not None)
        self.quality.setValue(usual.get("quality") or self.quality.value())
        self.keep.setChecked(not usual.get("strip", False))

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen."""
        quality = self.quality.value() if self.quality.isEnabled() else None
        return {
            "format": self.format.currentData(),
            "quality": quality,
            "bits": self.bits.currentData(),
            "strip": not self.keep.isChecked(),
        }

    def _offer_quality(self) -> None:
        """A quality is of formats that lose something; unless it is chosen each has its own."""
        lossy = self.format.currentData() in LOSSY
        self.choose_quality.setEnabled(lossy)
        self.quality.setEnabled(lossy and self.choose_quality.isChecked())
