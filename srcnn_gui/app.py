"""The composition root: the only file that knows everything. It makes the parts and joins them."""

import logging
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine import models
from srcnn_gui import jobs, messages, resources, settings
from srcnn_gui.presenters import batch, batch_state
from srcnn_gui.presenters.compare import Presenter
from srcnn_gui.presenters.compare_state import Choices
from srcnn_gui.presenters.lane import Lanes, nothing
from srcnn_gui.presenters.train import TrainLanes, TrainPresenter
from srcnn_gui.presenters.train_shelf import Neighbours
from srcnn_gui.presenters.train_state import Choices as TrainChoices
from srcnn_gui.self_test import SelfTest
from srcnn_gui.task import Job, Lane
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.batch_actions import BatchActions
from srcnn_gui.widgets.batch_tab import BatchTab
from srcnn_gui.widgets.compare_actions import CompareActions
from srcnn_gui.widgets.compare_tab import CompareTab
from srcnn_gui.widgets.main_window import MainWindow
from srcnn_gui.widgets.train_actions import TrainActions
from srcnn_gui.widgets.train_tab import TrainTab

_log = logging.getLogger(__name__)


class Studio:
    """The window, its presenter and their lanes, from start to end."""

    def __init__(self, app: QApplication, store: QSettings) -> None:
        messages.choose_language()
        self._remembered = settings.load(store, "window", settings.WindowChoices)
        theme.apply(app, theme.scheme(self._remembered.theme))
        app.setWindowIcon(icons.app_icon())
        self._app = app
        self._store = store
        self.window = MainWindow(self._remembered.theme)
        self.compare = CompareTab()
        self.lanes = [Lane(self.window) for _each in range(6)]
        compute, opening, saving, thumbnails, importing, look_up = self.lanes
        self.presenter = Presenter(
            self.compare,
            Lanes(compute, opening, saving, thumbnails, importing),
            settings.load(store, "compare", Choices),
            lambda choices: settings.save(store, "compare", choices),
        )
        self.compare.attach(self.presenter)
        self.window.add_page(self.compare, messages._("Compare"), "compare")
        recent = [name for name in self._remembered.recent.split("\n") if name]
        actions = CompareActions(self.window, self.compare, self.presenter, self._remembered.folder, recent)
        actions.recent_changed.connect(lambda names: self._remember(recent="\n".join(names)))
        actions.folder_used.connect(lambda folder: self._remember(folder=folder))
        self._add_batch()
        self.window.theme_chosen.connect(self._choose_theme)
        self.window.closing.connect(self.close)
        app.styleHints().colorSchemeChanged.connect(self._change_theme)
        self.train, self._look_up = self._add_train(), look_up
        # Torch takes seconds to load: it does so on a thread, behind the window that is already there.
        find = lambda: look_up.start(  # noqa: E731 - a slot of one line
            jobs.find_devices, on_result=self._engine_ready, on_failure=self.presenter.no_engine
        )
        QTimer.singleShot(0, find)

    def _add_batch(self) -> None:
        """The Batch page. A file of it that is to be compared goes to the page beside it."""
        page = BatchTab()
        lanes = [Lane(self.window) for _each in range(4)]
        self.lanes += lanes
        self.batch = batch.Presenter(
            page,
            batch.BatchLanes(*lanes),
            settings.load(self._store, "batch", batch_state.Choices),
            lambda choices: settings.save(self._store, "batch", choices),
        )
        page.attach(self.batch)
        self.window.add_page(page, messages._("Batch"), "batch")
        actions = BatchActions(self.window, page, self.batch, self._remembered.folder)
        actions.folder_used.connect(lambda folder: self._remember(folder=folder))
        actions.compare_wanted.connect(self._compare)

    def _compare(self, path: Path) -> None:
        self.window.show_page(self.compare)
        self.presenter.pictures.open(path)

    def _add_train(self) -> TrainPresenter:
        """The Train page, its presenter and their lanes."""
        page, lanes = TrainTab(), [Lane(self.window) for _each in range(3)]
        self.lanes += lanes
        neighbours = Neighbours(self._models_changed, self._try_model, lambda: self._show_waiting(page))
        presenter = TrainPresenter(
            page,
            TrainLanes(*lanes),
            settings.load(self._store, "train", TrainChoices),
            lambda choices: settings.save(self._store, "train", choices),
            neighbours,
        )
        page.attach(presenter)
        self.window.add_page(page, messages._("Train"), "train")
        TrainActions(self.window, page, presenter)
        return presenter

    def _engine_ready(self, devices: Any) -> None:
        """Torch is loaded: what needed it can be looked up."""
        self.presenter.devices_found(devices)
        self.batch.devices_found(devices)
        self.train.shelf.look()
        self._look_up.start(_load_curves, on_result=nothing, on_failure=nothing)

    def _models_changed(self) -> None:
        """A model was trained, renamed or deleted: every menu offers what there is now."""
        self.presenter.models_changed()
        self.batch.models_changed()

    def _try_model(self, path: Path) -> None:
        """Use a model that was just trained on the picture in Compare."""
        self.presenter.choose_scale(models.read_model(path).spec.scale)
        self.presenter.choose_model(str(path))
        self.window.show_page(self.compare)

    def _show_waiting(self, page: TrainTab) -> None:
        """A training was interrupted: offer to go on with it, unless somebody is at work on a picture."""
        if not self.presenter.state.name:
            self.window.show_page(page)

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

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An error nobody expected: to the log and before the person; the window lives on."""
        _log.error("unhandled: %s", "".join(traceback.format_exception(kind, error, trace)))
        self.presenter.refuse(messages.sentence(error))

    def _remember(self, **changes: str) -> None:
        self._remembered = replace(self._remembered, **changes)
        settings.save(self._store, "window", self._remembered)

    def _choose_theme(self, name: str) -> None:
        self._remember(theme=name)
        self._change_theme()

    def _change_theme(self) -> None:
        theme.apply(self._app, theme.scheme(self._remembered.theme))
        icons.retint(self._app)
        self.window.retint()


def _load_curves() -> Job:
    """Load the curves' library behind the window: most of a second that nobody has to wait for."""
    yield
    import pyqtgraph  # noqa: F401, PLC0415


def main(pictures: list[Path], report: Path | None = None, began_at: float = 0.0) -> int:
    """Open the window, with these pictures; returns the exit status. With a `report` it tests itself and ends."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    app = QApplication.instance() or QApplication([sys.argv[0]])
    app.setApplicationName("SRCNN Studio")
    app.setOrganizationName("srcnn-studio")
    studio = Studio(app, QSettings("srcnn-studio", "SRCNN Studio"))
    sys.excepthook = studio.report
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C in the terminal ends the program
    if report is not None:
        SelfTest(studio.window, lambda: studio.presenter.state, report, began_at, app.exit)
        pictures = pictures or [resources.sample("cat.png")]
    studio.show(pictures)
    status = app.exec()
    studio.close()
    return status
