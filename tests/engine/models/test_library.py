"""The user's models: import, rename, delete and export. Other files are never changed."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from engine.errors import (
    FileExists,
    InvalidSetting,
    ModelNameUnusable,
    ModelNotInLibrary,
    ModelUnwritable,
    WeightsUnusable,
)
from engine.models import catalog, library, weights
from engine.models.formats import external
from engine.system import paths


@pytest.fixture
def models_folder(monkeypatch, tmp_path):
    """Return the folder of the user's models, which does not exist yet."""
    folder = tmp_path / "data" / "models"
    monkeypatch.setattr(paths, "models_folder", lambda: folder)
    return folder


@pytest.fixture
def user_model(models_folder, tiny_network):
    """Return a model in the user's library."""
    models_folder.mkdir(parents=True)
    return weights.save_model(models_folder / "mine.safetensors", tiny_network(), {"seed": 3})


def weights_in(path, scale=2):
    return torch.cat([tensor.flatten() for tensor in weights.load_network(path, scale).state_dict().values()])


@pytest.mark.parametrize("suffix", [".safetensors", ".mat", ".pt", ".pth", ".param"])
def test_export_and_import_round_trip(suffix, models_folder, tiny_model, tmp_path):
    model, path = tiny_model(), tmp_path / f"größer x2{suffix}"
    assert library.export_model(model, path) == path
    brought = library.import_model(path)
    assert (brought.name, brought.path.parent, brought.info) == ("größer x2", models_folder, model.info)
    assert torch.equal(weights_in(brought.path), weights_in(model.path))
    assert brought in catalog.list_models()


def documented_formats():
    """Return the rows of the table of file formats in docs/models.md: extensions, and the cells."""
    page = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.split("## File formats")[1].split("## ")[0].splitlines()]
    table = [row for row in rows if len(row) == 6]
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def test_table_of_file_formats_lists_every_extension():
    listed = {extension for row in documented_formats() for extension in re.findall(r"\.\w+", row["Files"])}
    assert listed - {".bin"} == set(library.EXPORT_EXTENSIONS) - {".pth.tar", ".ckpt"}


@pytest.mark.parametrize("row", documented_formats(), ids=lambda row: row["Format"])
@pytest.mark.parametrize(
    ("arch", "title"), [("3-1-3", "SRCNN"), ("fsrcnn-4-2-1", "FSRCNN"), ("compact-4-1", "Compact")]
)
def test_table_of_file_formats_is_correct(row, arch, title, models_folder, tiny_model, tmp_path):
    model, path = tiny_model(arch=arch, scale=3), tmp_path / f"model{row['Files'].split(',')[0].split()[0]}"
    if path.suffix == ".onnx":
        pytest.importorskip("onnx")
    if row[title] == "-":
        with pytest.raises(InvalidSetting):
            library.export_model(model, path)
        return
    library.export_model(model, path)
    if row[title] == "write":
        with pytest.raises(WeightsUnusable):
            library.import_model(path, 3)
        return
    assert library.import_model(path, 3).info == model.info
    has_scale = row["Scale factor"] == "in the file" or title in row["Scale factor"].split()
    if has_scale:
        assert library.import_model(path).info == model.info
    else:
        with pytest.raises(WeightsUnusable, match="scale factor"):
            library.import_model(path)


def test_imported_card_is_kept_or_names_source_file(models_folder, tiny_model, tmp_path):
    with_card, without = tmp_path / "a.safetensors", tmp_path / "b.pth"
    library.export_model(tiny_model(), with_card)
    library.export_model(tiny_model(), without)
    assert library.import_model(with_card).record == {"made_for": "a test"}
    assert library.import_model(without, 2).record["imported_from"] == "b.pth"


def test_same_content_is_imported_once_and_same_name_is_numbered(models_folder, tiny_network, tmp_path):
    one, other = tmp_path / "one" / "net_x2.pt", tmp_path / "other" / "net_x2.pt"
    for seed, path in enumerate((one, other)):
        path.parent.mkdir()
        path.write_bytes(external.to_state_dict(tiny_network(seed=seed)))
    assert library.import_model(one) == library.import_model(one)
    assert [library.import_model(path).name for path in (one, other)] == ["net_x2", "net_x2 2"]


def test_import_named_by_scale_only_uses_folder_name(models_folder, tiny_network, tmp_path):
    path = tmp_path / "9-1-5(ImageNet)" / "x3.mat"
    path.parent.mkdir()
    path.write_bytes(external.to_mat(tiny_network()))
    brought = library.import_model(path)
    assert (brought.name, brought.info.scale) == ("9-1-5(ImageNet) x3", 3)


def test_scale_argument_takes_precedence_over_name(models_folder, tiny_network, tmp_path):
    path = tmp_path / "fox2.pth"
    path.write_bytes(external.to_state_dict(tiny_network()))
    assert library.import_model(path, 4).info.scale == 4


