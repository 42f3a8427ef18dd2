"""Application that creates the window, the presenters and their job runners, and connects them."""

import logging
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from engine.models import catalog
from engine.system import log, paths, process_setup
from engine.system.preferences import Preferences
from srcnn_gui.choices import devices
from srcnn_gui.pages.batch import presenter as batch
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.batch.actions import BatchActions
from srcnn_gui.pages.batch.saved_batch import BatchCallbacks, LastBatch
from srcnn_gui.pages.batch.view import BatchPage
from srcnn_gui.pages.benchmark.actions import BenchmarkActions
from srcnn_gui.pages.benchmark.presenter import BenchmarkLanes, BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import BenchmarkSettings
from srcnn_gui.pages.benchmark.view import BenchmarkPage
from srcnn_gui.pages.compare.actions import CompareActions
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.pages.compare.view import ComparePage
from srcnn_gui.pages.train import text as train_text
from srcnn_gui.pages.train.actions import TrainActions
from srcnn_gui.pages.train.presenter import TrainLanes, TrainPresenter
from srcnn_gui.pages.train.run_history import TrainCallbacks
from srcnn_gui.pages.train.state import State as TrainState
from srcnn_gui.pages.train.state import TrainSettings
from srcnn_gui.pages.train.view import TrainPage
from srcnn_gui.runtime import (
    crash_handling,
    crash_marker,
    language,
    resources,
    settings_store,
    torch_loading,
    translations,
)
from srcnn_gui.runtime.gc_scheduler import GcScheduler
from srcnn_gui.runtime.lane import CompareLanes, Job, do_nothing
from srcnn_gui.runtime.task import Lane
from srcnn_gui.shell.main_controller import MainController
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.self_test import SelfTest
from srcnn_gui.shell.settings import apply_to_pages
from srcnn_gui.shell.settings.presenter import Listeners
from srcnn_gui.shell.settings.state import Settings
from srcnn_gui.shell.tour import TourStop, tour_stops
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.page import Page

_RETRY_MS = 500
_log = logging.getLogger(__name__)


def main(images: list[Path], report_path: Path | None = None, started_at: float = 0.0) -> int:
    """Open the window with `images` and return the exit status of the program.

    If `report_path` is given, run the self-test, write its report to this file and quit.
    """
    log.start("window")
    process_setup.configure_process()
    if sys.stderr is not None:  # None if the program was not started from a terminal
        logging.getLogger().addHandler(logging.StreamHandler())
    with crash_marker.running_marker():
        return _run(images, report_path, started_at)


