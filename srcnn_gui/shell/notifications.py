"""Long work has ended: said through the system, to somebody who looks elsewhere."""

import shutil
from html import escape

from PySide6.QtCore import QObject, QProcess
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon


class Notifications(QObject):
    """The one place from which the system is asked to tell something; `wanted` is the person's setting."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self.wanted = True

    def tell(self, title: str, words: str) -> None:
        """Say it if the window is not in front."""
        if not self.wanted or self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
                self._tray.messageClicked.connect(self._come_forward)
                self._tray.activated.connect(self._come_forward)
            self._tray.setToolTip(self._window.windowTitle())
            self._tray.show()
            self._tray.showMessage(title, words, self._window.windowIcon())
        elif program := shutil.which("notify-send"):  # GNOME has no tray; its own program asks the same of it
            plain = escape(words, quote=False).replace("\\", "\\\\")  # it reads markup and backslashes
            QProcess.startDetached(program, ["--app-name", QApplication.applicationName(), "--", title, plain])

    def _come_forward(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        if self._tray is not None:
            self._tray.hide()  # it was there for the message alone
