"""Saved settings: loading, migration from older versions, and invalid values."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QSettings

from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.benchmark import state as benchmark_state
from srcnn_gui.pages.compare import state as compare_state
from srcnn_gui.pages.train import state as train_state
from srcnn_gui.runtime import settings_store
from srcnn_gui.runtime.settings_store import WindowSettings
from srcnn_gui.shell.settings.state import Settings

GROUPS = {
    "settings": Settings,
    "window": WindowSettings,
    "compare": compare_state.CompareSettings,
    "batch": batch_state.BatchSettings,
    "train": train_state.TrainSettings,
}


@pytest.fixture
def store(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def reopen(store):
    """Return a new store for the same settings file."""
    store.sync()
    return QSettings(store.fileName(), QSettings.Format.IniFormat)


@pytest.mark.parametrize("device", ["cpu", "vulkan:llvmpipe (LLVM 15.0.6, 256 bits)"])
def test_saved_settings_are_loaded(store, device):
    settings = Settings("dark", "zh_CN", False, 4, "9-5-5, größer", device, "float32", "webp", 80, False)
    settings_store.save(store, "settings", settings)

    assert settings_store.load(reopen(store), "settings", Settings) == settings


@pytest.mark.parametrize(("name", "kind"), GROUPS.items())
def test_an_invalid_value_becomes_the_default_and_is_logged(store, name, kind, caplog):
    for key in vars(kind()):
        store.setValue(f"{name}/{key}", ["a", "list"])

    assert settings_store.load(reopen(store), name, kind) == kind()
    assert all(f"{name}/{key}" in caplog.text for key in vars(kind()))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", "pink"),
        ("scale", "5"),
        ("scale", "x"),
        ("device", "tpu"),
        ("quality", "101"),
        ("quality", "1e9"),
        ("notifications", "perhaps"),
        ("format", "exe"),
        ("precision", "float8"),
    ],
)
def test_a_value_outside_the_allowed_ones_becomes_the_default(store, key, value, caplog):
    store.setValue(f"settings/{key}", value)

    assert settings_store.load(reopen(store), "settings", Settings) == Settings()
    assert key in caplog.text


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_nan_and_infinity_become_the_default(store, value):
    @dataclass(frozen=True)
    class Group:
        minutes: float = 5.0

    store.setValue("group/minutes", value)

    assert settings_store.load(reopen(store), "group", Group) == Group()


def test_the_theme_of_an_older_version_is_read(store):
    store.setValue("window/theme", "dark")
    later = reopen(store)
    settings_store.migrate(later)

    assert settings_store.load(later, "settings", Settings).theme == "dark"
    assert not later.contains("window/theme")
    later.setValue("window/theme", "light")  # an older version ran once more, which does not count
    settings_store.migrate(later)
    assert settings_store.load(later, "settings", Settings).theme == "dark"


def test_renamed_keys_of_an_older_version_are_read(store):
    old = {
        "compare/ensemble": "true",
        "batch/ensemble": "true",
        "batch/collision": "skip",
        "batch/ending": ".webp",
        "benchmark/ensemble": "true",
        "benchmark/sets": "set5",
        "train/optimiser": "sgd",
        "train/batch": "128",
        "train/held_out": "7",
    }
    for key, value in {"version": 2, **old}.items():
        store.setValue(key, value)
    settings_store.migrate(store)
    store = reopen(store)

    assert settings_store.load(store, "compare", compare_state.CompareSettings).self_ensemble
    batch = settings_store.load(store, "batch", batch_state.BatchSettings)
    assert (batch.self_ensemble, batch.if_exists, batch.extension) == (True, "skip", ".webp")
    benchmark = settings_store.load(store, "benchmark", benchmark_state.BenchmarkSettings)
    assert (benchmark.self_ensemble, benchmark.test_sets) == (True, "set5")
    train = settings_store.load(store, "train", train_state.TrainSettings)
    assert (train.optimizer, train.batch_size, train.validation_size) == ("sgd", 128, 7)
    assert not any(store.contains(key) for key in old)


def test_settings_of_a_later_version_are_read(store, caplog):
    store.setValue("version", 99)
    store.setValue("settings/theme", "dark")
    settings_store.migrate(store)

    assert settings_store.load(store, "settings", Settings).theme == "dark"
    assert store.value("version") == 99
    assert "newer version" in caplog.text


def test_a_damaged_file_gives_the_defaults(tmp_path, caplog):
    file = tmp_path / "settings.ini"
    file.write_bytes(b"\x00\xff[[[\n=]=\nsettings")
    store = QSettings(str(file), QSettings.Format.IniFormat)
    settings_store.migrate(store)

    assert settings_store.load(store, "settings", Settings) == Settings()


def test_a_saved_simulation_of_an_older_version_is_ignored(store, caplog):
    store.setValue("compare/reference", True)
    store.setValue("compare/scale", 4)

    assert settings_store.load(
        reopen(store), "compare", compare_state.CompareSettings
    ) == compare_state.CompareSettings(scale=4)
    assert not caplog.text
