"""Scores of a batch against ground truths."""

from dataclasses import replace

import pytest

from engine.batch import job as batch
from engine.batch.events import FileDone
from engine.batch.ground_truths import NOT_FOUND, TOO_SMALL, GroundTruths
from engine.errors import NoImages, SourceUnreadable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.upscaling import job as upscale_job
from engine.upscaling.request import Target

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def folder(tmp_path, texture):
    """Create a folder with ground truths, two of which have the same file name."""
    for number, name in enumerate(("A.png", "b.png", "one/c.png", "two/c.png")):
        (tmp_path / "truth" / name).parent.mkdir(parents=True, exist_ok=True)
        image_files.write(Image(texture(40, 60, 1, number)), tmp_path / "truth" / name)
    return tmp_path / "truth"


def test_ground_truth_is_found_by_path_or_unique_name(folder):
    truths = GroundTruths(folder)
    assert truths.find("a.jpg") == folder / "A.png"
    assert truths.find("sub/b.webp") == folder / "b.png"
    assert truths.find("two/c.jpg") == folder / "two" / "c.png"
    assert truths.find("c.jpg") is None
    assert truths.find("z.jpg") is None


def test_scores_equal_those_of_a_single_upscale(batch_request, folder, drive, tmp_path, texture):
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("a.png", "b.png")):
        image_files.write(Image(texture(20, 30, 1 + 2 * number, number)), tmp_path / "in" / name)
    request = batch_request(ground_truth=folder)
    events, result = drive(batch.run(request))
    for event in events:
        if isinstance(event, FileDone):
            truth = GroundTruths(folder).find(event.path.name)
            _, alone = drive(upscale_job.upscale_file(event.path, None, request.upscale, truth))
            assert event.score == alone.scores["model"]
            assert event.bicubic_score == alone.scores["bicubic"]
    assert [outcome.score is None for outcome in result.outcomes] == [False, False]


def test_reason_for_a_missing_score_is_a_warning(batch_request, folder, drive, tmp_path, texture):
    (tmp_path / "in").mkdir()
    sizes = {"a.png": (20, 30), "b.png": (21, 30), "none.png": (20, 30), "small.png": (4, 4), "unreadable.png": (9, 9)}
    for name, (height, width) in sizes.items():
        image_files.write(Image(texture(height, width, 1)), tmp_path / "in" / name)
    image_files.write(Image(texture(8, 8, 1)), folder / "small.png")
    (folder / "unreadable.png").write_bytes(b"no image")
    _, result = drive(batch.run(batch_request(ground_truth=folder)))
    warnings = {outcome.source.name: " ".join(outcome.warnings) for outcome in result.outcomes}
    assert {outcome.state for outcome in result.outcomes} == {"done"}
    assert warnings["a.png"] == ""
    assert "60 × 40 pixels, but at a scale factor of 2, the result has 60 × 42 pixels" in warnings["b.png"]
    assert warnings["none.png"] == NOT_FOUND
    assert warnings["small.png"] == TOO_SMALL
    assert "unreadable.png can't be read." in warnings["unreadable.png"]


def test_unusable_folder_is_an_error_before_the_first_image(batch_source, batch_request, tmp_path):
    (tmp_path / "empty").mkdir()
    for name, error in (("empty", NoImages), ("gone", SourceUnreadable)):
        with pytest.raises(error):
            next(batch.run(batch_request(ground_truth=tmp_path / name)))


def test_report_states_the_model_and_the_reason(batch_request, drive, tmp_path, texture):
    (tmp_path / "in").mkdir()
    image_files.write(Image(texture(20, 30)), tmp_path / "in" / "a.png")
    request = batch_request()
    _, result = drive(batch.run(request))
    assert result.outcomes[0].model == request.upscale.model.name
    assert result.outcomes[0].model_reason == "This model is chosen for the whole batch."
    automatic = replace(request.upscale, automatic=True, target=Target(2))
    _, result = drive(batch.run(replace(request, upscale=automatic, template="{name}_auto")))
    assert "doesn't need a photo model" in result.outcomes[0].model_reason
