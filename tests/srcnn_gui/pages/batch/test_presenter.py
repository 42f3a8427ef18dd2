"""The presenter of the Batch page, tested with the real engine, but without Qt or threads."""

import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine.batch import watch
from engine.batch.request import WatchRequest
from engine.imaging.codecs import image_files
from engine.system import paths
from srcnn_gui.pages.batch import presenter as batch_presenter
from srcnn_gui.pages.batch.presenter import BatchLanes, BatchPresenter
from srcnn_gui.pages.batch.saved_batch import BatchCallbacks, LastBatch, SavedBatch
from srcnn_gui.pages.batch.state import BatchSettings, Counts
from tests.srcnn_gui.lanes import SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.compare.presenters import texture


class RecordingView:
    """View that records the arguments of its calls."""

    def __init__(self):
        self.states, self.batch_rows, self.thumbnails, self.notified = [], [], {}, []

    def display(self, state):
        self.states.append(state)

    def show_rows(self, lines, *, same_files):
        self.batch_rows = lines

    def update_row(self, index):
        assert index < len(self.batch_rows)

    @property
    def rows(self):
        return list(self.batch_rows)

    def set_thumbnail(self, index, image, size):
        self.thumbnails[index] = (image, size)

    def notify(self, title, text):
        self.notified.append((title, text))


@pytest.fixture(autouse=True)
def temporary_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "journals_folder", lambda: tmp_path / "state")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "Bilder ü"
    (path / "unter").mkdir(parents=True)
    for number in range(3):
        image_files.write(texture(20, 30 + number), path / f"{number}.png")
    image_files.write(texture(20, 30), path / "unter" / "猫.jpg")
    (path / "bad.png").write_bytes(b"bad")
    return path


def page(lane=None, settings=None, saved_settings=None, saved_batches=None):
    view = RecordingView()
    lanes = BatchLanes(lane or SynchronousLane(), *(SynchronousLane() for _each in range(4)))
    save_settings = (saved_settings if saved_settings is not None else []).append
    save_batch = (saved_batches if saved_batches is not None else []).append
    callbacks = BatchCallbacks(save_settings, save_batch)
    return BatchPresenter(view, lanes, settings or BatchSettings(scale=2), callbacks), view


def file_states(view):
    return [row.state for row in view.rows]


def advance_until(lane, ready):
    while not ready():
        lane.step()


def test_a_folder_is_listed_with_the_planned_results(folder):
    presenter, view = page()
    assert not presenter.state.can_start
    presenter.add([folder])
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "bad.png", "unter/猫.jpg"]
    assert set(file_states(view)) == {"queued"}
    assert presenter.state.can_start
    assert presenter.state.start_text == "Upscale 5 Files"
    assert presenter.state.example == "0.png → 0_x2.png"
    assert presenter.state.output.endswith("Bilder ü-x2")
    assert presenter.state.status == ""


def test_a_run_processes_all_files_and_reports_the_failed_one(folder):
    presenter, view = page()
    presenter.add([folder])
    presenter.start()
    assert file_states(view) == ["done", "done", "done", "failed", "done"]
    assert presenter.state.counts == Counts(done=4, failed=1)
    assert view.rows[0].result.startswith("60 × 40, ")
    assert view.rows[3].result == (
        "The file isn't an image in a supported format. Use an image in PNG, JPEG, or TIFF format."
    )
    assert presenter.state.failed_texts[0] == "1 file failed."
    assert presenter.state.can_retry
    assert presenter.state.headline == "5 of 5"
    assert presenter.state.completed_fraction == 1
    assert view.notified == [("Batch done", "4 done, 1 failed")]
    assert (folder.parent / "Bilder ü-x2" / "unter" / "猫_x2.jpg").exists()


def test_retry_processes_only_the_failed_files(folder):
    presenter, view = page()
    presenter.add([folder])
    presenter.start()
    times = [row.time for row in view.rows]
    image_files.write(texture(20, 30), folder / "bad.png")
    assert not presenter.state.can_start, "there is one button to retry"
    presenter.retry_failed()
    assert file_states(view) == ["done"] * 5
    assert [row.time for row in view.rows[:3]] == times[:3]
    assert not presenter.state.can_retry


