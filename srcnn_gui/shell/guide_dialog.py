"""The guide that comes with the program: it needs no network."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from srcnn_gui.runtime import resources
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.screen_size import room_for

_ROUND = 24  # px


class GuideDialog(QDialog):
    """A page to read, beside the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Guide"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.browser = QTextBrowser(openExternalLinks=True)
        self.browser.setAccessibleName(_("Guide"))
        self.browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        translated = resources.path("guide", _("guide.md"))  # a catalogue names the file in its language
        page = translated if translated.exists() else resources.path("guide", "guide.md")
        self.browser.document().setDocumentMargin(_ROUND)
        self.browser.setMarkdown(page.read_text(encoding="utf-8"))
        self._space_lines()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.setContentsMargins(16, 8, 16, 12)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(680, min(720, room_for(self).height() - 2 * _ROUND))

    def _space_lines(self) -> None:
        """Lines a little apart, which a page of text wants."""
        airy = QTextBlockFormat()
        airy.setLineHeight(130, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor = QTextCursor(self.browser.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(airy)
