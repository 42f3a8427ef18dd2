"""The Settings dialog in the full window, and its effect on the pages."""

from dataclasses import asdict
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QWidget

from engine.imaging.codecs.formats import OutputOptions
from engine.inference import device
from engine.models import catalog
from engine.system import paths, preferences
from srcnn_gui.app import Studio
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.compare import state as compare_state
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.pages.train import state as train_state
from srcnn_gui.runtime.settings_store import WindowSettings
from srcnn_gui.shell.main_controller import MainController
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.settings import dialog as settings_dialog
from srcnn_gui.shell.settings.dialog import SettingsDialog
from srcnn_gui.shell.settings.presenter import Listeners
from srcnn_gui.shell.settings.state import Settings
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import PathField
from tests.srcnn_gui.widgets import named, pick, theme_action


@pytest.fixture(autouse=True)
def temporary_preferences(tmp_path, monkeypatch):
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "preferences.json")


@pytest.fixture
def dialog(qtbot, studio):
    """Return the Settings dialog, opened with its button on the rail."""
    qtbot.mouseClick(named(studio.window.rail, QAbstractButton, "Settings"), Qt.MouseButton.LeftButton)
    dialog = studio.window.findChild(SettingsDialog)
    qtbot.waitExposed(dialog)
    yield dialog
    if theme.current() is not theme.LIGHT:
        theme.apply(QApplication.instance())


@pytest.fixture
def settings_controller(qtbot, tmp_path):
    """Return the controller of a window without pages, and its Settings dialog."""
    window = MainWindow()
    qtbot.addWidget(window)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    controller = MainController(window, store, Settings(), Listeners())
    qtbot.waitExposed(controller.show_settings())
    return controller


def test_the_dialog_opens_once_and_is_not_modal(qtbot, studio, dialog):
    assert (dialog.width(), dialog.height()) == (720, 520)
    assert not dialog.isModal()
    studio.window.settings_requested.emit()
    assert studio.window.findChildren(SettingsDialog) == [dialog]
    studio.window.device_requested.emit()
    assert dialog.page == settings_dialog.DEVICE


def test_a_theme_is_applied_immediately_and_checked_in_the_menu(studio, dialog):
    pick(dialog.general.theme, "dark")
    assert theme.current() is theme.DARK
    assert theme_action(studio.window, "dark").isChecked()
    theme_action(studio.window, "light").trigger()
    assert theme.current() is theme.LIGHT
    assert dialog.general.theme.currentData() == "light"


def test_defaults_apply_to_every_page_immediately_and_at_the_next_start(qtbot, qapp, studio, dialog, tmp_path):
    pick(dialog.general.scale, 2)
    pick(dialog.general.model, "srcnn-9-5-5-x2")
    pick(dialog.device.device, "cpu")
    pick(dialog.output.format, "png")

    assert (studio.presenter.state.scale, studio.presenter.state.model.name) == (2, "srcnn-9-5-5-x2")
    settings = studio.batch.state.settings
    assert (settings.scale, settings.model, settings.device, settings.extension) == (
        2,
        "srcnn-9-5-5-x2",
        "cpu",
        ".png",
    )
    assert studio.train.state.settings.scale == 2
    assert studio.benchmark.state.settings.device == "cpu"
    studio.presenter.choose_scale(4)
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    assert again.presenter.state.scale == 2, "what a page begins with is what was set, not what it had last"
    again.close()


def test_output_settings_are_the_defaults_for_saving(qtbot, studio, dialog):
    pick(dialog.output.format, "jpg")
    dialog.output.custom_quality.click()
    dialog.output.quality.setValue(60)
    dialog.output.quality.editingFinished.emit()
    dialog.output.metadata.click()

    assert studio.presenter.state.output_options == OutputOptions("jpg", 60, strip=True)
    save_dialog = SaveDialog(studio.window, asdict(studio.presenter.state.output_options))
    chosen = {"format": "jpg", "quality": 60, "bits": None, "strip": True, "background": None, "keep_time": False}
    assert save_dialog.options == chosen
    pick(dialog.output.format, "png")
    assert not dialog.output.quality.isEnabled()


def test_the_results_folder_is_chosen_and_reset(qtbot, qapp, studio, dialog, tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "results"))
    field, change, default = dialog.output.rows["results"]
    assert (field.text(), field.placeholderText(), default.isEnabled()) == ("", "Folder of the image", False)
    change.click()
    assert Path(field.path) == studio.presenter.saving.results_folder == tmp_path / "results"
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    assert again.presenter.saving.results_folder == tmp_path / "results"
    again.close()
    default.click()
    assert (field.text(), studio.presenter.saving.results_folder) == ("", None)


