"""Dialog that shows the guide in the language of the window."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from srcnn_gui.runtime import resources
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.screen_size import available_size

_MARGIN = 24  # px


class GuideDialog(QDialog):
    """Dialog that shows the guide. It is non-modal, so that the user can read it while using the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Guide"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.browser = QTextBrowser(openExternalLinks=True)
        self.browser.setAccessibleName(_("Guide"))
        self.browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        translated = resources.resource_path("guide", _("guide.md"))  # the catalog maps this to the translated file
        page = translated if translated.exists() else resources.resource_path("guide", "guide.md")
        self.browser.document().setDocumentMargin(_MARGIN)
        self.browser.setMarkdown(page.read_text(encoding="utf-8"))
        self._increase_line_spacing()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.setContentsMargins(16, 8, 16, 12)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(680, min(720, available_size(self).height() - 2 * _MARGIN))

    def _increase_line_spacing(self) -> None:
        """Increase the line spacing of the guide to make it easier to read."""
        block_format = QTextBlockFormat()
        block_format.setLineHeight(130, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor = QTextCursor(self.browser.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(block_format)
