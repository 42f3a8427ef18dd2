"""Preferences are saved and loaded, and damaged ones are ignored."""

import json

import pytest

from engine.inference import device
from engine.models import catalog
from engine.system import memory, paths, preferences
from engine.system.preferences import Preferences


@pytest.fixture(autouse=True)
def temporary_preferences(tmp_path, monkeypatch):
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "config" / "preferences.json")


def write(text: str) -> None:
    preferences.path().parent.mkdir(exist_ok=True)
    preferences.path().write_text(text, encoding="utf-8")


def test_missing_file_gives_the_defaults():
    assert preferences.load() == Preferences()
    assert paths.models_folder().name == "models"


def test_saved_preferences_are_loaded(tmp_path):
    chosen = Preferences(str(tmp_path / "Modelle ü"), str(tmp_path / "数据"), 1)
    preferences.save(chosen)

    assert preferences.load() == chosen
    assert paths.models_folder() == tmp_path / "Modelle ü"
    assert paths.data_folder() == tmp_path / "数据"


def test_models_folder_preference_is_used(tmp_path):
    shipped = catalog.list_models()[0].path
    (tmp_path / "mine.safetensors").write_bytes(shipped.read_bytes())
    preferences.save(Preferences(models=str(tmp_path)))

    assert "mine" in {model.name for model in catalog.list_models()}


def test_thread_count_is_limited_by_preference_and_cores():
    preferences.save(Preferences(threads=1))
    assert device.thread_count() == 1
    preferences.save(Preferences(threads=1000))
    assert device.thread_count() == memory.cpu_count()
    preferences.save(Preferences())
    assert device.thread_count() == memory.cpu_count()


@pytest.mark.parametrize("text", ["", "[]", "{", '"', "\x00", '{"models": '])
def test_damaged_file_gives_defaults(text, caplog):
    write(text)

    assert preferences.load() == Preferences()
    assert "The preferences file" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"), [("models", 3), ("data", "relative"), ("threads", -1), ("threads", True), ("threads", "2")]
)
def test_invalid_value_is_logged_and_replaced_by_its_default(name, value, caplog, tmp_path):
    good = {"models": str(tmp_path), "data": str(tmp_path), "threads": 2}
    write(json.dumps(good | {name: value, "of a later version": 1}))

    loaded = preferences.load()
    assert getattr(loaded, name) == getattr(Preferences(), name)
    assert all(getattr(loaded, other) == good[other] for other in good if other != name)
    assert name in caplog.text