def test_another_window_skips_existing_results(folder):
    first, _ = page()
    first.add([folder])
    first.start()
    presenter, view = page()
    presenter.add([folder])
    assert file_states(view) == ["skipped", "skipped", "skipped", "queued", "skipped"]
    assert view.rows[0].result == "The result is already up to date."
    assert presenter.state.start_text == "Upscale 1 File"


def test_during_a_run_choices_are_locked_and_the_row_shows_the_progress(folder):
    lane = SteppedLane()
    saved_settings = []
    presenter, view = page(lane, saved_settings=saved_settings)
    presenter.add([folder])
    presenter.start()
    advance_until(lane, lambda: "working" in file_states(view))
    assert presenter.state.locked
    presenter.change_settings(scale=3)
    presenter.clear()
    presenter.remove([0])
    assert (presenter.state.settings.scale, len(view.rows), saved_settings) == (2, 5, [])
    assert presenter.state.current == "0.png"
    advance_until(lane, lambda: presenter.state.counts.done)
    assert presenter.state.headline == "1 of 5"
    advance_until(lane, lambda: not presenter.state.running)
    assert (presenter.state.counts.queued, presenter.state.notice) == (0, "")


def test_cancel_is_shown_immediately_and_another_start_processes_the_rest(folder):
    lane = SteppedLane()
    presenter, view = page(lane)
    presenter.add([folder])
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done)
    presenter.cancel()
    assert not presenter.state.running
    assert not presenter.state.stopping
    assert "start the batch again" in presenter.state.status
    assert "working" not in file_states(view)
    done = file_states(view).count("done")
    presenter.start()
    advance_until(lane, lambda: not presenter.state.running)
    assert file_states(view).count("done") == 4
    assert presenter.state.counts == Counts(done=4, failed=1)
    assert done < 4


def test_pause_stops_the_clock_and_is_shown(folder):
    lane = SteppedLane()
    presenter, _view = page(lane)
    presenter.add([folder])
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done)
    presenter.pause()
    assert (presenter.state.paused, lane.paused[-1], presenter.state.time_left) == (True, True, "Paused")
    assert presenter.state.status == "Batch paused"
    presenter.pause()
    assert (presenter.state.paused, lane.paused[-1]) == (False, False)
    advance_until(lane, lambda: not presenter.state.running)


def test_choices_are_saved_and_update_the_list(folder):
    saved_settings = []
    presenter, view = page(saved_settings=saved_settings)
    presenter.add([folder])
    presenter.change_settings(recursive=False, include="*.png, *.tif")
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "bad.png"]
    presenter.change_settings(scale=3)
    assert presenter.state.output.endswith("Bilder ü-x3")
    assert saved_settings[-1] == BatchSettings(scale=3, recursive=False, include="*.png, *.tif")
    assert presenter.state.model.name == "compact-s-x3"


def test_an_invalid_template_shows_an_error_and_starts_nothing(folder):
    presenter, _ = page()
    presenter.add([folder])
    presenter.change_settings(template="{nam}")
    assert "The name template “{nam}” has an unknown token" in presenter.state.template_error
    assert presenter.state.example == ""
    assert not presenter.state.can_start
    presenter.change_settings(template="{index:03}_{name}")
    assert presenter.state.example == "0.png → 001_0.png"
    assert presenter.state.can_start


def test_a_batch_that_cannot_start_shows_a_notice_and_keeps_the_list(folder, tmp_path):
    presenter, view = page()
    presenter.add([folder])
    (tmp_path / "file").write_bytes(b"")
    presenter.choose_output(tmp_path / "file")
    presenter.start()
    assert presenter.state.notice.startswith("The results can't be written to ")
    assert not presenter.state.running
    assert len(view.rows) == 5
    presenter.dismiss_notice()
    assert presenter.state.notice == ""


def test_an_empty_folder_shows_a_notice(tmp_path):
    (tmp_path / "empty").mkdir()
    presenter, _view = page()
    presenter.add([tmp_path / "empty"])
    assert presenter.state.notice.startswith(f"{tmp_path / 'empty'} contains no usable images. ")
    assert not presenter.state.can_start


