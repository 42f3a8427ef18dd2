"""Specifications, model files by their headers, and the catalogue."""

import hashlib
import shutil
from pathlib import Path

import pytest

from engine.errors import ArchitectureForOtherScale, BadRequest, ModelUnknown, NoModelForScale, WeightsUnusable
from engine.models import catalog
from engine.models.catalog import Model, ModelSpec


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Empty folders in place of the shipped models and a person's own."""
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    monkeypatch.setattr(catalog, "shipped_models_folder", lambda: shipped)
    monkeypatch.setattr(catalog.paths, "models", lambda: own)
    return shipped, own


@pytest.fixture
def add(tiny_model):
    """Put a model into a folder under a name."""

    def put(folder, name, **shape):
        folder.mkdir(exist_ok=True)
        return shutil.copy(tiny_model(**shape).path, folder / f"{name}.safetensors")

    return put


@pytest.mark.parametrize(
    ("arch", "margin_px", "weights"), [("9-1-5", 6, 8_129), ("9-3-5", 7, 24_513), ("9-5-5", 8, 57_281)]
)
def test_a_specification_knows_its_margin_and_its_size(arch, margin_px, weights):
    spec = ModelSpec.parse(arch, 3)
    assert (spec.arch, spec.scale, spec.n1, spec.n2) == (arch, 3, 64, 32)
    assert spec.margin_px == margin_px
    assert spec.weight_count == weights
    assert spec.products_per_pixel == weights - 64 - 32 - 1


@pytest.mark.parametrize(
    "arch", ["", "9-1", "9-1-5-3", "9_1_5", "a-b-c", "9-1-4", "0-1-5", "33-1-5", " 9-1-5", "-9-1-5"]
)
def test_no_architecture_is_refused(arch, plain_sentence):
    with pytest.raises(BadRequest) as refused:
        ModelSpec.parse(arch, 3)
    plain_sentence(refused.value, "architecture")


@pytest.mark.parametrize("change", [{"scale": 1}, {"scale": 9}, {"n1": 0}, {"n2": 0}, {"n1": 1025}, {"f2": 2}])
def test_a_specification_out_of_bounds_is_refused(change):
    with pytest.raises(BadRequest):
        ModelSpec(**{"f1": 9, "f2": 1, "f3": 5, "scale": 3} | change)


def test_a_model_is_described_by_its_header_alone(tiny_model, tmp_path):
    whole = tiny_model(arch="5-1-3", scale=4).path.read_bytes()
    only_header = tmp_path / "header.safetensors"
    only_header.write_bytes(whole[: 8 + int.from_bytes(whole[:8], "little")])
    model = catalog.read_model(only_header)
    assert (model.name, model.spec.arch, model.spec.scale) == ("header", "5-1-3", 4)
    assert model.record == {"made_for": "a test"}


def test_a_models_checksum_is_that_of_its_file(tiny_model):
    model = tiny_model()
    assert model.sha256 == hashlib.sha256(model.path.read_bytes()).hexdigest()


def test_a_file_that_is_no_model_is_refused(tmp_path, plain_sentence):
    path = tmp_path / "letter.safetensors"
    path.write_bytes(b"Dear reader, this is no model. " * 9)
    with pytest.raises(WeightsUnusable) as refused:
        catalog.read_model(path)
    plain_sentence(refused.value, "letter.safetensors")


def test_models_can_be_told_apart_in_sets(tiny_model):
    assert len({tiny_model(scale=2), tiny_model(scale=2), tiny_model(scale=3)}) == 2


def test_the_catalogue_lists_shipped_models_first_by_scale_and_size(folders, add):
    shipped, own = folders
    add(shipped, "big", arch="5-5-5", scale=2)
    add(shipped, "small", arch="5-1-3", scale=2)
    add(shipped, "four", scale=4)
    add(own, "mine", scale=2)
    assert [model.name for model in catalog.catalogue()] == ["small", "big", "four", "mine"]


def test_one_damaged_file_does_not_hide_the_others(folders, add):
    shipped, own = folders
    add(shipped, "good", scale=3)
    own.mkdir()
    (own / "bad.safetensors").write_bytes(b"damaged")
    (own / "nested.safetensors").write_bytes((100_000).to_bytes(8, "little") + b"[" * 100_000)
    (own / "folder.safetensors").mkdir()
    (own / "notes.txt").write_text("not a model")
    assert [model.name for model in catalog.catalogue()] == ["good"]


