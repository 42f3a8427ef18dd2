"""Desktop notifications about jobs that end while the window is in the background."""

import shutil
from html import escape

from PySide6.QtCore import QObject, QProcess
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon


class Notifications(QObject):
    """Service that sends desktop notifications if `enabled` is true."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self.enabled = True

    def notify(self, title: str, text: str) -> None:
        """Send a desktop notification, unless the window is active or notifications are turned off."""
        if not self.enabled or self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
                self._tray.messageClicked.connect(self._raise_window)
                self._tray.activated.connect(self._raise_window)
            self._tray.setToolTip(self._window.windowTitle())
            self._tray.show()
            self._tray.showMessage(title, text, self._window.windowIcon())
        elif program := shutil.which("notify-send"):  # for desktops without a tray, such as GNOME
            plain = escape(text, quote=False).replace("\\", "\\\\")  # notify-send interprets markup and backslashes
            QProcess.startDetached(program, ["--app-name", QApplication.applicationName(), "--", title, plain])

    def _raise_window(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        if self._tray is not None:
            self._tray.hide()  # the tray icon is shown only for the message