def test_visible_rows_get_thumbnails_and_a_report_is_written(folder, tmp_path):
    presenter, view = page()
    presenter.add([folder])
    presenter.load_thumbnails([0, 3])
    assert view.thumbnails[0][0].shape[2] == 3
    assert view.thumbnails[0][1] == "30 × 20"
    assert view.thumbnails[3] == (None, "")
    presenter.start()
    presenter.write_report(tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text("utf-8-sig").count("\n") == 6
    presenter.write_report(tmp_path / "none" / "r.csv")
    assert presenter.state.notice.startswith("r.csv can't be written")


def test_files_added_during_a_run_are_processed_after_it(folder, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    image_files.write(texture(20, 30), more / "new.png")
    lane = SteppedLane()
    presenter, view = page(lane)
    presenter.add([folder])
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done)
    presenter.add([more])
    assert presenter.state.notice == "The added files are processed after the current files."
    assert presenter.state.summary.endswith("1 added for later")
    advance_until(lane, lambda: presenter.state.counts.total == 6)
    assert presenter.state.running, "the second run starts by itself"
    assert view.notified == []
    assert file_states(view).count("failed") == 1
    advance_until(lane, lambda: not presenter.state.running)
    assert presenter.state.counts == Counts(done=5, failed=1)
    assert view.notified == [("Batch done", "5 done, 1 failed")]


def test_adding_files_during_a_run_can_be_undone(folder):
    lane = SteppedLane()
    presenter, _view = page(lane)
    presenter.add([folder / "0.png"])
    presenter.start()
    presenter.add([folder / "1.png"])
    presenter.state.notice_actions[0].run()
    assert (presenter.state.notice, presenter.state.summary) == ("", "1 remaining")
    advance_until(lane, lambda: not presenter.state.running)
    assert presenter.state.counts == Counts(done=1)


def test_files_added_before_a_cancel_are_listed_but_not_processed(folder):
    lane = SteppedLane()
    presenter, view = page(lane)
    presenter.add([folder / "0.png"])
    presenter.start()
    presenter.add([folder / "1.png"])
    presenter.cancel()
    assert [row.file for row in view.rows] == ["0.png", "1.png"]
    assert not presenter.state.running


def test_removed_files_are_not_processed_until_they_are_added_again(folder):
    presenter, view = page(settings=BatchSettings(scale=2, template="{index}_{name}"))
    presenter.add([folder])
    presenter.remove([1, 3])
    assert [row.file for row in view.rows] == ["0.png", "2.png", "unter/猫.jpg"]
    assert [row.result for row in view.rows] == ["→ 1_0.png", "→ 2_2.png", "→ 3_猫.jpg"]
    presenter.start()
    assert presenter.state.counts == Counts(done=3)
    presenter.add([folder])
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "bad.png", "unter/猫.jpg"]
    presenter.remove(range(5))
    assert presenter.state.source == ""


def test_a_removed_file_that_was_added_alone_is_no_longer_an_input(folder):
    presenter, view = page()
    presenter.add([folder / "0.png", folder / "1.png"])
    presenter.remove([0])
    assert presenter.state.source.endswith("1.png")
    assert [row.file for row in view.rows] == ["1.png"]


def test_one_failed_file_is_retried_and_the_others_keep_their_reasons(folder):
    (folder / "worse.png").write_bytes(b"worse")
    presenter, view = page()
    presenter.add([folder])
    presenter.start()
    assert file_states(view).count("failed") == 2
    image_files.write(texture(20, 30), folder / "bad.png")
    presenter.retry([0, 3])
    assert file_states(view) == ["done", "done", "done", "done", "done", "failed"]
    assert view.rows[5].result.startswith("The file isn't an image")
    presenter.remove([0])
    assert file_states(view) == ["done", "done", "done", "done", "failed"]


def test_start_processes_queued_files_and_leaves_failed_ones(folder):
    presenter, view = page()
    presenter.add([folder / "bad.png"])
    presenter.start()
    presenter.add([folder / "0.png"])
    assert file_states(view) == ["queued", "failed"]
    image_files.write(texture(20, 30), folder / "bad.png")
    presenter.start()
    assert file_states(view) == ["done", "failed"]
    assert presenter.state.completed_fraction == 1