def test_a_long_path_is_elided_in_the_middle(qtbot):
    path = "/home/user/a folder with a long name/another folder with a long name/models"
    field = PathField()
    qtbot.addWidget(field)
    field.resize(160, 32)
    field.show()
    field.show_path(path)
    assert "…" in field.text()
    assert (field.text()[:5], field.text()[-6:]) == (path[:5], path[-6:])
    assert field.toolTip() == path
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusIn))
    assert field.text() == path, "it can be copied"
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusOut))
    assert "…" in field.text()
    field.resize(2000, 32)
    assert field.text() == path


def test_the_number_of_threads_is_applied_and_shown(qtbot, studio, dialog):
    qtbot.waitUntil(lambda: bool(studio.presenter.state.devices), timeout=60_000)
    dialog.device.threads.setValue(1)

    assert device.thread_count() == 1
    assert preferences.load().threads == 1
    qtbot.waitUntil(lambda: ("cpu", "CPU, 1 thread") in studio.presenter.state.devices, timeout=10_000)


def test_changing_the_threads_does_not_cancel_the_loading_job(qtbot, studio):
    go, events = Event(), []

    def loading():
        yield
        go.wait()
        return "curves"

    qtbot.waitUntil(lambda: bool(studio.benchmark.state.devices), timeout=60_000)
    studio._loading_lane.start(loading, on_result=events.append, on_failure=events.append)
    studio.controller.settings.choose_threads(1)
    qtbot.waitUntil(lambda: dict(studio.benchmark.state.devices)["cpu"].endswith("1 thread"), timeout=60_000)
    go.set()
    qtbot.waitUntil(lambda: events == ["curves"])


def test_a_folder_is_chosen_and_reset(qtbot, studio, dialog, tmp_path, monkeypatch):
    shipped = catalog.default_model(2).path
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "eigenes.safetensors").write_bytes(shipped.read_bytes())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "mine"))
    _field, change, own = dialog.folders.rows["models"]
    dialog.show_page(settings_dialog.FOLDERS)
    qtbot.mouseClick(change, Qt.MouseButton.LeftButton)

    assert paths.models_folder() == tmp_path / "mine"
    studio.presenter.choose_scale(2)
    assert "eigenes" in {choice.name for choice in studio.presenter.state.models}
    assert dialog.general.model.findData("eigenes") >= 0
    qtbot.mouseClick(own, Qt.MouseButton.LeftButton)
    assert paths.models_folder() != tmp_path / "mine"
    assert "eigenes" not in {choice.name for choice in studio.presenter.state.models}


def test_a_read_only_folder_shows_a_notice(settings_controller, tmp_path, monkeypatch):
    dialog = settings_controller.show_settings()
    (tmp_path / "file").touch()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "file" / "below"))
    dialog.folder_requested.emit("data")

    assert dialog.notice.isVisible()
    assert preferences.load().data == ""


@pytest.mark.parametrize("confirmed", [True, False])
def test_reset_restores_the_defaults_if_it_is_confirmed(qtbot, settings_controller, monkeypatch, confirmed):
    monkeypatch.setattr(settings_dialog, "ask_to_confirm", lambda *_args: confirmed)
    dialog = settings_controller.show_settings()
    assert not dialog.reset.isEnabled()
    pick(dialog.general.theme, "dark")
    dialog.device.threads.setValue(1)
    qtbot.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)

    assert dialog.reset.isEnabled() == (not confirmed)
    if not confirmed:
        return
    assert settings_controller.settings.settings == Settings()
    assert preferences.load() == preferences.Preferences()
    assert dialog.device.threads.value() == 0


def test_every_control_has_a_name_and_can_be_reached_with_the_keyboard(settings_controller):
    dialog = settings_controller.show_settings()
    nameless = [
        type(part).__name__
        for part in dialog.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not part.objectName().startswith("qt_")
        and not part.isHidden()
        and not isinstance(part.parent().parent(), QComboBox)  # the list that drops down
        and not (part.accessibleName() or getattr(part, "text", str)())
    ]
    assert nameless == [], nameless


def test_the_window_opens_with_a_damaged_settings_file(qtbot, qapp, tmp_path):
    store = QSettings(str(tmp_path / "rubbish.ini"), QSettings.Format.IniFormat)
    groups = {"settings": Settings, "compare": compare_state.CompareSettings, "batch": batch_state.BatchSettings}
    for name, kind in (groups | {"train": train_state.TrainSettings, "window": WindowSettings}).items():
        for key in vars(kind()):
            store.setValue(f"{name}/{key}", "rubbish;-1")
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    studio.show([])
    studio.window.show_page(2)
    studio.close()

    assert studio.controller.settings.settings.theme == "system"
