"""Dialog for the save options, such as format, quality, bit depth, background and metadata."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QSpinBox,
    QWidget,
)

from srcnn_gui.choices.options import LOSSY_FORMATS, SAVE_FORMATS
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


class SaveDialog(QDialog):
    """Dialog for the save options. After the user accepts it, read `options`."""

    def __init__(self, parent: QWidget | None = None, default_options: Mapping[str, Any] | None = None) -> None:
        """Create the dialog. `default_options` contains the initial values, as arguments of `OutputOptions`."""
        super().__init__(parent)
        self.setWindowTitle(_("Save with Options"))
        self.format = QComboBox()
        self.format.addItem(_("From file name"), None)
        for kind in SAVE_FORMATS:
            self.format.addItem(kind.upper(), kind)
        self.choose_quality = QCheckBox(_("Quality"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=90)
        self.bits = QComboBox()
        for title, bits in ((_("Same as input"), None), (_("8 bits"), 8), (_("16 bits"), 16)):
            self.bits.addItem(title, bits)
        self.background = QComboBox()
        for title, color in ((_("None"), None), (_("White"), _WHITE), (_("Black"), _BLACK)):
            self.background.addItem(title, color)
        self.background.addItem(_("Other Color…"))
        self.background.setToolTip(_("Fills transparent areas in formats without transparency, such as JPEG"))
        self.keep = QCheckBox(_("Keep metadata and color profile"))
        self.keep.setChecked(True)
        self.keep_time = QCheckBox(_("Keep modification time"))
        self.keep_time.setToolTip(_("Copies the modification time of the input to the result"))
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setSpacing(12)
        form.addRow(_("Format"), self.format)
        form.addRow(self.choose_quality, self.quality)
        form.addRow(_("Bits per channel"), self.bits)
        form.addRow(_("Background"), self.background)
        form.addRow(self.keep)
        form.addRow(self.keep_time)
        for field, name in (
            (self.format, _("Format")),
            (self.quality, _("Quality")),
            (self.bits, _("Bits per channel")),
            (self.background, _("Background")),
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
        self.background.activated.connect(self._ask_for_color)
        self._show_options(default_options or {})
        self._offer_quality()

    def _show_options(self, default_options: Mapping[str, Any]) -> None:
        self.format.setCurrentIndex(max(0, self.format.findData(default_options.get("format"))))
        self.choose_quality.setChecked(default_options.get("quality") is not None)
        self.quality.setValue(default_options.get("quality") or self.quality.value())
        self.keep.setChecked(not default_options.get("strip", False))
        self.keep_time.setChecked(default_options.get("keep_time", False))
        self._select_background(default_options.get("background"))

    def _select_background(self, color: tuple[int, int, int] | None) -> None:
        """Select a background color. If it is not in the list, insert it before "Other Color…"."""
        known = [self.background.itemData(index) for index in range(self.background.count() - 1)]
        if color not in known:
            self.background.insertItem(len(known), QColor(*color or ()).name(), color)
            known.append(color)
        self.background.setCurrentIndex(known.index(color))

    def _ask_for_color(self, index: int) -> None:
        """Ask for a color if "Other Color…" was selected. If the user cancels, select no background."""
        if index == self.background.count() - 1:
            chosen = QColorDialog.getColor(QColor(*_WHITE), self, _("Background Color"))
            self._select_background((chosen.red(), chosen.green(), chosen.blue()) if chosen.isValid() else None)

    @property
    def options(self) -> dict[str, Any]:
        """Options that the user selected, as keyword arguments of `OutputOptions`."""
        quality = self.quality.value() if self.quality.isEnabled() else None
        return {
            "format": self.format.currentData(),
            "quality": quality,
            "bits": self.bits.currentData(),
            "strip": not self.keep.isChecked(),
            "background": self.background.currentData(),
            "keep_time": self.keep_time.isChecked(),
        }

    def _offer_quality(self) -> None:
        """Enable the quality for lossy formats. If its box is not checked, the default of the format is used."""
        lossy = self.format.currentData() in LOSSY_FORMATS
        self.choose_quality.setEnabled(lossy)
        self.quality.setEnabled(lossy and self.choose_quality.isChecked())