def test_a_new_list_replaces_the_old_one(folder):
    presenter, view = page()
    presenter.add([folder])
    presenter.remove([0])
    presenter.start_list([folder / "0.png"])
    assert [row.file for row in view.rows] == ["0.png"]


def test_clear_empties_the_list(folder):
    presenter, view = page()
    presenter.add([folder])
    presenter.clear()
    assert (presenter.state.source, presenter.state.counts.total, view.rows) == ("", 0, [])
    assert not presenter.state.can_start
    presenter.clear()
    assert presenter.state.notice == "Removed 5 files from the list.", "an empty list is not cleared again"


def test_a_cleared_list_is_restored_with_output_and_outcomes(folder, tmp_path):
    presenter, view = page()
    presenter.add([folder])
    presenter.choose_output(tmp_path / "out")
    presenter.start()
    done = [row for row in view.rows if row.state == "done"]
    presenter.clear()
    presenter.state.notice_actions[0].run()
    assert [row for row in view.rows if row.state == "done"] == done
    assert (len(view.rows), len(done), presenter.state.notice) == (5, 4, "")
    assert presenter.files.items[0].output.is_relative_to(tmp_path / "out")


def test_files_that_were_added_after_clearing_stay_in_the_list(folder):
    presenter, _view = page()
    presenter.add([folder / "0.png"])
    presenter.clear()
    undo = presenter.state.notice_actions[0]
    presenter.add([folder / "1.png"])
    undo.run()
    assert [item.file.source.name for item in presenter.files.items] == ["0.png", "1.png"]


def test_settings_changed_during_a_batch_are_applied_after_it(folder):
    lane, saved_settings = SteppedLane(), []
    presenter, view = page(lane, saved_settings=saved_settings)
    presenter.add([folder])
    presenter.start()
    presenter.apply_defaults(device="cpu", extension=".webp")
    assert presenter.state.settings.device == "auto"
    advance_until(lane, lambda: not presenter.state.locked)
    assert (presenter.state.settings.device, presenter.state.settings.extension) == ("cpu", ".webp")
    assert saved_settings[-1] == presenter.state.settings
    assert "failed" in file_states(view), "what became of every file can still be read"
    presenter.apply_defaults(device="auto")
    assert presenter.state.settings.device == "auto"


@pytest.fixture
def with_alpha(folder):
    for name in ("alpha", "alpha2"):
        pixels = texture(20, 30)
        image_files.write(replace(pixels, alpha=np.full((20, 30), 99, np.uint8)), folder / f"{name}.png")
    return folder


def test_results_that_cannot_be_saved_are_shown_before_the_start(with_alpha):
    presenter, view = page(settings=BatchSettings(scale=2, extension=".jpg", include="*.png"))
    presenter.add([with_alpha])
    assert file_states(view) == ["queued", "queued", "queued", "unsavable", "unsavable", "queued"]
    assert view.rows[3].result.startswith("JPEG can't store transparency. Choose a background color.")
    assert presenter.state.counts == Counts(queued=4, unsavable=2)
    assert presenter.state.start_text == "Upscale 4 Files"
    assert presenter.state.notice == "The results of 2 files can't be saved. JPEG can't store transparency."
    assert [action.title for action in presenter.state.notice_actions] == [
        "Use a White Background",
        "Save These as PNG",
    ]
    presenter.start()
    assert presenter.state.counts == Counts(done=3, failed=1, unsavable=2)
    assert len(presenter.state.notice_actions) == 2, "the ways out are still offered"


def test_a_white_background_lets_all_results_be_saved(with_alpha):
    presenter, view = page(settings=BatchSettings(scale=2, extension=".jpg", include="*.png"))
    presenter.add([with_alpha])
    presenter.state.notice_actions[0].run()
    assert presenter.state.settings.background == "white"
    assert (file_states(view), presenter.state.notice) == (["queued"] * 6, "")


