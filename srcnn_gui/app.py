"""The process of the window, and its composition root: the only file that knows every part and joins them."""

import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from engine.models import catalog
from engine.system import log, standalone
from engine.system.preferences import Preferences
from srcnn_gui.choices import devices
from srcnn_gui.pages.batch import presenter as batch
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.batch.actions import BatchActions
from srcnn_gui.pages.batch.view import BatchTab
from srcnn_gui.pages.benchmark.actions import BenchmarkActions
from srcnn_gui.pages.benchmark.presenter import BenchmarkLanes, BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import Choices as BenchmarkChoices
from srcnn_gui.pages.benchmark.view import BenchmarkTab
from srcnn_gui.pages.compare.actions import CompareActions
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.pages.compare.view import CompareTab
from srcnn_gui.pages.train import text as train_text
from srcnn_gui.pages.train.actions import TrainActions
from srcnn_gui.pages.train.presenter import TrainLanes, TrainPresenter
from srcnn_gui.pages.train.run_history import Neighbours
from srcnn_gui.pages.train.state import Choices as TrainChoices
from srcnn_gui.pages.train.state import State as TrainState
from srcnn_gui.pages.train.view import TrainTab
from srcnn_gui.runtime import (
    crash_handling,
    crash_marker,
    language,
    resources,
    settings_store,
    torch_loading,
    translations,
)
from srcnn_gui.runtime.gc_scheduler import Collector
from srcnn_gui.runtime.lane import Job, Lanes, nothing
from srcnn_gui.runtime.task import Lane
from srcnn_gui.shell import defaults
from srcnn_gui.shell.main_controller import Surroundings
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.self_test import SelfTest
from srcnn_gui.shell.settings.presenter import Listeners
from srcnn_gui.shell.settings.state import Settings
from srcnn_gui.shell.tour import Stop, stops
from srcnn_gui.ui import icons, theme

_LATER_MS = 500
_log = logging.getLogger(__name__)


def main(pictures: list[Path], report: Path | None = None, began_at: float = 0.0) -> int:
    """Open the window with these images, and return the exit status. With `report`, run the self test and quit."""
    log.start("window")
    standalone.settle()
    if sys.stderr is not None:  # it is None if no terminal started the program
        logging.getLogger().addHandler(logging.StreamHandler())
    with crash_marker.marked():
        return _run(pictures, report, began_at)