def test_safetensors_file_of_other_program_is_imported(models_folder, tiny_network, tmp_path):
    network, path = tiny_network(), tmp_path / "theirs.safetensors"
    path.write_bytes(save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))
    brought = library.import_model(path, 2)
    assert torch.equal(weights_in(brought.path), torch.cat([t.flatten() for t in network.state_dict().values()]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pth", b"nothing"),
        ("x3.mat", b"nothing"),
        ("a.safetensors", b"nothing"),
        ("a.png", b"nothing"),
        ("gone.pth", None),
    ],
)
def test_failed_import_raises_and_writes_nothing(name, content, models_folder, tmp_path, plain_sentence):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsUnusable) as refused:
        library.import_model(path, 3)
    plain_sentence(refused.value, name)
    assert not models_folder.exists()


def test_import_without_scale_raises(models_folder, tiny_network, tmp_path, plain_sentence):
    path = tmp_path / "mine.pth"
    path.write_bytes(external.to_state_dict(tiny_network()))
    with pytest.raises(WeightsUnusable, match="scale factor of the model is unknown") as refused:
        library.import_model(path)
    plain_sentence(refused.value, "mine.pth")


def test_rename_keeps_card_and_checkpoint(user_model, models_folder):
    catalog.checkpoint_path(user_model.path).write_bytes(b"a run")
    renamed = library.rename_model(user_model, "Quick 22 Nov")
    assert (renamed.name, renamed.record) == ("Quick 22 Nov", {"seed": 3})
    assert sorted(path.name for path in models_folder.iterdir()) == [
        "Quick 22 Nov.checkpoint",
        "Quick 22 Nov.safetensors",
    ]


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", "nul", "NUL.txt", "a:b", "x" * 101, "srcnn-9-1-5-x3", "a\nb"])
def test_invalid_name_raises(name, user_model, plain_sentence):
    with pytest.raises(ModelNameUnusable) as refused:
        library.rename_model(user_model, name)
    plain_sentence(refused.value, " ".join(name.split()))
    assert user_model.path.exists()


def test_used_name_raises_even_for_damaged_file(user_model, models_folder, tiny_network):
    weights.save_model(models_folder / "other.safetensors", tiny_network(), {})
    (models_folder / "damaged.safetensors").write_bytes(b"nothing")
    for name in ("other", "OTHER", "damaged"):
        with pytest.raises(ModelNameUnusable, match="already exists"):
            library.rename_model(user_model, name)
    assert (models_folder / "damaged.safetensors").read_bytes() == b"nothing"


def test_rename_keeps_the_checkpoint_of_another_run(user_model, models_folder):
    catalog.checkpoint_path(user_model.path).write_bytes(b"a run")
    (models_folder / "new.checkpoint").write_bytes(b"another run")
    with pytest.raises(ModelNameUnusable, match="A checkpoint with this name"):
        library.rename_model(user_model, "new")
    assert library.unique_name("new") == "new 2"
    assert (models_folder / "new.checkpoint").read_bytes() == b"another run"
    assert user_model.path.exists()


def test_failed_rename_keeps_model_and_checkpoint_together(user_model, models_folder):
    """A folder has the new name, and a file cannot replace it."""
    catalog.checkpoint_path(user_model.path).write_bytes(b"a run")
    target = models_folder / "new.safetensors"
    replaced = library.os.replace

    target_made = []

    def fail_second_time(source, path):
        if not target_made:
            target_made.append(target.mkdir())
        replaced(source, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.os, "replace", fail_second_time)
        with pytest.raises(ModelUnwritable):
            library.rename_model(user_model, "new")
    target.rmdir()
    assert sorted(path.name for path in models_folder.iterdir()) == ["mine.checkpoint", "mine.safetensors"]


def test_export_overwrites_only_on_request(tiny_model, tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"content")
    with pytest.raises(FileExists):
        library.export_model(tiny_model(), path)
    assert path.read_bytes() == b"content"
    library.export_model(tiny_model(), path, overwrite=True)
    assert torch.equal(weights_in(path), weights_in(tiny_model().path))


def test_delete_removes_model_and_checkpoint(user_model, models_folder):
    catalog.checkpoint_path(user_model.path).write_bytes(b"a run")
    library.delete_model(user_model)
    assert list(models_folder.iterdir()) == []


@pytest.mark.parametrize("change", [lambda model: library.rename_model(model, "new"), library.delete_model])
def test_models_outside_library_cannot_be_changed(change, models_folder, plain_sentence):
    shipped = catalog.find("9-1-5", 3)
    with pytest.raises(ModelNotInLibrary) as refused:
        change(shipped)
    plain_sentence(refused.value, shipped.name)
    assert shipped.path.exists()


def test_export_with_unknown_extension_raises(tiny_model, tmp_path, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        library.export_model(tiny_model(), tmp_path / "a.txt")
    plain_sentence(refused.value, ".txt", ".onnx", ".safetensors", ".pth", ".pt", ".mat", ".param")


def test_export_to_missing_folder_raises(tiny_model, tmp_path, plain_sentence):
    with pytest.raises(ModelUnwritable) as refused:
        library.export_model(tiny_model(), tmp_path / "gone" / "a.pth")
    plain_sentence(refused.value, "a.pth")
