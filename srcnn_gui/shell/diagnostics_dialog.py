"""Dialog that shows an error or the diagnostics, and copies them for a bug report."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import label

_DETAILS_HEIGHT = 200


class DiagnosticsDialog(QDialog):
    """Non-modal dialog that shows an error or the diagnostics.

    `diagnostics` is a function that returns its argument followed by the diagnostics of the program.
    """

    log_requested = Signal()

    def __init__(self, diagnostics: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diagnostics = diagnostics
        self._failed = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._icon = QLabel()
        self._message = label("section", wrap=True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._advice = label("muted", wrap=True)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFixedHeight(_DETAILS_HEIGHT)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setAccessibleName(_("Details"))
        self.copy, self.open_log = QPushButton(_("Copy Diagnostics")), QPushButton(_("Open Log"))
        self.close_button = QPushButton(_("Close"))
        icons.set_icon(self.copy, "copy", on_fill=True)
        theme.set_role(self.copy, True, "primary")
        self.copy.clicked.connect(self._copy)
        self.open_log.clicked.connect(self.log_requested)
        self.close_button.clicked.connect(self.reject)
        self._lay_out()

    def show_failure(self, message: str, details: str) -> None:
        """Show an unexpected error, with `details` such as the traceback."""
        self._failed = True
        self.setWindowTitle(_("Unexpected Error"))
        advice = _(
            "You can keep working. To report this problem, copy the diagnostics. "
            "The diagnostics do not contain the path of your home folder."
        )
        self._show("error", theme.current().bad, message, advice, details)
        cursor = self.details.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.details.setTextCursor(cursor)  # scrolls to the end of the traceback

    def show_diagnostics(self) -> None:
        """Show the current diagnostics of the program."""
        self.setWindowTitle(_("Diagnostics"))
        advice = _(
            "The diagnostics contain versions, hardware, settings, and the end of the log. "
            "The path of your home folder is shown as ~."
        )
        message = _("Include this information when you report a problem.")
        self._show("info", theme.current().accent, message, advice, self._diagnostics(""))

    def _show(self, icon: str, color: str, message: str, advice: str, details: str) -> None:
        self._icon.setPixmap(icons.pixmap(icon, color, 24, self.devicePixelRatioF()))
        self._message.setText(message)
        self._advice.setText(advice)
        self.details.setPlainText(details)
        self.copy.setText(_("Copy Diagnostics"))
        self.setAccessibleName(message)
        self.copy.setFocus()

    def _copy(self) -> None:
        """Copy the diagnostics to the clipboard, after the error if one is shown."""
        error = f"{self._message.text()}\n\n{self.details.toPlainText()}\n\n" if self._failed else ""
        QGuiApplication.clipboard().setText(self._diagnostics(error))
        self.copy.setText(_("Copied"))

    def _lay_out(self) -> None:
        text_column = QVBoxLayout()
        text_column.setSpacing(4)
        text_column.addWidget(self._message)
        text_column.addWidget(self._advice)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(text_column, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.open_log)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.details)
        column.addLayout(buttons)
        self.setFixedWidth(640)
        self.copy.setDefault(True)