def test_only_results_that_cannot_be_saved_change_their_format(with_alpha):
    saved_batches = []
    settings = BatchSettings(scale=2, extension=".jpg", include="*.png")
    presenter, view = page(settings=settings, saved_batches=saved_batches)
    presenter.add([with_alpha])
    presenter.state.notice_actions[1].run()
    assert [row.result for row in view.rows[2:5]] == ["→ 2_x2.jpg", "→ alpha_x2.png", "→ alpha2_x2.png"]
    assert (file_states(view), presenter.state.notice) == (["queued"] * 6, "")
    presenter.start()
    assert presenter.state.counts == Counts(done=5, failed=1)
    assert set(SavedBatch.from_json(saved_batches[0].content).formats.values()) == {"png"}
    presenter.change_settings(extension=".webp")
    assert view.rows[3].result == "→ alpha_x2.webp"


def interrupt_batch(folder, done):
    """Process some files of a batch, and return what is saved for the next session."""
    lane, saved_batches = SteppedLane(), []
    presenter, _view = page(lane, BatchSettings(scale=2, template="{name} new"), saved_batches=saved_batches)
    presenter.add([folder])
    presenter.remove([3])
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done == done)
    lane.job.close()
    return saved_batches[-1]


def test_an_interrupted_batch_is_offered_and_resumed(folder):
    last = interrupt_batch(folder, 2)
    saved_batches = []
    presenter, view = page(settings=BatchSettings(scale=3), saved_batches=saved_batches)
    presenter.offer_to_resume(last)
    assert presenter.state.notice == "The last batch was interrupted. 2 of 4 files are done. Resume it?"
    assert view.rows == [], "nothing is listed until the user decides"
    presenter.state.notice_actions[0].run()
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "unter/猫.jpg"]
    assert presenter.state.counts == Counts(done=2, skipped=2)
    assert presenter.state.settings.scale == 2
    assert saved_batches[-1] == LastBatch()
    assert (folder.parent / "Bilder ü-x2" / "2 new.png").exists()


def test_an_interrupted_batch_can_be_discarded(folder):
    last = interrupt_batch(folder, 1)
    saved_batches = []
    presenter, _view = page(saved_batches=saved_batches)
    presenter.offer_to_resume(last)
    presenter.state.notice_actions[1].run()
    assert (presenter.state.notice, saved_batches) == ("", [LastBatch()])


def test_a_batch_that_is_done_or_unreadable_is_not_offered(folder):
    saved_batches = []
    presenter, _view = page(saved_batches=saved_batches)
    presenter.add([folder])
    presenter.start()
    assert saved_batches[-1] == LastBatch()
    for content in ("", "{", '{"sources": 1}', saved_batches[0].content.replace("Bilder", "Moved")):
        presenter, _view = page()
        presenter.offer_to_resume(LastBatch(content))
        assert presenter.state.notice == ""


def test_a_saved_batch_is_read_as_it_was_written(folder):
    saved = SavedBatch((folder,), None, frozenset({folder / "bad.png"}), BatchSettings(width=75, include="*.png"))
    assert SavedBatch.from_json(saved.to_json()) == saved


def watch_page(folder):
    lane = SteppedLane()
    presenter, view = page(lane, BatchSettings(scale=2, watch=True))
    presenter.add([folder])
    return lane, presenter, view


@pytest.fixture
def short_interval(monkeypatch):
    monkeypatch.setattr(watch, "_STEP_S", 0.01)
    monkeypatch.setattr(batch_presenter, "WatchRequest", partial(WatchRequest, interval_s=0.1))


@pytest.mark.usefixtures("short_interval")
def test_a_watched_folder_is_processed_and_then_each_new_image(folder):
    lane, presenter, view = watch_page(folder)
    assert presenter.state.start_text == "Start Watching"
    presenter.start()
    advance_until(lane, lambda: presenter.state.status == "Waiting for new images…" and presenter.state.counts.done)
    assert presenter.state.counts == Counts(done=4, failed=1)
    image_files.write(texture(20, 30), folder / "new.png")
    advance_until(lane, lambda: presenter.state.counts.done == 5)
    assert [row.file for row in view.rows][-1] == "new.png"
    assert presenter.state.running
    presenter.cancel()
    assert presenter.state.counts == Counts(done=5, failed=1)
    assert presenter.state.status == "Watching has ended. 5 of 6 files are done."
    assert (folder.parent / "Bilder ü-x2" / "new_x2.png").exists()