def test_without_any_model_the_catalogue_is_empty(folders):
    assert catalog.catalogue() == []


def test_a_model_is_found_by_name_or_by_architecture_and_scale(folders, add):
    shipped, _ = folders
    add(shipped, "two", arch="5-3-5", scale=2)
    add(shipped, "three", arch="5-3-5", scale=3)
    assert catalog.find("three").spec.scale == 3
    assert catalog.find("5-3-5", 2).name == "two"
    assert catalog.find("5-3-5", 3).name == "three"
    assert catalog.find("5-3-5").name == "three", "the usual scale, where none is given"


def test_an_unknown_name_is_answered_with_the_known_ones(folders, add):
    add(folders[0], "two", scale=2)
    with pytest.raises(ModelUnknown, match="two") as refused:
        catalog.find("tow")
    assert "tow" in str(refused.value)


def test_an_architecture_without_the_scale_is_answered_with_the_scales_it_has(folders, add, plain_sentence):
    add(folders[0], "two", arch="5-3-5", scale=2)
    add(folders[1], "six", arch="5-3-5", scale=6)
    with pytest.raises(ArchitectureForOtherScale, match="x2, x6") as refused:
        catalog.find("5-3-5", 4)
    plain_sentence(refused.value, "5-3-5", "4")


def test_an_architecture_for_one_unusual_scale_is_found_without_a_scale(folders, add):
    add(folders[1], "six", arch="5-3-5", scale=6)
    assert catalog.find("5-3-5").name == "six"


@pytest.mark.parametrize("times", [1, 2.5, 5, 6, 7, 16])
def test_a_model_of_ones_own_is_never_replaced(folders, add, times):
    """Models of its architecture come with the program for x2 to x4; it is trained for x6."""
    shipped, own = folders
    for scale in (2, 3, 4):
        add(shipped, f"x{scale}", arch="5-3-5", scale=scale)
    add(own, "mine", arch="5-3-5", scale=6)
    assert catalog.fitting(catalog.find("mine"), times).name == "mine"


@pytest.mark.parametrize(("times", "name"), [(1.5, "x2"), (2.5, "x3"), (4, "x4"), (6, "x4")])
def test_a_model_that_comes_with_the_program_stands_for_its_architecture(folders, add, times, name):
    shipped, own = folders
    for scale in (2, 3, 4):
        add(shipped, f"x{scale}", arch="5-3-5", scale=scale)
    add(own, "mine", arch="5-3-5", scale=6)
    assert catalog.fitting(catalog.find("x3"), times).name == name
    assert catalog.fitting(catalog.find("x3"), times, exact=True).name == "x3"


def test_an_architecture_of_ones_own_models_is_taken_as_a_whole(folders, add):
    _, own = folders
    for scale in (2, 4, 6):
        add(own, f"mine {scale}", arch="5-3-5", scale=scale)
    of_two = catalog.find("mine 2")
    assert [catalog.fitting(of_two, times, exact=False).name for times in (2, 3, 5)] == ["mine 2", "mine 4", "mine 4"]


def test_the_default_is_the_first_model_for_the_scale(folders, add):
    add(folders[0], "big", arch="5-5-5", scale=3)
    add(folders[0], "small", arch="5-1-3", scale=3)
    assert catalog.default_for(3).name == "small"


def test_a_scale_without_a_model_is_answered_with_those_that_have_one(folders, add, plain_sentence):
    add(folders[0], "two", scale=2)
    add(folders[0], "three", scale=3)
    with pytest.raises(NoModelForScale, match="2, 3") as refused:
        catalog.default_for(4)
    assert "4" in str(refused.value)


def test_shipped_models_lie_in_a_folder_called_weights():
    assert catalog.shipped_models_folder().name in ("weights", "_weights")
    assert isinstance(catalog.paths.models(), Path)


def test_every_shipped_model_can_be_described():
    files = list(catalog.shipped_models_folder().glob("*.safetensors"))
    described = [catalog.read_model(path) for path in files]
    assert all(isinstance(model, Model) and model.record for model in described)