def _run(images: list[Path], report: Path | None, started_at: float) -> int:
    """Run the application. If the window cannot be opened, log the error and show it in a message box."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    app.setApplicationName("SRCNN Studio")
    app.setOrganizationName("srcnn-studio")
    uncaught, ending = crash_handling.CrashHandler(), crash_handling.TerminationSignals()
    uncaught.install()
    # `quit` would close the windows first, and during a training run the window asks for confirmation.
    ending.received.connect(lambda: app.exit(0))
    try:
        return _show(app, uncaught, images, report, started_at)
    except Exception as error:
        _log.error("The window could not be opened or closed.", exc_info=error)
        if report is None:
            message = f"{translations.error_message(error)}\n\n{log.path() or ''}".strip()
            QMessageBox.critical(None, app.applicationName(), message)
        return 1
    finally:
        ending.close()
        uncaught.remove()


def _show(
    app: QApplication,
    uncaught: crash_handling.CrashHandler,
    images: list[Path],
    report: Path | None,
    started_at: float,
) -> int:
    """Create the window, run the event loop until the window is closed, and return the exit status."""
    studio = Studio(app, QSettings("srcnn-studio", "SRCNN Studio"))
    uncaught.raised.connect(studio.controller.failures.report)
    if report is None:
        studio.show_startup_notices(start_tour=not images)  # images on the command line suppress the tour
    else:
        SelfTest(studio.window, lambda: studio.presenter.state, report, started_at, app.exit)
        images = images or [resources.sample_path("cat.png")]
    studio.show(images)
    status = app.exec()
    studio.close()
    return status


def _list_library_files() -> frozenset[tuple[str, int]]:
    """Return the names and modification times of the files in the model library."""
    with suppress(OSError), os.scandir(paths.models_folder()) as entries:
        return frozenset((entry.name, entry.stat().st_mtime_ns) for entry in entries)
    return frozenset()


class Studio:
    """The user interface: the window, its pages, their presenters, and the lanes for their jobs."""

    def __init__(self, app: QApplication, store: QSettings) -> None:
        settings_store.migrate(store)
        chosen = settings_store.load(store, "settings", Settings)
        language.apply_language(app, chosen.language)
        self._window_settings = settings_store.load(store, "window", settings_store.WindowSettings)
        theme.apply(app, theme.color_scheme(chosen.theme))
        app.setWindowIcon(icons.app_icon())
        self._app = app
        self._store = store
        self.window = MainWindow()
        # Qt moves the window to a screen that exists, and keeps a maximized window maximized.
        self.window.restoreGeometry(QByteArray.fromHex(self._window_settings.geometry.encode()))
        self._gc_scheduler = GcScheduler(self.window)
        listeners = Listeners(self._settings_changed, self._preferences_changed, self._language_changed)
        self.controller = MainController(self.window, store, chosen, listeners, language.language_titles())
        self.controller.get_tour_stops = self._tour_stops
        self.compare, self.batch_page, self.train_page, self.benchmark_page = _new_pages()
        self.lanes = [Lane(self.window) for _each in range(8)]
        compute, opening, saving, thumbnails, importing, measuring, self._loading_lane, self._device_lane = self.lanes
        self.presenter = Presenter(
            self.compare,
            CompareLanes(compute, opening, saving, thumbnails, importing, measuring),
            self._initial_settings("compare", CompareSettings),
            lambda settings: settings_store.save(store, "compare", settings),
        )
        apply_to_pages.apply_to_results(self.presenter, chosen)
        self.batch, self.train, self.benchmark = self._make_batch(), self._make_train(), self._make_benchmark()
        self._add_pages()
        self.window.theme_chosen.connect(lambda name: self.controller.settings.change_settings(theme=name))
        self.window.language_chosen.connect(lambda name: self.controller.settings.change_settings(language=name))
        self.window.closing.connect(self.close)
        self._library_files = _list_library_files()
        self.window.became_active.connect(self._look_for_models)
        app.styleHints().colorSchemeChanged.connect(self._change_theme)
        for lane in self.lanes:
            self.controller.watch_lane(lane)
        # PyTorch takes seconds to load, so it is loaded on a thread while the window is already visible.
        torch_loading.warm_up_opencv()
        find = lambda: self._loading_lane.start(  # noqa: E731 - a short slot
            devices.find_devices, on_result=self._on_engine_loaded, on_failure=self._on_engine_failed
        )
        QTimer.singleShot(0, find)

    def _initial_settings(self, name: str, kind: type[Any]) -> Any:
        """Return the initial settings of a page: the saved values, overridden by the Settings dialog."""
        return apply_to_pages.initial_page_settings(
            settings_store.load(self._store, name, kind), self.controller.settings.settings
        )

    def _make_batch(self) -> batch.BatchPresenter:
        """Create the presenter of the Batch page and its job runners (`Lane`)."""
        lanes = [Lane(self.window) for _each in range(5)]
        self.lanes += lanes
        return batch.BatchPresenter(
            self.batch_page,
            batch.BatchLanes(*lanes),
            self._initial_settings("batch", batch_state.BatchSettings),
            BatchCallbacks(
                lambda settings: settings_store.save(self._store, "batch", settings),
                lambda last: settings_store.save(self._store, "last_batch", last),
                lambda: self._show_interrupted(self.batch_page),
            ),
        )

    def _make_train(self) -> TrainPresenter:
        """Create the presenter of the Train page and its job runners (`Lane`)."""
        lanes = [Lane(self.window) for _each in range(3)]
        self.lanes += lanes
        presenter = TrainPresenter(
            self.train_page,
            TrainLanes(*lanes),
            self._initial_settings("train", TrainSettings),
            lambda settings: settings_store.save(self._store, "train", settings),
            TrainCallbacks(self._models_changed, self._try_model, lambda: self._show_interrupted(self.train_page)),
        )
        self._train_shown = presenter.state
        return presenter

    def _make_benchmark(self) -> BenchmarkPresenter:
        """Create the presenter of the Benchmark page and its job runners (`Lane`).

        Downloads use the mirror URL that is set on the Train page.
        """
        lanes = [Lane(self.window) for _each in range(4)]
        self.lanes += lanes
        return BenchmarkPresenter(
            self.benchmark_page,
            BenchmarkLanes(*lanes),
            self._initial_settings("benchmark", BenchmarkSettings),
            lambda settings: settings_store.save(self._store, "benchmark", settings),
            self._models_changed,
            lambda: self.train.state.settings.mirror,
            paths.state_folder() / "benchmark.json",
        )

    def _add_pages(self) -> None:
        """Attach the pages to their presenters and add them to the window."""
        recent = [name for name in self._window_settings.recent.split("\n") if name]
        window, folder = self.window, self._window_settings.folder or str(Path.home())
        self.compare.attach(self.presenter)
        window.add_page(self.compare, translations._("Compare"), "compare")
        self._compare_actions = CompareActions(window, self.compare, self.presenter, folder, recent)
        self._compare_actions.recent_changed.connect(lambda names: self._save_window_settings(recent="\n".join(names)))
        self._compare_actions.batch_requested.connect(self._send_to_batch)
        self.batch_page.attach(self.batch)
        window.add_page(self.batch_page, translations._("Batch"), "batch")
        batch_actions = BatchActions(window, self.batch_page, self.batch, folder)
        batch_actions.compare_requested.connect(self._compare)
        batch_actions.notified.connect(self.controller.notifications.notify)
        self.train_page.attach(self.train)
        window.add_page(self.train_page, translations._("Train"), "train")
        TrainActions(window, self.train_page, self.train)
        self.train_page.rendered.connect(self._notify_training_ended)
        self.benchmark_page.attach(self.benchmark)
        window.add_page(self.benchmark_page, translations._("Benchmark"), "benchmark")
        benchmark_actions = BenchmarkActions(window, self.benchmark_page, self.benchmark, folder)
        for actions in (self._compare_actions, batch_actions, benchmark_actions):
            actions.folder_used.connect(lambda used: self._save_window_settings(folder=used))
        window.check_menu_items(self.controller.settings.settings.theme, self.controller.settings.settings.language)

    def _rebuild_pages(self) -> None:
        """Rebuild the pages in the new language. The presenters and their running jobs are kept."""
        front, before = self.window.current_page, list(self.window.pages)
        self.window.build_ui()
        self.controller.build_ui()
        self.compare, self.batch_page, self.train_page, self.benchmark_page = _new_pages()
        self._add_pages()
        self.presenter.set_view(self.compare)
        self.batch.set_view(self.batch_page)
        self.train.set_view(self.train_page)
        self.benchmark.set_view(self.benchmark_page)
        for page, old in zip(self.window.pages, before, strict=True):
            page.restore_from(old)
        self.window.show_page(front)

    def _compare(self, path: Path) -> None:
        """Open an input file of the batch on the Compare page.

        The scale factor and model of the batch are selected there, unless the batch has a target size.
        """
        batched = self.batch.state
        if batched.model is not None and not batched.size:
            self.presenter.choose_scale(batched.settings.scale)
            self.presenter.choose_model(batched.model.key)
        self.window.show_page(self.compare)
        self.presenter.images.open(path)

    def _send_to_batch(self, path: Path) -> None:
        """Add an image of the Compare page to the list of the Batch page, and show that page."""
        self.window.show_page(self.batch_page)
        self.batch.add([path])

    def _notify_training_ended(self, state: TrainState) -> None:
        """Send a notification if a training run has just ended and was not stopped by the user."""
        before, self._train_shown = self._train_shown, state
        if message := train_text.build_end_notification(before, state):
            self.controller.notifications.notify(*message)

    def _on_engine_loaded(self, devices: Any) -> None:
        """Show the devices and start the tasks that need PyTorch, now that it is loaded."""
        self._set_devices(devices)
        self.train.run_history.reload()
        self.batch.offer_to_resume(settings_store.load(self._store, "last_batch", LastBatch))
        self._gc_scheduler.exclude_live_objects()
        self._load_curves()

    def _on_engine_failed(self, error: Exception) -> None:
        """Show on the Compare page that PyTorch could not be loaded."""
        self._gc_scheduler.exclude_live_objects()
        self.presenter.show_engine_unavailable(error)

    def _load_curves(self) -> None:
        """Import the plot widgets of the Train page in the background when Compare is idle."""
        if self.presenter.state.working:
            QTimer.singleShot(_RETRY_MS, self.window, self._load_curves)
        else:
            self._loading_lane.start(
                _import_curves, on_result=self._on_curves_loaded, on_failure=self.presenter.show_engine_unavailable
            )

    def _on_curves_loaded(self, _result: None) -> None:
        """Add the plots to the Train page, now that pyqtgraph is imported."""
        self._gc_scheduler.exclude_live_objects()
        self.train_page.on_plotting_loaded()

    def _models_changed(self) -> None:
        """Update the model menus of all pages and of the Settings dialog."""
        self.presenter.reload_models()
        self.batch.reload_models()
        self.benchmark.reload_models()
        self.train.dataset.reload_models()
        self.controller.settings.refresh()

    def _look_for_models(self) -> None:
        """Update the model menus if another program, such as `srcnn`, has changed the model library."""
        files = _list_library_files()
        if files != self._library_files:
            self._library_files = files
            self._models_changed()

    def _try_model(self, path: Path) -> None:
        """Show the Compare page and select a newly trained model there."""
        self.presenter.choose_scale(catalog.read_model(path).info.scale)
        self.presenter.choose_model(str(path))
        self.window.show_page(self.compare)

    def _show_interrupted(self, page: Page) -> None:
        """Show a page that offers to resume a job, unless the Compare page has an image."""
        if not self.presenter.state.name:
            self.window.show_page(page)

    def show(self, images: list[Path]) -> None:
        """Show the window and open the images given on the command line."""
        self.window.show()
        self.compare.focus_center()
        if images:
            self.presenter.images.open(*images)

    def close(self) -> None:
        """Save the window's geometry, hide it, stop all jobs and wait for their current steps."""
        if self.window.isVisible() and not self.window.isFullScreen():
            self._save_window_settings(geometry=self.window.saveGeometry().toHex().toStdString())
        self.window.hide()
        for lane in self.lanes:
            lane.close()
        self._gc_scheduler.close()

    def show_startup_notices(self, *, start_tour: bool) -> None:
        """Show a notice if an earlier session crashed, and start the tour if it has never been shown.

        If `start_tour` is false, the tour does not start.
        """
        self.controller.show_crash_notice()
        self.controller.tour_finished.connect(lambda: self._save_window_settings(toured=True))
        if start_tour and not self._window_settings.toured:
            QTimer.singleShot(0, self.controller.show_tour)

    def _save_window_settings(self, **changes: Any) -> None:
        self._window_settings = replace(self._window_settings, **changes)
        settings_store.save(self._store, "window", self._window_settings)

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        """Apply the settings that differ between `before` and `after` to the window and the pages."""
        if after.theme != before.theme:
            self._change_theme()
        self.window.check_menu_items(after.theme, after.language)
        apply_to_pages.apply_to_compare(self.presenter, before, after)
        apply_to_pages.apply_to_batch(self.batch, before, after)
        apply_to_pages.apply_to_train(self.train, before, after)
        apply_to_pages.apply_to_benchmark(self.benchmark, before, after)

    def _preferences_changed(self, before: Preferences, after: Preferences) -> None:
        """Apply changes to the model folder, the data folder and the number of threads."""
        if after.models != before.models:
            self._models_changed()
        if after.data != before.data:
            self.train.dataset.on_data_folder_changed()
            self.benchmark.reload_models()
        if after.threads != before.threads:
            # A separate lane, because a job on the loading lane would cancel the import of PyTorch or pyqtgraph.
            self._device_lane.start(devices.find_devices, on_result=self._set_devices, on_failure=do_nothing)

    def _set_devices(self, devices: Any) -> None:
        """Update the device menus. The title of the CPU contains the number of threads."""
        for one in (self.controller, self.presenter, self.batch, self.benchmark):
            one.set_devices(devices)

    def _language_changed(self, name: str) -> None:
        """Change the language and schedule the rebuilding of the pages.

        The pages are rebuilt later, because the signal may come from a menu that is replaced with them.
        """
        language.apply_language(self._app, name)
        QTimer.singleShot(0, self._rebuild_pages)

    def _tour_stops(self) -> list[TourStop]:
        """Show the Compare page, and return the stops of the tour, which explain this page."""
        self.window.show_page(self.compare)
        return tour_stops(self.window, self.compare)

    def _change_theme(self) -> None:
        theme.apply(self._app, theme.color_scheme(self.controller.settings.settings.theme))
        icons.apply_theme(self._app)
        self.window.apply_theme()


def _import_curves() -> Job:
    """Job that imports pyqtgraph and the plot widgets of the Train page, which takes almost a second."""
    yield
    from srcnn_gui.pages.train import body, curve_plot  # noqa: F401, PLC0415


def _new_pages() -> tuple[ComparePage, BatchPage, TrainPage, BenchmarkPage]:
    return ComparePage(), BatchPage(), TrainPage(), BenchmarkPage()