def _run(pictures: list[Path], report: Path | None, began_at: float) -> int:
    """Run the window from start to end. A failure that leaves no window is logged, and shown in a message box."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    app.setApplicationName("SRCNN Studio")
    app.setOrganizationName("srcnn-studio")
    uncaught, ending = crash_handling.Hooks(), crash_handling.EndSignals()
    uncaught.install()
    ending.received.connect(app.quit)
    try:
        return _show(app, uncaught, pictures, report, began_at)
    except Exception as error:
        _log.error("the window could not be opened or closed", exc_info=error)
        if report is None:
            words = f"{translations.sentence(error)}\n\n{log.path() or ''}".strip()
            QMessageBox.critical(None, app.applicationName(), words)
        return 1
    finally:
        ending.close()
        uncaught.remove()


def _show(
    app: QApplication, uncaught: crash_handling.Hooks, pictures: list[Path], report: Path | None, began_at: float
) -> int:
    """Make the window, and return when it is closed."""
    studio = Studio(app, QSettings("srcnn-studio", "SRCNN Studio"))
    uncaught.raised.connect(studio.around.failures.report)
    if report is None:
        studio.greet(tour=not pictures)  # an image on the command line matters more than the tour
    else:
        SelfTest(studio.window, lambda: studio.presenter.state, report, began_at, app.exit)
        pictures = pictures or [resources.sample("cat.png")]
    studio.show(pictures)
    status = app.exec()
    studio.close()
    return status


class Studio:
    """The window, its presenter and their lanes, from start to end."""

    def __init__(self, app: QApplication, store: QSettings) -> None:
        settings_store.migrate(store)
        chosen = settings_store.load(store, "settings", Settings)
        language.speak(app, chosen.language)
        self._remembered = settings_store.load(store, "window", settings_store.WindowChoices)
        theme.apply(app, theme.scheme(chosen.theme))
        app.setWindowIcon(icons.app_icon())
        self._app = app
        self._store = store
        self.window = MainWindow()
        self._garbage = Collector(self.window)
        listeners = Listeners(self._settings_changed, self._preferences_changed, self._language_changed)
        self.around = Surroundings(self.window, store, chosen, listeners, language.titles())
        self.around.stops = self._stops
        self.compare, self.batch_page, self.train_page, self.benchmark_page = _new_pages()
        self.lanes = [Lane(self.window) for _each in range(7)]
        compute, opening, saving, thumbnails, importing, self._look_up, self._naming = self.lanes
        self.presenter = Presenter(
            self.compare,
            Lanes(compute, opening, saving, thumbnails, importing),
            self._begin("compare", Choices),
            lambda choices: settings_store.save(store, "compare", choices),
        )
        self.batch, self.train, self.benchmark = self._make_batch(), self._make_train(), self._make_benchmark()
        self._add_pages()
        self.window.theme_chosen.connect(lambda name: self.around.settings.choose(theme=name))
        self.window.language_chosen.connect(lambda name: self.around.settings.choose(language=name))
        self.window.closing.connect(self.close)
        app.styleHints().colorSchemeChanged.connect(self._change_theme)
        for lane in self.lanes:
            self.around.watch(lane)
        # Torch takes seconds to load: it does so on a thread, behind the window that is already there.
        torch_loading.touch_opencv()
        find = lambda: self._look_up.start(  # noqa: E731 - a slot of one line
            devices.find_devices, on_result=self._engine_ready, on_failure=self._no_engine
        )
        QTimer.singleShot(0, find)

    def _begin(self, name: str, kind: type[Any]) -> Any:
        """What a page begins with: what it had last, and what is set for all."""
        return defaults.begin(settings_store.load(self._store, name, kind), self.around.settings.settings)

    def _make_batch(self) -> batch.Presenter:
        """The Batch page's presenter and its lanes."""
        lanes = [Lane(self.window) for _each in range(4)]
        self.lanes += lanes
        return batch.Presenter(
            self.batch_page,
            batch.BatchLanes(*lanes),
            self._begin("batch", batch_state.Choices),
            lambda choices: settings_store.save(self._store, "batch", choices),
        )

    def _make_train(self) -> TrainPresenter:
        """The Train page's presenter and its lanes."""
        lanes = [Lane(self.window) for _each in range(3)]
        self.lanes += lanes
        presenter = TrainPresenter(
            self.train_page,
            TrainLanes(*lanes),
            self._begin("train", TrainChoices),
            lambda choices: settings_store.save(self._store, "train", choices),
            Neighbours(self._models_changed, self._try_model, self._show_waiting),
        )
        self._train_shown = presenter.state
        return presenter

    def _make_benchmark(self) -> BenchmarkPresenter:
        """The Benchmark page's presenter and its lanes; it downloads from where the Train page does."""
        lanes = [Lane(self.window) for _each in range(4)]
        self.lanes += lanes
        return BenchmarkPresenter(
            self.benchmark_page,
            BenchmarkLanes(*lanes),
            self._begin("benchmark", BenchmarkChoices),
            lambda choices: settings_store.save(self._store, "benchmark", choices),
            self._models_changed,
            lambda: self.train.state.choices.mirror,
        )

    def _add_pages(self) -> None:
        """Join the pages to their presenters, and put them into the window."""
        recent = [name for name in self._remembered.recent.split("\n") if name]
        window, folder = self.window, self._remembered.folder or str(Path.home())
        self.compare.attach(self.presenter)
        window.add_page(self.compare, translations._("Compare"), "compare")
        self._compare_actions = CompareActions(window, self.compare, self.presenter, folder, recent)
        self._compare_actions.recent_changed.connect(lambda names: self._remember(recent="\n".join(names)))
        self._compare_actions.usual = defaults.save_options(self.around.settings.settings)
        self.batch_page.attach(self.batch)
        window.add_page(self.batch_page, translations._("Batch"), "batch")
        of_batch = BatchActions(window, self.batch_page, self.batch, folder)
        of_batch.compare_wanted.connect(self._compare)
        of_batch.told.connect(self.around.notifications.tell)
        self.train_page.attach(self.train)
        window.add_page(self.train_page, translations._("Train"), "train")
        TrainActions(window, self.train_page, self.train)
        self.train_page.rendered.connect(self._tell_training)
        self.benchmark_page.attach(self.benchmark)
        window.add_page(self.benchmark_page, translations._("Benchmark"), "benchmark")
        of_benchmark = BenchmarkActions(window, self.benchmark_page, self.benchmark, folder)
        for actions in (self._compare_actions, of_batch, of_benchmark):
            actions.folder_used.connect(lambda used: self._remember(folder=used))
        window.show_choices(self.around.settings.settings.theme, self.around.settings.settings.language)

    def _make_pages_anew(self) -> None:
        """Other pages over the same presenters, whose jobs go on: a widget says what it was told when it was made."""
        front, before = self.window.page_in_front, list(self.window.pages)
        self.window.furnish()
        self.around.furnish()
        self.compare, self.batch_page, self.train_page, self.benchmark_page = _new_pages()
        self._add_pages()
        self.presenter.show_on(self.compare)
        self.batch.show_on(self.batch_page)
        self.train.show_on(self.train_page)
        self.benchmark.show_on(self.benchmark_page)
        for page, old in zip(self.window.pages, before, strict=True):
            page.take_over(old)
        self.window.show_page(front)

    def _compare(self, path: Path) -> None:
        """Show a file of the batch, enlarged as the batch does it."""
        batched = self.batch.state
        if batched.model is not None and not batched.size:
            self.presenter.choose_scale(batched.choices.scale)
            self.presenter.choose_model(batched.model.key)
        self.window.show_page(self.compare)
        self.presenter.pictures.open(path)

    def _tell_training(self, state: TrainState) -> None:
        """Somebody who looks elsewhere hears that a training has ended."""
        before, self._train_shown = self._train_shown, state
        if told := train_text.ended(before, state):
            self.around.notifications.tell(*told)

    def _engine_ready(self, devices: Any) -> None:
        """Torch is loaded: what needed it can be looked up."""
        self._devices_named(devices)
        self.train.shelf.look()
        self._garbage.settle()
        self._load_curves()

    def _no_engine(self, error: Exception) -> None:
        """Torch cannot be loaded."""
        self._garbage.settle()
        self.presenter.no_engine(error)

    def _load_curves(self) -> None:
        """Load what the Train page is made of behind the window, once nobody waits for anything else."""
        if self.presenter.state.working:
            QTimer.singleShot(_LATER_MS, self.window, self._load_curves)
        else:
            self._look_up.start(_import_curves, on_result=self._curves_loaded, on_failure=self.presenter.no_engine)

    def _curves_loaded(self, _result: None) -> None:
        """The Train page's curves can be drawn."""
        self._garbage.settle()
        self.train_page.curves_loaded()

    def _models_changed(self) -> None:
        """A model was trained, renamed or deleted: every menu offers what there is now."""
        self.presenter.models_changed()
        self.batch.models_changed()
        self.benchmark.models_changed()
        self.train.pictures.models_changed()
        self.around.settings.refresh()

    def _try_model(self, path: Path) -> None:
        """Use a model that was just trained on the picture in Compare."""
        self.presenter.choose_scale(catalog.read_model(path).spec.scale)
        self.presenter.choose_model(str(path))
        self.window.show_page(self.compare)

    def _show_waiting(self) -> None:
        """A training was interrupted: offer to go on with it, unless somebody is at work on a picture."""
        if not self.presenter.state.name:
            self.window.show_page(self.train_page)

    def show(self, pictures: list[Path]) -> None:
        """Show the window, with pictures given on the command line."""
        self.window.show()
        if pictures:
            self.presenter.pictures.open(*pictures)

    def close(self) -> None:
        """Stop all work and wait for it, out of sight: the step in work may take a moment."""
        self.window.hide()
        for lane in self.lanes:
            lane.close()
        self._garbage.close()

    def greet(self, *, tour: bool) -> None:
        """At the start of the program: a crash before it is told, and the first time the window shows its parts."""
        self.around.tell_crash()
        self.around.toured.connect(lambda: self._remember(toured=True))
        if tour and not self._remembered.toured:
            QTimer.singleShot(0, self.around.show_tour)

    def _remember(self, **changes: Any) -> None:
        self._remembered = replace(self._remembered, **changes)
        settings_store.save(self._store, "window", self._remembered)

    def _settings_changed(self, before: Settings, after: Settings) -> None:
        """Every page takes on what was set for all: at once, or once its work is done."""
        if after.theme != before.theme:
            self._change_theme()
        self.window.show_choices(after.theme, after.language)
        self._compare_actions.usual = defaults.save_options(after)
        defaults.change_compare(self.presenter, before, after)
        defaults.change_batch(self.batch, before, after)
        defaults.change_train(self.train, before, after)
        defaults.change_benchmark(self.benchmark, before, after)

    def _preferences_changed(self, before: Preferences, after: Preferences) -> None:
        """Models and pictures lie elsewhere, or another number of threads computes."""
        if after.models != before.models:
            self._models_changed()
        if after.data != before.data:
            self.train.pictures.look_again()
            self.benchmark.models_changed()
        if after.threads != before.threads:
            # On a lane of its own: it must not silence what may still load torch or the curves.
            self._naming.start(devices.find_devices, on_result=self._devices_named, on_failure=nothing)

    def _devices_named(self, devices: Any) -> None:
        """What can compute is known, or the processor is called by another number of threads."""
        for one in (self.around, self.presenter, self.batch, self.benchmark):
            one.devices_found(devices)

    def _language_changed(self, name: str) -> None:
        """Another language is spoken from now on; not under the hands of the menu that asked for it."""
        language.speak(self._app, name)
        QTimer.singleShot(0, self._make_pages_anew)

    def _stops(self) -> list[Stop]:
        """Where the tour goes: round the first page."""
        self.window.show_page(self.compare)
        return stops(self.window, self.compare)

    def _change_theme(self) -> None:
        theme.apply(self._app, theme.scheme(self.around.settings.settings.theme))
        icons.retint(self._app)
        self.window.retint()


def _import_curves() -> Job:
    """Most of a second, which whoever opens the Train page need not wait for."""
    yield
    from srcnn_gui.pages.train import body, curve_plot  # noqa: F401, PLC0415


def _new_pages() -> tuple[CompareTab, BatchTab, TrainTab, BenchmarkTab]:
    return CompareTab(), BatchTab(), TrainTab(), BenchmarkTab()
