"""What lies around the pages: the settings, failures, help, the tour, and what the system is told."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QObject, QSettings, QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from engine.errors import EngineError
from engine.system import diagnostics, log, paths
from srcnn_gui.runtime import crash_marker, settings_store
from srcnn_gui.runtime.task import Lane
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.about_dialog import AboutDialog
from srcnn_gui.shell.diagnostics_dialog import DiagnosticsDialog
from srcnn_gui.shell.failures import Failure, Failures, crashed
from srcnn_gui.shell.guide_dialog import GuideDialog
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.notifications import Notifications
from srcnn_gui.shell.settings import dialog as settings_dialog
from srcnn_gui.shell.settings.dialog import SettingsDialog
from srcnn_gui.shell.settings.presenter import Listeners, SettingsPresenter
from srcnn_gui.shell.settings.state import Lines, Settings
from srcnn_gui.shell.shortcuts_dialog import ShortcutsDialog
from srcnn_gui.shell.tour import Stop, Tour
from srcnn_gui.ui.menus import make_action


class Surroundings(QObject):
    """Joins them to the window; whoever makes it says what a change of the settings is to do."""

    toured = Signal()  # the tour was shown to its end, or skipped

    def __init__(
        self,
        window: MainWindow,
        store: QSettings,
        chosen: Settings,
        listeners: Listeners,
        languages: Lines = (),
    ) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self._devices: tuple[tuple[str, str], ...] | None = None
        self._dialog: SettingsDialog | None = None
        self._failure: DiagnosticsDialog | None = None
        self._crash = ""
        self._tour: Tour | None = None
        self.stops: Callable[[], list[Stop]] = list
        self.settings = SettingsPresenter(chosen, self._remember, listeners, languages)
        self.failures = Failures(self._show_failure)
        self.notifications = Notifications(window)
        self.notifications.wanted = chosen.notifications
        window.settings_wanted.connect(self.show_settings)
        window.device_wanted.connect(lambda: self.show_settings(settings_dialog.DEVICE))
        self.furnish()

    def furnish(self) -> None:
        """Join what the window's frame is made of: its notice and its Help menu; settings that are open stay so.

        What else is open said what it says in another language, and goes: the tour points at parts that are no more.
        """
        self._window.notice.dismissed.connect(self._dismiss)
        self._window.notice.acted.connect(self._show_crash)
        self._tell_crash()
        self._fill_help()
        if self._tour is not None:
            self._tour.end()
        for dialog in self._window.findChildren(QDialog):
            if isinstance(dialog, AboutDialog | GuideDialog | ShortcutsDialog):
                dialog.close()
        before, self._dialog = self._dialog, None
        if before is not None:
            self.settings.detach()
            if before.isVisible():  # it said what it says in another language
                self.show_settings(before.page).move(before.pos())
            before.deleteLater()

    # -- the settings ----------------------------------------------------------------------------------------------

    def show_settings(self, page: int | None = None) -> SettingsDialog:
        """Open the dialog of the settings, or bring it to the front, and return it."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self.settings, self._window)
            self._dialog.folder_wanted.connect(self._ask_for_folder)
            self._dialog.log_wanted.connect(self.open_log)
        self.settings.refresh()
        if page:
            self._dialog.show_page(page)
        _bring(self._dialog)
        return self._dialog

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Torch is loaded; this is what can compute."""
        self._devices = devices
        self.settings.devices_found(devices)

    def _remember(self, chosen: Settings) -> None:
        settings_store.save(self._store, "settings", chosen)
        self.notifications.wanted = chosen.notifications

    def _ask_for_folder(self, key: str) -> None:
        """Let a person choose another folder."""
        titles = {"models": _("Where your own models lie"), "data": _("Where pictures to train on lie")}
        now = next(folder.path for folder in self.settings.state.folders if folder.key == key)
        if name := QFileDialog.getExistingDirectory(self._dialog or self._window, titles[key], now):
            self.settings.choose_folder(key, Path(name))

    # -- when things go wrong --------------------------------------------------------------------------------------

    def watch(self, lane: Lane) -> None:
        """Hear of what fails on a lane; what the engine has a sentence for is the page's business alone."""
        lane.failed.connect(self._lane_failed)

    def _lane_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            self.failures.report(error)

    def _show_failure(self, failure: Failure) -> None:
        """Put it before the person; one that comes while another is shown joins it."""
        if self._failure is None:
            self._failure = self._diagnostics_dialog()
            self._failure.finished.connect(self._failure_closed)
        self._failure.show_failure(failure.sentence, failure.details)
        _bring(self._failure)

    def _failure_closed(self) -> None:
        self._failure = None
        self.failures.dismissed()

    def tell_crash(self) -> None:
        """A window that did not end by itself before this one is told of."""
        if left := crash_marker.crashes():
            self._crash = "\n\n".join(left)
            self._tell_crash()

    def _tell_crash(self) -> None:
        if self._crash:
            self._window.notice.display(crashed("").sentence, _("Diagnostics…"))

    def _show_crash(self) -> None:
        crash = self._crash
        self._dismiss()
        self._show_failure(crashed(crash))

    def _dismiss(self) -> None:
        self._crash = ""
        self._window.notice.display("")

    def diagnostics(self, first: str = "") -> str:
        """What helps whoever looks into a problem, after what is said first; without the home folder's name."""
        window = {
            "Qt": qVersion(),
            "platform": QGuiApplication.platformName(),
            "screens": ", ".join(_screen(screen) for screen in QGuiApplication.screens()),
            "language": QLocale.system().name(),
            "size": f"{self._window.width()} x {self._window.height()}",
        }
        chosen = {name: str(value) for name, value in asdict(self.settings.settings).items()}
        sections = diagnostics.collect(self._devices, {"Window": window, "Settings": chosen})
        return diagnostics.without_home(first) + diagnostics.text(sections)

    def show_diagnostics(self) -> None:
        """Nothing went wrong: somebody asks."""
        dialog = self._diagnostics_dialog()
        dialog.show_state()
        _bring(dialog)

    def _diagnostics_dialog(self) -> DiagnosticsDialog:
        dialog = DiagnosticsDialog(self.diagnostics, self._window)
        dialog.log_wanted.connect(self.open_log)
        return dialog

    def open_log(self) -> None:
        """Show the log, or its folder while nothing was logged."""
        paths.log().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log.path() or paths.log())))

    # -- help ------------------------------------------------------------------------------------------------------

    def show_tour(self) -> None:
        """Point at the parts of the window."""
        if self._tour is None and (stops := self.stops()):
            self._tour = Tour(stops, self._window)
            self._tour.ended.connect(self._tour_ended)
            self._tour.begin()

    def _tour_ended(self) -> None:
        self._tour = None
        self.toured.emit()

    def _show_dialog(self, kind: Callable[[MainWindow], QDialog]) -> None:
        """Open a dialog, or bring the one that is open to the front."""
        there = [one for one in self._window.findChildren(QDialog) if type(one) is kind and one.isVisible()]
        _bring(there[0] if there else kind(self._window))

    def _fill_help(self) -> None:
        menu = self._window.menus.help
        show = self._show_dialog
        menu.addAction(make_action(menu, _("&Keyboard Shortcuts"), "F1", lambda: show(ShortcutsDialog)))
        menu.addAction(make_action(menu, _("&Guide"), "Shift+F1", lambda: show(GuideDialog)))
        menu.addAction(make_action(menu, _("&Tour of the Window"), (), self.show_tour))
        menu.addSeparator()
        menu.addAction(make_action(menu, _("&Diagnostics…"), (), self.show_diagnostics))
        menu.addAction(make_action(menu, _("Open the &Log"), (), self.open_log))
        menu.addSeparator()
        about = make_action(menu, _("&About SRCNN Studio"), (), lambda: show(AboutDialog))
        about.setMenuRole(about.MenuRole.AboutRole)
        menu.addAction(about)


def _bring(dialog: QWidget) -> None:
    """Show a dialog in front; the window can still be used."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def _screen(screen: Any) -> str:
    size = screen.size()
    return f"{size.width()} x {size.height()} at {screen.devicePixelRatio():g}"
