"""Patch sets as HDF5: the authors' layout, the channel-last one, and what is refused."""

import h5py
import numpy as np
import pytest

from engine.datasets.events import FileFailed
from engine.errors import NoPictures, PatchFileUnusable, Unwritable
from engine.models.catalog import ModelSpec
from engine.training import patch_files, patches
from engine.training.events import Gathering
from engine.training.request import ExportRequest

SPEC = ModelSpec.parse("9-1-5", 3)


def write(path, data=None, label=None, **attributes):
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file["data"] = rng.random((6, 1, 33, 33), np.float32) if data is None else data
        file["label"] = rng.random((6, 1, 21, 21), np.float32) if label is None else label
        file.attrs.update(attributes)
    return path


def test_what_is_exported_is_the_patch_set_in_the_authors_layout(training_folder, tmp_path, drive):
    path = tmp_path / "train.h5"
    (training_folder / "broken.png").write_bytes(b"no picture")

    events, written = drive(patch_files.export(ExportRequest(training_folder, SPEC, path)))

    assert [event.path.name for event in events if isinstance(event, FileFailed)] == ["broken.png"]
    (training_folder / "broken.png").unlink()
    _, usable = drive(patches.read_training_pictures(sorted(training_folder.iterdir()), 3))
    with h5py.File(path) as file:
        assert set(file) == {"data", "label"}
        assert file["data"].shape == (written, 1, 33, 33)
        assert file["label"].shape == (written, 1, 21, 21)
        assert file["data"].dtype == file["label"].dtype == np.float32
    built, back = drive(patches.build(usable, SPEC))[1], patch_files.read(path, SPEC)
    np.testing.assert_array_equal(back.inputs, built.inputs)
    np.testing.assert_array_equal(back.labels, built.labels)


def test_it_is_written_as_it_is_cut_and_a_stop_leaves_nothing(training_folder, tmp_path, drive, monkeypatch):
    path, most = tmp_path / "train.h5", []
    cut = patches.pieces

    def noted(*asked):
        for piece in cut(*asked):
            most.extend([len(piece)] if isinstance(piece, patches.PatchSet) else [])
            yield piece

    monkeypatch.setattr(patch_files, "pieces", noted)
    _, written = drive(patch_files.export(ExportRequest(training_folder, SPEC, path)))
    assert (len(most), sum(most)) == (6, written)
    path.unlink()
    job = patch_files.export(ExportRequest(training_folder, SPEC, path))
    next(event for event in job if isinstance(event, Gathering) and event.what == "cut" and event.done == 3)
    job.close()
    assert [file.name for file in tmp_path.iterdir()] == ["pictures"]


def test_the_channel_may_come_last(tmp_path):
    rng = np.random.default_rng(3)
    data, label = rng.random((5, 33, 33, 1), np.float32), rng.random((5, 21, 21, 1))  # the label in double precision
    read = patch_files.read(write(tmp_path / "a.h5", data, label), SPEC)
    np.testing.assert_array_equal(read.inputs[:, 0], data[..., 0])
    np.testing.assert_allclose(read.labels[:, 0], label[..., 0], atol=1e-7)
    assert read.labels.dtype == np.float32


def test_larger_labels_are_cut_to_what_the_network_reaches(tmp_path):
    path = write(tmp_path / "a.h5")
    whole, reached = patch_files.read(path, SPEC), patch_files.read(path, ModelSpec.parse("9-5-5", 3))
    np.testing.assert_array_equal(reached.labels, whole.labels[:, :, 2:-2, 2:-2])


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"data": np.zeros((4, 33, 33), np.float32)}, "datasets"),
        ({"data": np.zeros((6, 1, 32, 32), np.float32)}, "not 33 px"),
        ({"data": np.zeros((6, 1, 33, 30), np.float32)}, "datasets"),
        ({"data": np.zeros((6, 3, 33, 33), np.float32)}, "datasets"),
        ({"data": np.zeros((5, 1, 33, 33), np.float32)}, "as many labels"),
        ({"data": np.zeros((0, 1, 33, 33)), "label": np.zeros((0, 1, 21, 21))}, "at least two"),
        ({"data": np.full((6, 1, 33, 33), 255.0)}, "luma"),
        ({"label": np.full((6, 1, 21, 21), np.nan)}, "luma"),
        ({"label": np.array([b"text"] * 6)}, "datasets"),
        ({"label": np.zeros((6, 1, 17, 17))}, "smaller"),
        ({"scale": 2}, "another scale"),
        ({"scale": "three"}, "datasets"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_what_is_no_patch_set_is_a_sentence(arrays, says, tmp_path):
    path = write(tmp_path / "a.h5", **arrays)
    with pytest.raises(PatchFileUnusable, match=says) as refused:
        patch_files.read(path, SPEC)
    assert str(refused.value).startswith("a.h5 cannot be trained on. ")


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "datasets"), (b"no HDF5 at all", "datasets"), (None, "There is no such file.")]
)
def test_what_is_no_hdf5_is_a_sentence(content, says, tmp_path):
    path = tmp_path / "a.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PatchFileUnusable, match=says):
        patch_files.read(path, SPEC)


def test_a_file_that_was_cut_short_is_a_sentence(tmp_path):
    path = write(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(PatchFileUnusable):
        patch_files.read(path, SPEC)


def test_nothing_to_export_and_nowhere_to_are_sentences(tmp_path, training_folder, drive):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(NoPictures):
        drive(patch_files.export(ExportRequest(tmp_path / "none", SPEC, tmp_path / "a.h5")))
    with pytest.raises(Unwritable):
        drive(patch_files.export(ExportRequest(training_folder, SPEC, tmp_path / "nowhere" / "a.h5")))


def test_the_last_twentieth_is_kept_apart(tmp_path):
    rng = np.random.default_rng(0)
    data, label = rng.random((100, 1, 33, 33), np.float32), rng.random((100, 1, 21, 21), np.float32)
    whole = patch_files.read(write(tmp_path / "a.h5", data, label), SPEC)
    train, kept_apart = patches.split_last(whole, None)
    np.testing.assert_array_equal(train.inputs, data[:95])
    np.testing.assert_array_equal(kept_apart.labels, label[95:])
    assert len(patches.split_last(whole, 30)[1]) == 30
    assert len(patches.split_last(whole, 500)[0]) == 1
