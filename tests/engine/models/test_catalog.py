"""Model specifications, headers of model files, and the list of models."""

import hashlib
import shutil
import tomllib
from pathlib import Path

import pytest

from engine.errors import ArchitectureScaleMismatch, InvalidSetting, ModelUnknown, NoModelForScale, WeightsUnusable
from engine.models import catalog, registry

ROOT = Path(__file__).parents[3]


@pytest.fixture
def model_folders(tmp_path, monkeypatch):
    """Return empty folders for the built-in models and the user's models."""
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    monkeypatch.setattr(catalog, "built_in_directory", lambda: shipped)
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: own)
    return shipped, own


@pytest.fixture
def add_model(tiny_model):
    """Return a function that writes a model to a folder."""

    def put(folder, name, **shape):
        folder.mkdir(exist_ok=True)
        return shutil.copy(tiny_model(**shape).path, folder / f"{name}.safetensors")

    return put


@pytest.mark.parametrize(
    ("arch", "halo_px", "weights"), [("9-1-5", 6, 8_129), ("9-3-5", 7, 24_513), ("9-5-5", 8, 57_281)]
)
def test_architecture_label_gives_halo_and_parameter_count(arch, halo_px, weights):
    info = registry.parse(arch, 3)
    assert (info.label, info.scale) == (arch, 3)
    assert (info.architecture.n1, info.architecture.n2) == (64, 32)
    assert info.halo_px == halo_px
    assert info.parameter_count == weights
    assert info.multiplications_per_pixel == weights - 64 - 32 - 1


