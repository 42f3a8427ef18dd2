"""Controller of the main window: settings, error reports, help, tour and notifications."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QObject, QSettings, QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from engine.errors import EngineError
from engine.system import diagnostics, log, paths
from srcnn_gui.choices.devices import explain_missing_gpus
from srcnn_gui.runtime import crash_marker, settings_store
from srcnn_gui.runtime.notice_action import NoticeAction
from srcnn_gui.runtime.task import Lane
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.about_dialog import AboutDialog
from srcnn_gui.shell.diagnostics_dialog import DiagnosticsDialog
from srcnn_gui.shell.failure_reports import Failure, FailureReporter, crash_failure
from srcnn_gui.shell.guide_dialog import GuideDialog
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.notifications import Notifications
from srcnn_gui.shell.settings import dialog as settings_dialog
from srcnn_gui.shell.settings.dialog import SettingsDialog
from srcnn_gui.shell.settings.presenter import Listeners, SettingsPresenter
from srcnn_gui.shell.settings.state import Items, Settings
from srcnn_gui.shell.shortcuts_dialog import ShortcutsDialog
from srcnn_gui.shell.tour import Tour, TourStop
from srcnn_gui.ui.menus import make_action


class MainController(QObject):
    """Controller that connects dialogs and services to the main window.

    `listeners` are called when the user changes settings.
    """

    tour_finished = Signal()  # the tour was completed or skipped

    def __init__(
        self,
        window: MainWindow,
        store: QSettings,
        settings: Settings,
        listeners: Listeners,
        languages: Items = (),
    ) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self._devices: tuple[tuple[str, str], ...] | None = None
        self._settings_dialog: SettingsDialog | None = None
        self._failure_dialog: DiagnosticsDialog | None = None
        self._crash = ""
        self._tour: Tour | None = None
        self.get_tour_stops: Callable[[], list[TourStop]] = list
        self.settings = SettingsPresenter(settings, self._save_settings, listeners, languages)
        self.failures = FailureReporter(self._show_failure)
        self.notifications = Notifications(window)
        self.notifications.enabled = settings.notifications
        window.settings_requested.connect(self.show_settings)
        window.device_requested.connect(lambda: self.show_settings(settings_dialog.DEVICE))
        self.build_ui()

    def build_ui(self) -> None:
        """Connect to the widgets of the window, at startup and after a language change.

        If the Settings dialog is open, it is reopened in the new language. The tour and the help dialogs are closed.
        """
        self._window.notice.dismissed.connect(self._dismiss_crash_notice)
        self._render_crash_notice()
        self._fill_help_menu()
        if self._tour is not None:
            self._tour.end()
        for dialog in self._window.findChildren(QDialog):
            if isinstance(dialog, AboutDialog | GuideDialog | ShortcutsDialog):
                dialog.close()
        before, self._settings_dialog = self._settings_dialog, None
        if before is not None:
            self.settings.detach()
            if before.isVisible():  # reopen it in the current language
                self.show_settings(before.page).move(before.pos())
            before.deleteLater()

    # -- settings ---------------------------------------------------------------------------------------------------

    def show_settings(self, page: int | None = None) -> SettingsDialog:
        """Open the Settings dialog, or raise it if it is open, and return it.

        If `page` is given, show the page with this index.
        """
        if self._settings_dialog is None:
            self._settings_dialog = SettingsDialog(self.settings, self._window)
            self._settings_dialog.folder_requested.connect(self._ask_for_folder)
            self._settings_dialog.log_requested.connect(self.open_log)
        self.settings.refresh()
        if page:
            self._settings_dialog.show_page(page)
        _bring_to_front(self._settings_dialog)
        return self._settings_dialog

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Update the devices in the Settings dialog and in the diagnostics."""
        self._devices = devices
        self.settings.set_devices(devices)

    def _save_settings(self, settings: Settings) -> None:
        settings_store.save(self._store, "settings", settings)
        self.notifications.enabled = settings.notifications

    def _ask_for_folder(self, key: str) -> None:
        """Let the user select a folder for `key`, which is "models", "data" or "results"."""
        titles = {
            "models": _("Choose Models Folder"),
            "data": _("Choose Datasets Folder"),
            "results": _("Choose Results Folder"),
        }
        now = next(folder.path for folder in self.settings.state.folders if folder.key == key)
        if name := QFileDialog.getExistingDirectory(self._settings_dialog or self._window, titles[key], now):
            self.settings.choose_folder(key, Path(name))

    # -- errors -----------------------------------------------------------------------------------------------------

    def watch_lane(self, lane: Lane) -> None:
        """Report unexpected errors in jobs of a lane. Errors of the engine are shown by the pages."""
        lane.failed.connect(self._report_lane_failure)

    def _report_lane_failure(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            self.failures.report(error)

    def _show_failure(self, failure: Failure) -> None:
        """Show an error in a dialog. If the error dialog is already open, its content is replaced."""
        if self._failure_dialog is None:
            self._failure_dialog = self._diagnostics_dialog()
            self._failure_dialog.finished.connect(self._on_failure_closed)
        self._failure_dialog.show_failure(failure.message, failure.details)
        _bring_to_front(self._failure_dialog)

    def _on_failure_closed(self) -> None:
        self._failure_dialog = None
        self.failures.on_dialog_closed()

    def show_crash_notice(self) -> None:
        """Show a notice if the program crashed in an earlier session."""
        if reports := crash_marker.take_crash_reports():
            self._crash = "\n\n".join(reports)
            self._render_crash_notice()

    def _render_crash_notice(self) -> None:
        if self._crash:
            details = NoticeAction(_("Diagnostics…"), self._show_crash_details)
            self._window.notice.display(crash_failure("").message, (details,))

    def _show_crash_details(self) -> None:
        crash = self._crash
        self._dismiss_crash_notice()
        self._show_failure(crash_failure(crash))

    def _dismiss_crash_notice(self) -> None:
        self._crash = ""
        self._window.notice.display("")

    def format_diagnostics(self, error: str = "") -> str:
        """Return the text of an error, if any, followed by the diagnostics, for a bug report.

        The path of the home directory is replaced with "~".
        """
        window = {
            "Qt": qVersion(),
            "platform": QGuiApplication.platformName(),
            "screens": ", ".join(_describe_screen(screen) for screen in QGuiApplication.screens()),
            "language": QLocale.system().name(),
            "size": f"{self._window.width()} x {self._window.height()}",
        }
        chosen = {name: str(value) for name, value in asdict(self.settings.settings).items()}
        missing = explain_missing_gpus() if self._devices else ""
        vulkan = {"vulkan": {"missing": missing}} if missing else {}
        sections = diagnostics.collect(self._devices, vulkan | {"Window": window, "Settings": chosen})
        return diagnostics.redact_home(error) + diagnostics.format_report(sections)

    def show_diagnostics(self) -> None:
        """Open a dialog with the diagnostics of the program."""
        dialog = self._diagnostics_dialog()
        dialog.show_diagnostics()
        _bring_to_front(dialog)

    def _diagnostics_dialog(self) -> DiagnosticsDialog:
        dialog = DiagnosticsDialog(self.format_diagnostics, self._window)
        dialog.log_requested.connect(self.open_log)
        return dialog

    def open_log(self) -> None:
        """Open the log file, or its folder if there is no log file."""
        paths.log_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log.path() or paths.log_folder())))

    # -- help -------------------------------------------------------------------------------------------------------

    def show_tour(self) -> None:
        """Start the tour of the window, unless it is already in progress."""
        if self._tour is None and (stops := self.get_tour_stops()):
            self._tour = Tour(stops, self._window)
            self._tour.ended.connect(self._tour_ended)
            self._tour.start()

    def _tour_ended(self) -> None:
        self._tour = None
        self.tour_finished.emit()

    def _show_dialog(self, kind: Callable[[MainWindow], QDialog]) -> None:
        """Open a dialog of the class `kind`, or raise it if it is already open."""
        open_dialogs = [one for one in self._window.findChildren(QDialog) if type(one) is kind and one.isVisible()]
        _bring_to_front(open_dialogs[0] if open_dialogs else kind(self._window))

    def _fill_help_menu(self) -> None:
        menu = self._window.menus.help
        show = self._show_dialog
        menu.addAction(make_action(menu, _("&Keyboard Shortcuts"), "F1", lambda: show(ShortcutsDialog)))
        menu.addAction(make_action(menu, _("&Guide"), "Shift+F1", lambda: show(GuideDialog)))
        menu.addAction(make_action(menu, _("&Tour"), (), self.show_tour))
        menu.addSeparator()
        menu.addAction(make_action(menu, _("&Diagnostics…"), (), self.show_diagnostics))
        menu.addAction(make_action(menu, _("Open &Log"), (), self.open_log))
        menu.addSeparator()
        about = make_action(menu, _("&About SRCNN Studio"), (), lambda: show(AboutDialog))
        about.setMenuRole(about.MenuRole.AboutRole)
        menu.addAction(about)


def _bring_to_front(dialog: QWidget) -> None:
    """Show a non-modal dialog, raise it and give it the focus."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def _describe_screen(screen: Any) -> str:
    size = screen.size()
    return f"{size.width()} x {size.height()} at {screen.devicePixelRatio():g}"
