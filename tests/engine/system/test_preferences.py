"""What the command line and the window share: kept, read again, and never a reason not to start."""

import json

import pytest

from engine.inference import device
from engine.models import catalog
from engine.system import memory, paths, preferences
from engine.system.preferences import Preferences


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setattr(preferences, "path", lambda: tmp_path / "config" / "preferences.json")


def write(text: str) -> None:
    preferences.path().parent.mkdir(exist_ok=True)
    preferences.path().write_text(text, encoding="utf-8")


def test_nothing_chosen_is_the_programs_own():
    assert preferences.load() == Preferences()
    assert paths.models().name == "models"


def test_what_is_chosen_is_there_again(tmp_path):
    chosen = Preferences(str(tmp_path / "Modelle ü"), str(tmp_path / "数据"), 1)
    preferences.save(chosen)

    assert preferences.load() == chosen
    assert paths.models() == tmp_path / "Modelle ü"
    assert paths.data() == tmp_path / "数据"


def test_a_chosen_folder_is_where_models_are_looked_for(tmp_path):
    shipped = catalog.catalogue()[0].path
    (tmp_path / "mine.safetensors").write_bytes(shipped.read_bytes())
    preferences.save(Preferences(models=str(tmp_path)))

    assert "mine" in {model.name for model in catalog.catalogue()}


def test_threads_are_no_more_than_chosen_and_no_more_than_there_are():
    preferences.save(Preferences(threads=1))
    assert device.cores() == 1
    preferences.save(Preferences(threads=1000))
    assert device.cores() == memory.cores()
    preferences.save(Preferences())
    assert device.cores() == memory.cores()


@pytest.mark.parametrize("text", ["", "[]", "{", '"', "\x00", '{"models": '])
def test_a_damaged_file_is_as_good_as_none(text, caplog):
    write(text)

    assert preferences.load() == Preferences()
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"), [("models", 3), ("data", "relative"), ("threads", -1), ("threads", True), ("threads", "2")]
)
def test_a_bad_value_becomes_the_default_and_is_logged(name, value, caplog, tmp_path):
    good = {"models": str(tmp_path), "data": str(tmp_path), "threads": 2}
    write(json.dumps(good | {name: value, "of a later version": 1}))

    loaded = preferences.load()
    assert getattr(loaded, name) == getattr(Preferences(), name)
    assert all(getattr(loaded, other) == good[other] for other in good if other != name)
    assert name in caplog.text