@pytest.mark.parametrize(
    "arch", ["", "9-1", "9-1-5-3", "9_1_5", "a-b-c", "9-1-4", "0-1-5", "33-1-5", " 9-1-5", "-9-1-5"]
)
def test_invalid_architecture_raises(arch, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        registry.parse(arch, 3)
    plain_sentence(refused.value, "architecture")


@pytest.mark.parametrize("change", [{"scale": 0}, {"scale": 9}, {"n1": 0}, {"n2": 0}, {"n1": 1025}, {"f2": 2}])
def test_specification_out_of_range_raises(change):
    with pytest.raises(InvalidSetting):
        registry.from_dict({"f1": 9, "f2": 1, "f3": 5, "scale": 3} | change)


def test_read_model_reads_header_only(tiny_model, tmp_path):
    whole = tiny_model(arch="5-1-3", scale=4).path.read_bytes()
    only_header = tmp_path / "header.safetensors"
    only_header.write_bytes(whole[: 8 + int.from_bytes(whole[:8], "little")])
    model = catalog.read_model(only_header)
    assert (model.name, model.info.label, model.info.scale) == ("header", "5-1-3", 4)
    assert model.record == {"made_for": "a test"}


def test_sha256_is_checksum_of_file(tiny_model):
    model = tiny_model()
    assert model.sha256 == hashlib.sha256(model.path.read_bytes()).hexdigest()


def test_invalid_model_file_raises(tmp_path, plain_sentence):
    path = tmp_path / "letter.safetensors"
    path.write_bytes(b"Dear reader, this is no model. " * 9)
    with pytest.raises(WeightsUnusable) as refused:
        catalog.read_model(path)
    plain_sentence(refused.value, "letter.safetensors")


def test_models_are_hashable(tiny_model):
    assert len({tiny_model(scale=2), tiny_model(scale=2), tiny_model(scale=3)}) == 2


def test_list_models_sorts_built_in_models_first(model_folders, add_model):
    shipped, own = model_folders
    add_model(shipped, "big", arch="5-5-5", scale=2)
    add_model(shipped, "small", arch="5-1-3", scale=2)
    add_model(shipped, "four", scale=4)
    add_model(own, "mine", scale=2)
    assert [model.name for model in catalog.list_models()] == ["small", "big", "four", "mine"]


def test_list_models_ignores_damaged_files(model_folders, add_model):
    shipped, own = model_folders
    add_model(shipped, "good", scale=3)
    own.mkdir()
    (own / "bad.safetensors").write_bytes(b"damaged")
    (own / "nested.safetensors").write_bytes((100_000).to_bytes(8, "little") + b"[" * 100_000)
    (own / "folder.safetensors").mkdir()
    (own / "notes.txt").write_text("not a model")
    assert [model.name for model in catalog.list_models()] == ["good"]


def test_list_models_is_empty_without_files(model_folders):
    assert catalog.list_models() == []


def test_find_by_name_or_by_architecture_and_scale(model_folders, add_model):
    shipped, _ = model_folders
    add_model(shipped, "two", arch="5-3-5", scale=2)
    add_model(shipped, "three", arch="5-3-5", scale=3)
    assert catalog.find("three").info.scale == 3
    assert catalog.find("5-3-5", 2).name == "two"
    assert catalog.find("5-3-5", 3).name == "three"
    assert catalog.find("5-3-5").name == "three", "the usual scale, where none is given"


def test_error_for_unknown_name_lists_known_names(model_folders, add_model):
    add_model(model_folders[0], "two", scale=2)
    with pytest.raises(ModelUnknown, match="two") as refused:
        catalog.find("tow")
    assert "tow" in str(refused.value)


def test_error_for_missing_scale_lists_available_scales(model_folders, add_model, plain_sentence):
    add_model(model_folders[0], "two", arch="5-3-5", scale=2)
    add_model(model_folders[1], "six", arch="5-3-5", scale=6)
    with pytest.raises(ArchitectureScaleMismatch, match="2, 6") as refused:
        catalog.find("5-3-5", 4)
    plain_sentence(refused.value, "5-3-5", "4")


def test_find_by_family_and_scale(model_folders, add_model):
    for scale in (2, 3):
        add_model(model_folders[0], f"clean-x{scale}", arch="5-3-5", scale=scale)
        add_model(model_folders[0], f"jpeg-x{scale}", arch="5-3-5", scale=scale, seed=1)
    assert [catalog.find(family).name for family in ("clean", "jpeg")] == ["clean-x3", "jpeg-x3"]
    assert [catalog.find(family, 2).name for family in ("clean", "jpeg")] == ["clean-x2", "jpeg-x2"]
    with pytest.raises(ArchitectureScaleMismatch, match="2, 3"):
        catalog.find("clean", 4)


def test_find_architecture_with_single_other_scale(model_folders, add_model):
    add_model(model_folders[1], "six", arch="5-3-5", scale=6)
    assert catalog.find("5-3-5").name == "six"


@pytest.mark.parametrize("scale_factor", [1, 2.5, 5, 6, 7, 16])
def test_user_model_is_not_replaced(model_folders, add_model, scale_factor):
    """The user's model is for x6. Built-in models of the same architecture exist for x2 to x4."""
    shipped, own = model_folders
    for scale in (2, 3, 4):
        add_model(shipped, f"x{scale}", arch="5-3-5", scale=scale)
    add_model(own, "mine", arch="5-3-5", scale=6)
    assert catalog.select_for_scale(catalog.find("mine"), scale_factor).name == "mine"


@pytest.mark.parametrize(("scale_factor", "name"), [(1.5, "a-x2"), (2.5, "a-x3"), (4, "a-x4"), (6, "a-x4")])
def test_built_in_model_is_replaced_within_its_family(model_folders, add_model, scale_factor, name):
    shipped, own = model_folders
    for scale in (2, 3, 4):
        add_model(shipped, f"a-x{scale}", arch="5-3-5", scale=scale)
        add_model(shipped, f"b-x{scale}", arch="5-3-5", scale=scale, seed=1)
    add_model(own, "mine", arch="5-3-5", scale=6)
    assert catalog.select_for_scale(catalog.find("a-x3"), scale_factor).name == name
    assert catalog.select_for_scale(catalog.find("a-x3"), scale_factor, exact=True).name == "a-x3"


def test_user_models_are_replaced_if_not_exact(model_folders, add_model):
    _, own = model_folders
    for scale in (2, 4, 6):
        add_model(own, f"mine {scale}", arch="5-3-5", scale=scale)
    of_two = catalog.find("mine 2")
    assert [catalog.select_for_scale(of_two, scale_factor, exact=False).name for scale_factor in (2, 3, 5)] == [
        "mine 2",
        "mine 4",
        "mine 4",
    ]


def test_default_model_is_first_for_scale(model_folders, add_model):
    add_model(model_folders[0], "big", arch="5-5-5", scale=3)
    add_model(model_folders[0], "small", arch="5-1-3", scale=3)
    assert catalog.default_model(3).name == "small"


def test_error_for_scale_without_model_lists_scales(model_folders, add_model, plain_sentence):
    add_model(model_folders[0], "two", scale=2)
    add_model(model_folders[0], "three", scale=3)
    with pytest.raises(NoModelForScale, match="2, 3") as refused:
        catalog.default_model(4)
    assert "4" in str(refused.value)


def test_built_in_models_are_those_that_the_published_catalog_lists():
    """weights/catalogue.toml lists each file's checksum and scale factor."""
    published = tomllib.loads((ROOT / "weights" / "catalogue.toml").read_text(encoding="utf-8"))
    models = [catalog.read_model(path) for path in catalog.built_in_directory().glob("*.safetensors")]
    assert {model.name: (model.sha256, model.info.scale) for model in models} == {
        name: (model["sha256"], model["scale"]) for name, model in published.items()
    }
    assert len(models) >= 6


def test_default_model_is_of_default_family(model_folders, add_model):
    for name in ("compact-s-x2", "srcnn-9-1-5-x2"):
        add_model(model_folders[0], name, scale=2)
    add_model(model_folders[1], "compact-s-x3", scale=3)
    add_model(model_folders[1], "tiny", arch="5-1-3", scale=3)
    assert catalog.default_model(2).name == "compact-s-x2"
    assert catalog.default_model(2, simulate=True).name == "srcnn-9-1-5-x2"
    assert catalog.default_model(3).name == "tiny", "a user's model with the name of a built-in family isn't a default"
