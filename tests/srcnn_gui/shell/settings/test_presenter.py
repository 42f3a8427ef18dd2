"""The presenter of the settings."""

import pytest

from engine.system import paths, preferences
from engine.system.preferences import Preferences
from srcnn_gui.shell.settings.presenter import Listeners, SettingsPresenter
from srcnn_gui.shell.settings.state import Settings


class Page:
    """A presenter of the settings with recorded callbacks."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.saved_settings, self.changes, self.shared, self.languages, self.states = [], [], [], [], []
        listeners = Listeners(
            lambda *both: self.changes.append(both), lambda *both: self.shared.append(both), self.languages.append
        )
        self.presenter = SettingsPresenter(
            settings or Settings(), self.saved_settings.append, listeners, (("en", "English"), ("zh_CN", "简体中文"))
        )
        self.presenter.attach(self)

    def display(self, state):
        self.states.append(state)


@pytest.fixture(autouse=True)
def temporary_preferences(tmp_path, monkeypatch):
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "preferences.json")


def test_a_choice_is_saved_and_applied_immediately():
    page = Page()
    page.presenter.change_settings(scale=2, theme="dark")

    after = Settings(scale=2, theme="dark")
    assert page.saved_settings == [after]
    assert page.changes == [(Settings(), after)]
    assert page.states[-1].settings == after
    page.presenter.change_settings(scale=2)
    assert len(page.saved_settings) == 1, "what is chosen already is no change"


def test_a_language_change_has_its_own_callback():
    page = Page()
    page.presenter.change_settings(theme="dark")
    assert page.languages == []
    page.presenter.change_settings(language="zh_CN")
    assert page.languages == ["zh_CN"]
    assert [title for _name, title in page.states[-1].languages] == ["System", "English", "简体中文"]


def test_threads_and_folders_are_shared_with_the_command_line(tmp_path):
    page = Page()
    page.presenter.choose_threads(1)
    page.presenter.choose_folder("models", tmp_path / "neu" / "模型")

    assert preferences.load() == Preferences(models=str((tmp_path / "neu" / "模型").resolve()), threads=1)
    assert paths.models_folder().is_dir()
    assert list(paths.models_folder().iterdir()) == []
    assert [before.threads for before, _after in page.shared] == [0, 1]
    assert [(folder.key, folder.is_custom) for folder in page.states[-1].folders] == [
        ("models", True),
        ("data", False),
        ("results", False),
    ]
    page.presenter.choose_folder("models", None)
    assert preferences.load() == Preferences(threads=1)


def test_a_read_only_folder_is_refused_with_a_notice(tmp_path):
    (tmp_path / "file").touch()
    page = Page()
    page.presenter.choose_folder("data", tmp_path / "file" / "below")

    assert page.states[-1].notice.startswith("Can't write to ")
    assert preferences.load() == Preferences()
    assert page.shared == []


def test_a_notice_is_shown_if_preferences_cannot_be_saved(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "file" / "preferences.json")
    page = Page()
    page.presenter.choose_threads(1)

    assert page.states[-1].notice.startswith("Can't save the settings")
    assert page.shared == []


def test_reset_restores_the_defaults_and_deletes_nothing(tmp_path):
    page = Page(Settings(scale=4, theme="dark", quality=50, language="zh_CN"))
    page.presenter.choose_folder("models", tmp_path / "mine")
    (tmp_path / "mine" / "a.safetensors").touch()
    assert page.states[-1].can_reset
    page.presenter.reset()

    assert page.states[-1].settings == Settings()
    assert preferences.load() == Preferences()
    assert page.languages == ["system"]
    assert not page.states[-1].can_reset
    assert (tmp_path / "mine" / "a.safetensors").exists()


def test_quality_is_enabled_only_for_lossy_formats():
    page = Page()
    assert page.states[-1].quality_matters, "the source may be a JPEG"
    page.presenter.change_settings(format="png")
    assert not page.states[-1].quality_matters
    page.presenter.change_settings(format="avif")
    assert page.states[-1].quality_matters


def test_an_unavailable_device_is_still_listed():
    page = Page(Settings(device="cuda"))
    page.presenter.set_devices((("cpu", "CPU, 2 threads"),))

    assert ("cpu", "CPU, 2 threads") in page.states[-1].devices
    assert ("cuda", "cuda (not available)") in page.states[-1].devices
    page.presenter.change_settings(device="vulkan:A GPU")
    assert ("vulkan:A GPU", "A GPU (not available)") in page.states[-1].devices
