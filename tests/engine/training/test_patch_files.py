"""Patch files: the layout of the SRCNN authors, channels-last files, and invalid files."""

import h5py
import numpy as np
import pytest

from engine.datasets.events import FileFailed
from engine.errors import InvalidSetting, NoImages, PatchFileUnusable, Unwritable
from engine.models import registry
from engine.training import patch_files, patches
from engine.training.events import PreparingPatches
from engine.training.request import ExportRequest

SPEC = registry.parse("9-1-5", 3)


def write(path, data=None, label=None, **attributes):
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file["data"] = rng.random((6, 1, 33, 33), np.float32) if data is None else data
        file["label"] = rng.random((6, 1, 21, 21), np.float32) if label is None else label
        file.attrs.update(attributes)
    return path


def test_exported_file_has_layout_of_authors(training_folder, tmp_path, drive):
    path = tmp_path / "train.h5"
    (training_folder / "broken.png").write_bytes(b"no image")

    events, written = drive(patch_files.export(ExportRequest(training_folder, SPEC, path)))

    assert [event.path.name for event in events if isinstance(event, FileFailed)] == ["broken.png"]
    (training_folder / "broken.png").unlink()
    _, usable = drive(patches.read_training_images(sorted(training_folder.iterdir()), SPEC))
    with h5py.File(path) as file:
        assert set(file) == {"data", "label"}
        assert file["data"].shape == (written, 1, 33, 33)
        assert file["label"].shape == (written, 1, 21, 21)
        assert file["data"].dtype == file["label"].dtype == np.float32
    built, back = drive(patches.build_patch_set(usable, SPEC))[1], patch_files.read(path, SPEC)
    np.testing.assert_array_equal(back.inputs, built.inputs)
    np.testing.assert_array_equal(back.labels, built.labels)


def test_export_streams_patches_and_cancel_leaves_no_file(training_folder, tmp_path, drive, monkeypatch):
    path, most = tmp_path / "train.h5", []
    cut = patches.iter_patches

    def noted(*asked):
        for piece in cut(*asked):
            most.extend([len(piece)] if isinstance(piece, patches.PatchSet) else [])
            yield piece

    monkeypatch.setattr(patch_files, "iter_patches", noted)
    _, written = drive(patch_files.export(ExportRequest(training_folder, SPEC, path)))
    assert (len(most), sum(most)) == (6, written)
    path.unlink()
    job = patch_files.export(ExportRequest(training_folder, SPEC, path))
    next(event for event in job if isinstance(event, PreparingPatches) and event.stage == "cut" and event.done == 3)
    job.close()
    assert [file.name for file in tmp_path.iterdir()] == ["images"]


def test_channels_last_files_are_read(tmp_path):
    rng = np.random.default_rng(3)
    data, label = rng.random((5, 33, 33, 1), np.float32), rng.random((5, 21, 21, 1))  # the label in double precision
    read = patch_files.read(write(tmp_path / "a.h5", data, label), SPEC)
    np.testing.assert_array_equal(read.inputs[:, 0], data[..., 0])
    np.testing.assert_allclose(read.labels[:, 0], label[..., 0], atol=1e-7)
    assert read.labels.dtype == np.float32


def test_larger_labels_are_cropped(tmp_path):
    path = write(tmp_path / "a.h5")
    whole, reached = patch_files.read(path, SPEC), patch_files.read(path, registry.parse("9-5-5", 3))
    np.testing.assert_array_equal(reached.labels, whole.labels[:, :, 2:-2, 2:-2])


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"data": np.zeros((4, 33, 33), np.float32)}, "datasets"),
        ({"data": np.zeros((6, 1, 32, 32), np.float32)}, "33 × 33 pixels"),
        ({"data": np.zeros((6, 1, 33, 30), np.float32)}, "datasets"),
        ({"data": np.zeros((6, 3, 33, 33), np.float32)}, "datasets"),
        ({"data": np.zeros((5, 1, 33, 33), np.float32)}, "a label for each"),
        ({"data": np.zeros((0, 1, 33, 33)), "label": np.zeros((0, 1, 21, 21))}, "at least two"),
        ({"data": np.full((6, 1, 33, 33), 255.0)}, "from 0 to 1"),
        ({"label": np.full((6, 1, 21, 21), np.nan)}, "from 0 to 1"),
        ({"label": np.array([b"text"] * 6)}, "datasets"),
        ({"label": np.zeros((6, 1, 17, 17))}, "size of the labels"),
        ({"scale": 2}, "scale factor of 2"),
        ({"scale": "three"}, "datasets"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_invalid_patch_file_is_an_error(arrays, says, tmp_path):
    path = write(tmp_path / "a.h5", **arrays)
    with pytest.raises(PatchFileUnusable, match=says) as refused:
        patch_files.read(path, SPEC)
    assert str(refused.value).startswith("a.h5 can't be used for training. ")


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "datasets"), (b"no HDF5 at all", "datasets"), (None, "doesn't exist")]
)
def test_file_that_is_not_hdf5_is_an_error(content, says, tmp_path):
    path = tmp_path / "a.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PatchFileUnusable, match=says):
        patch_files.read(path, SPEC)


def test_truncated_file_is_an_error(tmp_path):
    path = write(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(PatchFileUnusable):
        patch_files.read(path, SPEC)


def test_export_without_images_or_folder_is_an_error(tmp_path, training_folder, drive):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "broken.png").write_bytes(b"no image")
    with pytest.raises(NoImages):
        drive(patch_files.export(ExportRequest(tmp_path / "none", SPEC, tmp_path / "a.h5")))
    with pytest.raises(Unwritable):
        drive(patch_files.export(ExportRequest(training_folder, SPEC, tmp_path / "nowhere" / "a.h5")))


def test_last_patches_are_validation_set(tmp_path):
    rng = np.random.default_rng(0)
    data, label = rng.random((100, 1, 33, 33), np.float32), rng.random((100, 1, 21, 21), np.float32)
    whole = patch_files.read(write(tmp_path / "a.h5", data, label), SPEC)
    train, kept_apart = patches.split_validation_patches(whole, None)
    np.testing.assert_array_equal(train.inputs, data[:95])
    np.testing.assert_array_equal(kept_apart.labels, label[95:])
    assert len(patches.split_validation_patches(whole, 30)[1]) == 30
    with pytest.raises(InvalidSetting, match="at most"):
        patches.split_validation_patches(whole, len(whole))
