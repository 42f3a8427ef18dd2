"""Dialog for the options of a saved file: format, quality, bit depth, metadata."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QWidget

from srcnn_gui.choices.options import LOSSY_FORMATS, SAVE_FORMATS
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme


class SaveDialog(QDialog):
    """Dialog for the save options. After it is accepted, read `options`."""

    def __init__(self, parent: QWidget | None = None, default_options: Mapping[str, Any] | None = None) -> None:
        """Create the dialog. `default_options` are keyword arguments of `SaveOptions` to show first."""
        super().__init__(parent)
        self.setWindowTitle(_("Save with Options"))
        self.format = QComboBox()
        self.format.addItem(_("Same as input or file name"), None)
        for kind in SAVE_FORMATS:
            self.format.addItem(kind.upper(), kind)
        self.choose_quality = QCheckBox(_("Quality"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=90)
        self.bits = QComboBox()
        for title, bits in ((_("Same as input"), None), (_("8 bits"), 8), (_("16 bits"), 16)):
            self.bits.addItem(title, bits)
        self.keep = QCheckBox(_("Keep metadata and color profile"))
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
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(_("Save As…"))
        theme.set_role(buttons.button(QDialogButtonBox.StandardButton.Ok), True, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self.format.currentIndexChanged.connect(self._offer_quality)
        self.choose_quality.toggled.connect(self._offer_quality)
        self._show_options(default_options or {})
        self._offer_quality()

    def _show_options(self, default_options: Mapping[str, Any]) -> None:
        self.format.setCurrentIndex(max(0, self.format.findData(default_options.get("format"))))
        self.choose_quality.setChecked(default_options.get("quality") is not None)
        self.quality.setValue(default_options.get("quality") or self.quality.value())
        self.keep.setChecked(not default_options.get("strip", False))

    @property
    def options(self) -> dict[str, Any]:
        """Options that the user selected, as keyword arguments of `SaveOptions`."""
        quality = self.quality.value() if self.quality.isEnabled() else None
        return {
            "format": self.format.currentData(),
            "quality": quality,
            "bits": self.bits.currentData(),
            "strip": not self.keep.isChecked(),
        }

    def _offer_quality(self) -> None:
        """Enable the quality only for lossy formats. If no quality is set, the format's default is used."""
        lossy = self.format.currentData() in LOSSY_FORMATS
        self.choose_quality.setEnabled(lossy)
        self.quality.setEnabled(lossy and self.choose_quality.isChecked())
