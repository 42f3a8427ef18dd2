"""The batch job: it gives the same results as single upscales, and an error fails only its own image."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.batch import io_pipeline, report
from engine.batch import job as batch
from engine.batch import journal as journals
from engine.batch.events import BatchPlanned, FileDone, FileStarted
from engine.batch.planning import LARGE_ENOUGH
from engine.datasets.events import FileFailed
from engine.errors import (
    BatchRunning,
    DeviceUnknown,
    FolderUnwritable,
    ImageUnreadable,
    InvalidSetting,
    NoImages,
    WeightsUnusable,
)
from engine.imaging.codecs import image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.codecs.image_files import Image
from engine.upscaling import job as upscale_job
from engine.upscaling.events import TileDone
from engine.upscaling.request import Target

pytestmark = pytest.mark.usefixtures("one_thread")


def file_states(result):
    return {outcome.source.name: outcome.state for outcome in result.outcomes}


def result_names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


RESULT_NAMES = ["a_x2.png", "b_x2.jpg", "deep/c d_x2.bmp", "deep/猫 é_x2.webp"]


def test_results_match_single_upscales(batch_source, batch_request, drive, tmp_path):
    request = batch_request()
    events, result = drive(batch.run(request))
    assert result_names(tmp_path / "out") == RESULT_NAMES
    assert report.count_states(result.outcomes) == {"done": 4, "skipped": 0, "failed": 2, "queued": 0}
    assert result.stopped is None
    for name in RESULT_NAMES:
        image = batch_source / name.replace("_x2", "")
        alone = tmp_path / f"alone{image.suffix}"
        drive(upscale_job.upscale_file(image, alone, replace(request.upscale, compare=False)))
        assert (tmp_path / "out" / name).read_bytes() == alone.read_bytes(), name
    failed = {event.path.name: event.error for event in events if isinstance(event, FileFailed)}
    assert set(failed) == {"bad.png", "cut.png"}
    assert all(isinstance(error, ImageUnreadable) for error in failed.values())
    done = {event.path.name: event for event in events if isinstance(event, FileDone)}
    assert (done["a.png"].width, done["a.png"].height) == (60, 40)
    assert done["a.png"].size == (tmp_path / "out" / "a_x2.png").stat().st_size


def test_images_start_in_order_and_start_before_they_end(batch_source, batch_request, drive):
    events, _ = drive(batch.run(batch_request()))
    assert isinstance(events[0], BatchPlanned)
    assert [event.index for event in events if isinstance(event, FileStarted)] == list(range(6))
    for index in (0, 1, 4, 5):
        begun = next(n for n, e in enumerate(events) if isinstance(e, FileStarted) and e.index == index)
        done = next(n for n, e in enumerate(events) if isinstance(e, FileDone | FileFailed) and e.index == index)
        assert begun < done
    assert any(isinstance(event, TileDone) for event in events)


def test_excluded_files_are_not_listed_and_only_some_are_processed(batch_source, batch_request, drive, tmp_path):
    request = batch_request(
        excluded_files=frozenset({batch_source / "a.png"}), only=frozenset({batch_source / "b.jpg"})
    )
    _, result = drive(batch.run(request))
    assert "a.png" not in file_states(result)
    assert {name for name, state in file_states(result).items() if state == "done"} == {"b.jpg"}
    assert set(file_states(result).values()) == {"done", "queued"}
    _, result = drive(batch.run(replace(request, only=None)))
    assert report.count_states(result.outcomes) == {"done": 2, "skipped": 1, "failed": 2, "queued": 0}


def test_images_are_processed_in_the_given_order_and_the_others_follow(batch_source, batch_request):
    first = (batch_source / "cut.png", batch_source / "a.png")
    items = batch.plan(batch_request(order=first)).items
    names = ["cut.png", "a.png", "b.jpg", "bad.png", "deep/c d.bmp", "deep/猫 é.webp"]
    assert [item.file.path for item in items] == names


@pytest.mark.parametrize(("policy", "done_count"), [("skip", 3), ("overwrite", 4), ("number", 4)])
def test_existing_file_is_handled_by_policy(batch_source, batch_request, drive, tmp_path, policy, done_count):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a_x2.png").write_bytes(b"mine")
    _, result = drive(batch.run(batch_request(if_exists=policy)))
    assert report.count_states(result.outcomes)["done"] == done_count
    is_unchanged = (tmp_path / "out" / "a_x2.png").read_bytes() == b"mine"
    assert is_unchanged == (policy != "overwrite")


def test_results_next_to_sources_are_not_inputs(batch_source, batch_request, drive):
    request = batch_request(output=batch_source)
    drive(batch.run(request))
    before = result_names(batch_source)
    events, _ = drive(batch.run(request))
    assert len(events[0].items) == 6
    assert result_names(batch_source) == before
    for path in (request.journal_folder).iterdir():  # results must be recognized without a journal
        path.unlink()
    _, result = drive(batch.run(request))
    assert [one.source.name for one in result.outcomes if one.state == "skipped"] == [
        "a_x2.png",
        "b_x2.jpg",
        "c d_x2.bmp",
        "猫 é_x2.webp",
    ]


def test_result_names_follow_the_template(batch_source, batch_request, drive, tmp_path):
    request = batch_request(
        template="{index:02} {name} {width}x{height}",
        save=OutputOptions("png"),
        recursive=False,
        include=("*.jpg", "a*"),
    )
    drive(batch.run(request))
    assert result_names(tmp_path / "out") == ["01 a 60x40.png", "02 b 60x42.png"]


def test_scale_of_each_result_follows_from_the_target_width(batch_source, batch_request, drive, tmp_path):
    request = batch_request()
    wide = replace(request.upscale, target=Target(width=75))
    drive(batch.run(replace(request, upscale=wide, template="{name}_x{scale}_{height}")))
    assert "a_x2.5_50.png" in result_names(tmp_path / "out")
    assert image_files.read(tmp_path / "out" / "a_x2.5_50.png").pixels.shape[:2] == (50, 75)


@pytest.mark.parametrize("target", [Target(width=75), Target(longest=90), Target(height=60)])
def test_image_as_large_as_target_is_skipped(batch_source, batch_request, drive, tmp_path, texture, target):
    """The image a.png has 30 x 20 px."""
    image_files.write(Image(texture(60, 90)), batch_source / "wide.png")
    request = batch_request(include=("a.png", "wide.png"))
    request = replace(request, upscale=replace(request.upscale, target=target))
    plan = batch.plan(request)
    assert [(item.file.path, item.state) for item in plan.items] == [("a.png", "queued"), ("wide.png", "skipped")]
    assert plan.items[1].reason == LARGE_ENOUGH
    _, result = drive(batch.run(request))
    assert file_states(result) == {"a.png": "done", "wide.png": "skipped"}


def test_longest_side_follows_the_orientation(batch_source, batch_request, drive, tmp_path, texture):
    image_files.write(Image(texture(40, 16)), batch_source / "tall.png")
    request = batch_request(include=("a.png", "tall.png"), template="{name}")
    request = replace(request, upscale=replace(request.upscale, target=Target(longest=101)))
    drive(batch.run(request))
    sizes = {path.name: image_files.read(path).pixels.shape[:2] for path in (tmp_path / "out").glob("*.png")}
    assert sizes == {"a.png": (67, 101), "tall.png": (101, 40)}


def test_image_too_small_for_target_does_not_stop_others(batch_source, batch_request, drive, tmp_path, texture):
    image_files.write(Image(texture(4, 4)), batch_source / "small.png")
    request = batch_request(include=("a.png", "small.png"))
    events, result = drive(batch.run(replace(request, upscale=replace(request.upscale, target=Target(width=75)))))
    assert file_states(result) == {"a.png": "done", "small.png": "failed"}
    assert "a scale factor from 1 to 16" in next(str(event.error) for event in events if isinstance(event, FileFailed))


def test_metadata_is_kept_or_stripped(batch_request, drive, texture, tmp_path):
    (tmp_path / "in").mkdir()
    image_files.write(Image(texture(20, 30), dpi=(300, 300)), tmp_path / "in" / "a.png")
    drive(batch.run(batch_request()))
    drive(batch.run(batch_request(save=OutputOptions(strip=True), template="{name}_bare")))
    result_dpi, bare = (image_files.read(tmp_path / "out" / name).dpi for name in ("a_x2.png", "a_bare.png"))
    assert result_dpi == pytest.approx((300, 300), abs=0.1)
    assert bare is None


def test_planning_writes_no_files(batch_source, batch_request, tmp_path):
    plan = batch.plan(batch_request())
    assert next(item.output.name for item in plan.items if item.state == "queued") == "a_x2.png"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_second_batch_into_same_folder_is_refused(batch_source, batch_request, monkeypatch, plain_sentence):
    monkeypatch.setattr(journals, "_WAIT_S", 0)
    job = batch.run(batch_request())
    next(job)
    with pytest.raises(BatchRunning):
        next(batch.run(batch_request()))
    job.close()


def test_general_errors_are_raised_before_the_first_image(
    batch_source, batch_request, tmp_path, tiny_model, monkeypatch
):
    single = batch_request().upscale
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(single.model.path.read_bytes()[:-100])
    (tmp_path / "file").write_bytes(b"")
    for changes, error in (
        ({"upscale": replace(single, device="abacus")}, DeviceUnknown),
        ({"upscale": replace(single, model=replace(single.model, path=damaged))}, WeightsUnusable),
        ({"output": tmp_path / "file"}, FolderUnwritable),
        ({"output": tmp_path / "file" / "below"}, FolderUnwritable),
        ({"include": ("*.gif",)}, NoImages),
    ):
        with pytest.raises(error):
            next(batch.run(batch_request(**changes)))
    assert not batch_request().output.exists(), "a batch of nothing leaves no folder"


def test_read_only_output_folder_is_an_error(batch_source, batch_request, monkeypatch, plain_sentence):
    def refuse(**_where):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(FolderUnwritable) as refused:
        next(batch.run(batch_request()))
    assert str(refused.value).endswith("Permission was denied. Check the permissions or choose another folder.")


@pytest.mark.parametrize("changes", [{"sources": ()}, {"if_exists": "ask"}, {"template": "x"}])
def test_invalid_request_is_an_error(batch_request, changes):
    with pytest.raises(InvalidSetting):
        batch_request(**changes)


def test_simulate_is_refused(batch_request):
    with pytest.raises(InvalidSetting):
        batch_request(upscale=replace(batch_request().upscale, simulate=True))


def test_unexpected_error_fails_one_image(batch_source, batch_request, drive, monkeypatch):
    read = image_files.read

    def surprise(path: Path):
        if path.name == "b.jpg":
            raise ZeroDivisionError("of all things")
        if path.name == "c d.bmp":
            raise MemoryError
        return read(path)

    monkeypatch.setattr(io_pipeline.image_files, "read", surprise)
    events, result = drive(batch.run(batch_request()))
    assert report.count_states(result.outcomes)["done"] == 2
    said = {event.path.name: str(event.error) for event in events if isinstance(event, FileFailed)}
    assert said["b.jpg"] == (
        "b.jpg can't be upscaled. An unexpected error occurred. ZeroDivisionError: of all things. Report the problem."
    )
    assert said["c d.bmp"] == (
        "c d.bmp can't be upscaled. There isn't enough memory. Close other apps or use a smaller image."
    )


def test_format_limits_are_checked_before_upscaling(batch_request, drive, texture, tmp_path):
    (tmp_path / "in").mkdir()
    image_files.write(Image(texture(20, 30).astype(np.uint16) * 257), tmp_path / "in" / "deep.png")
    events, result = drive(batch.run(batch_request(save=OutputOptions("jpg"))))
    assert file_states(result) == {"deep.png": "failed"}
    assert not [event for event in events if isinstance(event, TileDone)]
