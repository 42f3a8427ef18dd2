"""The presenter of the Batch page with the real engine, without Qt, threads or a display."""

import pytest

from engine.imaging.codecs import image_files
from engine.system import paths
from srcnn_gui.pages.batch.presenter import BatchLanes, BatchPresenter
from srcnn_gui.pages.batch.state import Choices, Counts
from tests.srcnn_gui.lanes import InPlaceLane, SteppedLane
from tests.srcnn_gui.pages.compare.presenters import texture


class RecordingView:
    """Records what it is asked to show."""

    def __init__(self):
        self.states, self.batch_rows, self.thumbnails, self.notified = [], [], {}, []

    def display(self, state):
        self.states.append(state)

    def show_rows(self, lines, *, same):
        self.batch_rows = lines

    def update_row(self, index):
        assert index < len(self.batch_rows)

    @property
    def rows(self):
        return list(self.batch_rows)

    def set_thumbnail(self, index, image, size):
        self.thumbnails[index] = (image, size)

    def notify(self, title, words):
        self.notified.append((title, words))


@pytest.fixture(autouse=True)
def own_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "batches", lambda: tmp_path / "state")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "Bilder ü"
    (made / "unter").mkdir(parents=True)
    for number in range(3):
        image_files.write(texture(20, 30 + number), made / f"{number}.png")
    image_files.write(texture(20, 30), made / "unter" / "猫.jpg")
    (made / "bad.png").write_bytes(b"bad")
    return made


def page(lane=None, choices=None, remembered=None):
    view = RecordingView()
    lanes = BatchLanes(lane or InPlaceLane(), InPlaceLane(), InPlaceLane(), InPlaceLane())
    remember = (remembered if remembered is not None else []).append
    return BatchPresenter(view, lanes, choices or Choices(scale=2), remember), view


def kinds(view):
    return [row.kind for row in view.rows]


def until(lane, ready):
    while not ready():
        lane.step()


def test_a_folder_is_listed_with_the_planned_results(folder):
    made, view = page()
    assert not made.state.can_start
    made.add([folder])
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "bad.png", "unter/猫.jpg"]
    assert set(kinds(view)) == {"waiting"}
    assert made.state.can_start
    assert made.state.start_words == "Upscale 5 files"
    assert made.state.example == "0.png → 0_x2.png"
    assert made.state.output.endswith("Bilder ü ×2")
    assert made.state.status == ""


def test_a_run_processes_all_files_and_reports_the_failed_one(folder):
    made, view = page()
    made.add([folder])
    made.start()
    assert kinds(view) == ["done", "done", "done", "failed", "done"]
    assert made.state.counts == Counts(done=4, failed=1)
    assert view.rows[0].result.startswith("60 × 40, ")
    assert view.rows[3].result == "It is not a picture of a known format."
    assert made.state.failed_words[0] == "1 file failed."
    assert made.state.can_retry
    assert made.state.headline == "5 of 5"
    assert made.state.share == 1
    assert view.notified == [("The batch is done", "4 done, 1 failed")]
    assert (folder.parent / "Bilder ü ×2" / "unter" / "猫_x2.jpg").exists()


def test_retry_processes_only_the_failed_files(folder):
    made, view = page()
    made.add([folder])
    made.start()
    times = [row.time for row in view.rows]
    image_files.write(texture(20, 30), folder / "bad.png")
    made.start()
    assert kinds(view) == ["done"] * 5
    assert [row.time for row in view.rows[:3]] == times[:3]
    assert not made.state.can_retry


def test_another_window_skips_existing_results(folder):
    first, _ = page()
    first.add([folder])
    first.start()
    made, view = page()
    made.add([folder])
    assert kinds(view) == ["skipped", "skipped", "skipped", "waiting", "skipped"]
    assert view.rows[0].result == "Already there, made with these settings"
    assert made.state.start_words == "Upscale 1 file"


def test_during_a_run_choices_are_locked_and_the_row_shows_the_progress(folder):
    lane = SteppedLane()
    remembered = []
    made, view = page(lane, remembered=remembered)
    made.add([folder])
    made.start()
    until(lane, lambda: "working" in kinds(view))
    assert made.state.locked
    made.choose(scale=3)
    made.add([folder / "unter"])
    assert made.state.notice.startswith("Files cannot be added while a batch is running.")
    made.clear()
    assert (made.state.choices.scale, len(view.rows), remembered) == (2, 5, [])
    assert made.state.current == "0.png"
    until(lane, lambda: made.state.counts.done)
    assert made.state.headline == "1 of 5"
    until(lane, lambda: not made.state.running)
    assert (made.state.counts.queued, made.state.notice) == (0, "")


