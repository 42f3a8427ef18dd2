"""Configuration files of training runs."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ConfigUnreadable, ConfigUnwritable, InvalidSetting
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import config_file, job
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe, TrainRequest

OUTPUT = Path("mine.safetensors")
SMALL = ModelInfo(Srcnn(9, 1, 5, n1=16, n2=8), 2)
DEGRADED = replace(STANDARD_RECIPE, loss="l1", degradation=Degradation.parse("noise:0-4@0.5,jpeg:60-84"))


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a configuration file and returns its path."""

    def write(text):
        path = tmp_path / "recipe.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "changes",
    [
        {
            "steps": 100,
            "info": SMALL,
            "seed": 2**32 - 1,
            "validation_size": 2,
            "patience": 4,
            "test_set": Path("/images"),
            "device": "cpu",
        },
        {"epochs": 3, "recipe": PAPER_RECIPE},
        {"minutes": 0.5, "info": registry.parse("compact-s", 4), "recipe": DEGRADED},
        {"minutes": 60, "recipe": Recipe("adamw", 1e-05, rescales=(0.9, 0.6), all_phases=True, weight_decay=0.01)},
    ],
)
def test_file_contains_all_settings(training_folder, tmp_path, changes):
    request = TrainRequest(training_folder, **{"info": registry.parse("9-1-5", 3), "output": OUTPUT} | changes)
    path = config_file.write(tmp_path / "recipe.toml", request)
    assert config_file.read(path, OUTPUT) == request


def test_missing_settings_have_defaults(written):
    """A recipe for SGD starts from that of the paper, because SGD does not support loss weighting."""
    request = config_file.read(written('source = "starter"'), OUTPUT)
    assert request == TrainRequest(
        config_file.starter_set_folder(), registry.parse("9-1-5", 3), OUTPUT, minutes=10, recipe=STANDARD_RECIPE
    )
    request = config_file.read(written('source = "starter"\n[recipe]\noptimizer = "sgd"'), OUTPUT)
    assert request.recipe == PAPER_RECIPE


def test_relative_source_belongs_to_folder_of_file(written, training_folder):
    assert config_file.read(written(f'source = "{training_folder.name}"'), OUTPUT).source == training_folder


def test_sets_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr("engine.system.paths.data_folder", lambda: tmp_path)
    info = registry.parse("9-1-5", 3)
    sources = (config_file.starter_set_folder(), tmp_path / "T91", tmp_path / "own")
    named = [config_file.to_table(TrainRequest(source, info, OUTPUT, steps=1))["source"] for source in sources]
    assert named == ["starter", "t91", str(tmp_path / "own")]


def test_warm_start_is_read(written, training_folder):
    text = f'source = "{training_folder.name}"\nwarm_start = "srcnn-9-1-5-x3"'
    assert config_file.read(written(text), OUTPUT).warm_start == catalog.find("srcnn-9-1-5-x3")


def test_strings_are_escaped():
    table = {"source": 'C:\\images "new"\n\x7f图', "recipe": {"rescales": []}}
    assert tomllib.loads(config_file.format_toml(table)) == table


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("source = ", "isn't a TOML file"),
        ('sources = "starter"', "the unknown setting “sources”. Use these settings: source, arch"),
        ('source = "starter"\n[recipe]\nlearning = 1', "the unknown setting “learning”"),
        ('source = "starter"\nscale = "3"', 'The setting “scale” has the value "3". Use a value such as 3.'),
        ('source = "starter"\nseed = true', "The setting “seed” has the value true. Use a value such as 0."),
        ('source = "starter"\nfilters = 64', "The setting “filters” has the value 64. Use a value such as [64, 32]."),
        ('source = "starter"\nsteps = 2026-11-27', 'The setting “steps” has the value "2026-11-27".'),
        ('source = "starter"\n[recipe]\nbatch_size = 1.5', "The setting “batch_size” has the value 1.5."),
        ('source = "starter"\nfilters = [64]', "“filters” must be two numbers"),
        ('source = "starter"\narch = "compact-s"\nfilters = [64, 32]', "needs an architecture such as 9-1-5"),
        ("scale = 2", "It names no training set."),
    ],
)
def test_unusable_file_is_an_error(written, plain_sentence, text, named):
    with pytest.raises(ConfigUnreadable) as refused:
        config_file.read(written(text), OUTPUT)
    plain_sentence(refused.value, "recipe.toml", named)


def test_missing_file_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(ConfigUnreadable) as refused:
        config_file.read(tmp_path / "none.toml", OUTPUT)
    plain_sentence(refused.value, "none.toml")


def test_value_out_of_range_is_an_error(written):
    with pytest.raises(InvalidSetting, match="batch size is 0"):
        config_file.read(written('source = "starter"\n[recipe]\nbatch_size = 0'), OUTPUT)


def test_missing_folder_is_an_error(tmp_path, plain_sentence):
    request = TrainRequest(tmp_path, SMALL, OUTPUT, steps=1)
    with pytest.raises(ConfigUnwritable) as refused:
        config_file.write(tmp_path / "none" / "recipe.toml", request)
    plain_sentence(refused.value, "recipe.toml")


@pytest.mark.usefixtures("one_thread")
def test_model_card_contains_configuration(training_folder, tmp_path, drive):
    """The card contains the name of the training set instead of its path."""
    recipe = Recipe(batch_size=8, learning_rate=5e-3)
    request = TrainRequest(
        training_folder, SMALL, tmp_path / "m.safetensors", steps=3, recipe=recipe, validation_size=2, device="cpu"
    )
    _events, trained = drive(job.run(request))
    table = trained.model.record["config"]
    assert table == {
        name: value for name, value in config_file.to_table(request).items() if name not in ("source", "device")
    } | {"source": "images"}
    assert config_file.read(request.output, OUTPUT) == replace(request, output=OUTPUT, device="auto")


def test_model_without_configuration_is_an_error(plain_sentence):
    path = catalog.find("srcnn-9-1-5-x3").path
    with pytest.raises(ConfigUnreadable) as refused:
        config_file.read(path, OUTPUT)
    plain_sentence(refused.value, path.name)
