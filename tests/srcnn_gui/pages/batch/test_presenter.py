"""The presenter of the Batch page, tested with the real engine, but without Qt or threads."""

import pytest

from engine.imaging.codecs import image_files
from engine.system import paths
from srcnn_gui.pages.batch.presenter import BatchLanes, BatchPresenter
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


def page(lane=None, settings=None, saved_settings=None):
    view = RecordingView()
    lanes = BatchLanes(lane or SynchronousLane(), SynchronousLane(), SynchronousLane(), SynchronousLane())
    save_settings = (saved_settings if saved_settings is not None else []).append
    return BatchPresenter(view, lanes, settings or BatchSettings(scale=2), save_settings), view


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
    presenter.start()
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
    presenter.add([folder / "unter"])
    assert presenter.state.notice.startswith("Files can't be added while a batch is running.")
    presenter.clear()
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


def test_missing_device_is_named_and_replaced_by_cpu():
    presenter, _view = page(settings=BatchSettings(device="vulkan:A GPU"))
    presenter.set_devices((("vulkan:A GPU", "A GPU (Vulkan)"), ("cpu", "CPU, 2 threads")))
    assert (presenter.state.settings.device, presenter.state.notice) == ("vulkan:A GPU", "")
    presenter.set_devices((("cpu", "CPU, 2 threads"),))
    assert presenter.state.settings.device == "cpu"
    assert presenter.state.notice == "A GPU isn't available on this computer; using CPU, 2 threads."