def test_cancel_is_shown_at_once_and_another_start_processes_the_rest(folder):
    lane = SteppedLane()
    made, view = page(lane)
    made.add([folder])
    made.start()
    until(lane, lambda: made.state.counts.done)
    made.cancel()
    assert not made.state.running
    assert not made.state.stopping
    assert "a start does the rest" in made.state.status
    assert "working" not in kinds(view)
    done = kinds(view).count("done")
    made.start()
    until(lane, lambda: not made.state.running)
    assert kinds(view).count("done") == 4
    assert made.state.counts == Counts(done=4, failed=1)
    assert done < 4


def test_pause_stops_the_clock_and_is_shown(folder):
    lane = SteppedLane()
    made, _view = page(lane)
    made.add([folder])
    made.start()
    until(lane, lambda: made.state.counts.done)
    made.pause()
    assert (made.state.paused, lane.paused[-1], made.state.time_left) == (True, True, "Paused")
    assert made.state.status == "Batch paused."
    made.pause()
    assert (made.state.paused, lane.paused[-1]) == (False, False)
    until(lane, lambda: not made.state.running)


def test_choices_are_saved_and_update_the_list(folder):
    remembered = []
    made, view = page(remembered=remembered)
    made.add([folder])
    made.choose(recursive=False, include="*.png, *.tif")
    assert [row.file for row in view.rows] == ["0.png", "1.png", "2.png", "bad.png"]
    made.choose(scale=3)
    assert made.state.output.endswith("×3")
    assert remembered[-1] == Choices(scale=3, recursive=False, include="*.png, *.tif")
    assert made.state.model.name == "srcnn-9-1-5-x3"


def test_an_invalid_template_shows_an_error_and_starts_nothing(folder):
    made, _ = page()
    made.add([folder])
    made.choose(template="{nam}")
    assert "The name template is {nam}" in made.state.template_error
    assert made.state.example == ""
    assert not made.state.can_start
    made.choose(template="{index:03}_{name}")
    assert made.state.example == "0.png → 001_0.png"
    assert made.state.can_start


def test_a_batch_that_cannot_start_is_a_notice_and_keeps_the_list(folder, tmp_path):
    made, view = page()
    made.add([folder])
    (tmp_path / "file").write_bytes(b"")
    made.choose_output(tmp_path / "file")
    made.start()
    assert made.state.notice.startswith("Nothing can be written in ")
    assert not made.state.running
    assert len(view.rows) == 5
    made.dismiss()
    assert made.state.notice == ""


def test_an_empty_folder_is_a_notice(tmp_path):
    (tmp_path / "empty").mkdir()
    made, _view = page()
    made.add([tmp_path / "empty"])
    assert made.state.notice.startswith("There is no usable picture in ")
    assert not made.state.can_start


def test_visible_rows_get_thumbnails_and_a_report_is_written(folder, tmp_path):
    made, view = page()
    made.add([folder])
    made.load_thumbnails([0, 3])
    assert view.thumbnails[0][0].shape[2] == 3
    assert view.thumbnails[0][1] == "30 × 20"
    assert view.thumbnails[3] == (None, "")
    made.start()
    made.write_report(tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text("utf-8-sig").count("\n") == 6
    made.write_report(tmp_path / "none" / "r.csv")
    assert made.state.notice.startswith("r.csv could not be written")


def test_clear_empties_the_list(folder):
    made, view = page()
    made.add([folder])
    made.clear()
    assert (made.state.source, made.state.counts.total, view.rows) == ("", 0, [])
    assert not made.state.can_start


def test_settings_changed_during_a_batch_are_applied_after_it(folder):
    lane, remembered = SteppedLane(), []
    made, view = page(lane, remembered=remembered)
    made.add([folder])
    made.start()
    made.apply_defaults(device="cpu", ending=".webp")
    assert made.state.choices.device == "auto"
    until(lane, lambda: not made.state.locked)
    assert (made.state.choices.device, made.state.choices.ending) == ("cpu", ".webp")
    assert remembered[-1] == made.state.choices
    assert "failed" in kinds(view), "what became of every file can still be read"
    made.apply_defaults(device="auto")
    assert made.state.choices.device == "auto"