@pytest.mark.usefixtures("short_interval")
def test_an_empty_folder_can_be_watched(tmp_path):
    (tmp_path / "empty").mkdir()
    lane, presenter, view = watch_page(tmp_path / "empty")
    assert (presenter.state.notice, presenter.state.can_start) == ("", True)
    presenter.start()
    image_files.write(texture(20, 30), tmp_path / "empty" / "new.png")
    advance_until(lane, lambda: presenter.state.counts.done == 1)
    assert file_states(view) == ["done"]
    presenter.cancel()


@pytest.mark.usefixtures("short_interval")
def test_a_folder_that_is_added_while_watching_is_watched_at_once(folder, tmp_path):
    lane, presenter, view = watch_page(folder / "unter")
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done == 1)
    (tmp_path / "more").mkdir()
    image_files.write(texture(20, 30), tmp_path / "more" / "new.png")
    presenter.add([tmp_path / "more"])
    assert presenter.state.running
    advance_until(lane, lambda: presenter.state.counts == Counts(done=2))
    assert sorted(row.file for row in view.rows) == ["new.png", "猫.jpg"]
    presenter.cancel()


def test_a_single_file_cannot_be_watched(folder):
    lane, presenter, _view = watch_page(folder / "0.png")
    presenter.start()
    lane.step()
    assert presenter.state.notice.endswith("This is a file, not a folder. Choose a folder.")
    assert not presenter.state.running


def test_images_in_an_archive_are_removed_together_and_not_moved(folder):
    with zipfile.ZipFile(folder / "comic.cbz", "w") as archive:
        for number in range(2):
            archive.write(folder / f"{number}.png", f"{number}.png")
    presenter, view = page()
    presenter.add([folder / "0.png", folder / "1.png", folder / "comic.cbz"])
    assert len(view.rows) == 4
    presenter.move([3], 0)
    presenter.move([0], 4)
    assert [item.file.source.name for item in presenter.files.items] == ["1.png", "0.png", "0.png", "1.png"]
    presenter.remove([3])
    assert [row.file for row in view.rows] == ["1.png", "0.png"]


def test_moved_files_are_processed_and_numbered_in_their_new_order(folder):
    lane = SteppedLane()
    saved_batches = []
    presenter, view = page(lane, BatchSettings(scale=2, template="{index}"), saved_batches=saved_batches)
    presenter.add([folder])
    presenter.move([3, 4], 1)
    assert [row.file for row in view.rows] == ["0.png", "bad.png", "unter/猫.jpg", "1.png", "2.png"]
    assert [row.result for row in view.rows] == ["→ 1.png", "→ 2.png", "→ 3.jpg", "→ 4.png", "→ 5.png"]
    presenter.move([0], 5)
    assert [row.file for row in view.rows][-1] == "0.png"
    presenter.start()
    advance_until(lane, lambda: presenter.state.counts.done)
    assert file_states(view)[:2] == ["failed", "done"]
    presenter.move([0], 5)
    assert view.rows[0].file == "bad.png", "the order is locked during a batch"
    presenter.cancel()
    again, view = page(lane)
    again.offer_to_resume(saved_batches[0])
    again.state.notice_actions[0].run()
    assert [row.file for row in view.rows] == ["bad.png", "unter/猫.jpg", "1.png", "2.png", "0.png"]
    presenter.cancel()


def test_missing_device_is_named_and_replaced_by_cpu():
    presenter, _view = page(settings=BatchSettings(device="vulkan:A GPU"))
    presenter.set_devices((("vulkan:A GPU", "A GPU (Vulkan)"), ("cpu", "CPU, 2 threads")))
    assert (presenter.state.settings.device, presenter.state.notice) == ("vulkan:A GPU", "")
    presenter.set_devices((("cpu", "CPU, 2 threads"),))
    assert presenter.state.settings.device == "cpu"
    assert presenter.state.notice == "A GPU isn't available on this computer; using CPU, 2 threads."
