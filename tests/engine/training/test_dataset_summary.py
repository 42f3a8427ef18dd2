"""The dataset summary matches the images and patches that a training run uses."""

import numpy as np
import pytest

from engine.datasets.events import FileFailed
from engine.errors import NoImages
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import dataset_summary, job, patches
from engine.training.events import PatchesBuilt
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "info": ModelInfo(Srcnn(5, 1, 3, n1=4, n2=4), 2), "steps": 1}
        return TrainRequest(**usual | {"output": tmp_path / "own.safetensors", "device": "cpu"} | changes)

    return make


def test_subfolders_are_reported(request_for, training_folder, drive):
    """Training uses only the images in the folder itself, but a batch includes subfolders."""
    (training_folder / "more").mkdir()
    (training_folder / ".hidden").mkdir()
    for make_job in (dataset_summary.summarize, job.run):
        events, _ = drive(make_job(request_for()))
        failed = [event for event in events if isinstance(event, FileFailed)]
        assert [event.path for event in failed] == [training_folder / "more"]
        assert "The subfolder more is ignored." in str(failed[0].error)


@pytest.mark.parametrize(
    "recipe", [Recipe(batch_size=4), Recipe(batch_size=4, rescales=(0.8, 0.7)), Recipe(batch_size=4, all_phases=True)]
)
@pytest.mark.parametrize("held_out", [None, 3])
def test_summary_matches_training(recipe, held_out, request_for, training_folder, drive):
    (training_folder / "text.png").write_text("no image")
    request = request_for(recipe=recipe, validation_size=held_out)
    summary_events, summary = drive(dataset_summary.summarize(request))
    events, _ = drive(job.run(request))
    (built,) = [event for event in events if isinstance(event, PatchesBuilt)]
    assert (built.patches, built.images, built.validation_size) == (
        summary.patches,
        summary.images,
        summary.validation_size,
    )
    for story in (summary_events, events):
        assert [event.path.name for event in story if isinstance(event, FileFailed)] == ["text.png"]


def test_sample_patches_are_in_patch_set(request_for, drive):
    request = request_for()
    summary = drive(dataset_summary.summarize(request))[1]
    _, usable = drive(patches.read_training_images(sorted(request.source.iterdir()), request.info))
    kept, _ = patches.split_validation(usable, None, 0)
    whole = drive(patches.build_patch_set(kept, request.info))[1]
    assert len(summary.inputs) == len(summary.labels) > 4
    assert (summary.inputs.shape[1:], summary.labels.shape[1:]) == ((33, 33), (27, 27))
    for pair in zip(summary.inputs, summary.labels, strict=True):
        assert any(
            np.array_equal(pair[0], blurred[0]) and np.array_equal(pair[1], label[0])
            for blurred, label in zip(whole.inputs, whole.labels, strict=True)
        )


def test_folder_without_images_is_an_error(request_for, tmp_path, drive):
    with pytest.raises(NoImages):
        drive(dataset_summary.summarize(request_for(source=tmp_path / "nowhere")))
