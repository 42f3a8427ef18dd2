"""The presenter of the Train page, tested with real jobs on small images and without threads."""

import shutil
from dataclasses import replace

import pytest

from engine.models import catalog
from engine.models.weights import load_network
from engine.system import paths
from engine.training import runs
from srcnn_gui.pages.train import request as train_request
from srcnn_gui.pages.train.state import CUSTOM, State
from tests.srcnn_gui.lanes import SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.train import fakes
from tests.srcnn_gui.pages.train.presenters import Page


@pytest.fixture
def settings(monkeypatch, tmp_path):
    with fakes.one_thread():
        yield fakes.prepare(monkeypatch, tmp_path)


@pytest.fixture
def endless(settings):
    """Return a page with a run that continues until it is stopped."""
    return Page(replace(settings, minutes=0.0), SteppedLane())


def has_checkpoint(state: State) -> bool:
    return state.can_stop


def test_a_completed_run_saves_a_model_and_calls_models_changed(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    state = page.state
    assert (state.phase, state.notice) == ("done", "")
    (model,) = [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]
    assert state.outcome.name == model.name
    assert page.calls == ["models"]
    assert state.curves.psnr[0][0] == 0
    assert state.curves.psnr[-1][0] == state.curves.losses[-1][0] > 0
    assert page.view.snapshots[0] is None
    assert page.view.snapshots[-1].filters.shape == (4, 3, 3)
    assert page.view.snapshots[-1].preview is not None
    assert [run.name for run in state.previous_runs] == [model.name]
    page.presenter.run_history.try_model()
    assert page.calls[-1] == model.path.name


def test_the_state_follows_the_run(endless):
    endless.presenter.start()
    assert endless.state.phase == "preparing"
    endless.until(lambda state: state.phase == "running")
    assert endless.state.psnr_subtitle.startswith("dB on 1 validation image")
    assert endless.state.training_set_rows[0] == ("Patches", "20")
    endless.until(has_checkpoint)
    progress = endless.state.progress
    assert progress.title.startswith("Step 20 of 6,250,000")
    assert "patches/s" in progress.rates
    assert progress.time_left.endswith("left")
    assert "gain over bicubic" in progress.best
    assert any("Checkpoint saved" in line for line in endless.state.log)


def test_stopping_keeps_the_best_model(endless):
    endless.presenter.start()
    endless.presenter.stop()
    assert endless.state.is_active, "nothing better than the start yet"
    endless.until(has_checkpoint)
    endless.run.step(7)
    measured_at = [step for step, _psnr_db in endless.state.curves.psnr]
    endless.presenter.stop()
    assert endless.state.phase == "stopping"
    endless.until(lambda state: state.phase == "done")
    assert endless.state.curves.psnr[-1][0] > measured_at[-1], "what there was at the end is measured too"
    best = endless.state.curves.best
    assert endless.state.outcome.title.startswith("Training stopped. Best model: ")
    (model,) = [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]
    assert (model.record["step"], model.record["held_out_psnr_db"]) == (best[0], pytest.approx(best[1], abs=1e-4))
    assert [run.is_unfinished for run in runs.list_runs()] == [False]


def test_discarding_deletes_the_run(endless):
    endless.presenter.start()
    endless.until(has_checkpoint)
    endless.presenter.discard()
    assert (endless.state.phase, endless.state.outcome) == ("idle", None)
    assert endless.state.curves.psnr == ()
    assert list(paths.runs_folder().iterdir()) == []
    assert endless.calls == []


def test_discarding_a_run_before_its_first_step_leaves_the_page_idle(endless):
    endless.presenter.start()
    endless.presenter.discard()
    assert endless.state.phase == "idle"
    assert endless.state.can_start


def test_pausing_pauses_the_lane(endless):
    endless.presenter.start()
    endless.until(has_checkpoint)
    endless.presenter.pause()
    assert (endless.run.paused, endless.state.phase) == ([True], "paused")
    endless.presenter.pause()
    assert (endless.run.paused, endless.state.phase) == ([True, False], "running")


def test_an_interrupted_run_is_offered_and_resumed_with_its_curves(endless, settings):
    endless.presenter.start()
    endless.until(lambda state: len(state.curves.psnr) == 3)
    endless.run.job.close()  # as closing the window does
    curves = endless.state.curves
    again = Page(settings, SteppedLane())
    again.presenter.run_history.reload()
    assert "was interrupted at step 40" in again.state.interrupted
    assert again.calls == ["a run waits"]
    again.presenter.resume()
    assert again.state.interrupted == ""
    assert again.state.curves.losses == curves.losses
    again.until(lambda state: len(state.curves.psnr) == 4)
    assert [step for step, _ in again.state.curves.psnr] == [0, 20, 40, 60]
    assert [step for step, _ in again.state.curves.losses] == [10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize("keep", [True, False])
def test_an_interrupted_run_can_be_kept_or_discarded(keep, endless, settings):
    endless.presenter.start()
    endless.until(has_checkpoint)
    endless.run.job.close()
    again = Page(settings, SynchronousLane())
    again.presenter.run_history.reload()
    (again.presenter.keep_interrupted if keep else again.presenter.discard_interrupted)()
    own = [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]
    assert len(own) == int(keep)
    assert [run.is_unfinished for run in runs.list_runs()] == [False] * int(keep)
    assert again.state.interrupted == ""


def test_a_failure_is_shown_and_the_run_can_be_resumed(endless):
    endless.presenter.start()
    endless.until(has_checkpoint)

    def fail():
        raise MemoryError("none left")
        yield

    endless.run.job = fail()
    endless.run.step()
    assert "none left" in endless.state.notice
    assert endless.state.phase == "idle"
    assert "interrupted" in endless.state.interrupted


def test_the_dataset_summary_is_updated_when_the_page_is_shown_and_after_relevant_changes(settings):
    page = Page(settings, SynchronousLane())
    assert page.state.training_set_rows == ()
    page.presenter.dataset.on_page_shown()
    assert page.state.training_set_rows == (("Patches", "20"), ("Training images", "5"), ("Validation images", "1"))
    page.presenter.dataset.change_setting("validation_size", 2)
    assert dict(page.state.training_set_rows)["Validation images"] == "2"
    page.presenter.dataset.show_patches()
    assert page.view.patches[0].shape[1:] == (33, 33)


def test_choices_are_saved_and_locked_during_a_run(endless):
    endless.presenter.dataset.change_setting("scale", 3)
    assert endless.saved_settings[-1].scale == endless.state.settings.scale == 3
    endless.presenter.start()
    endless.presenter.dataset.change_setting("scale", 4)
    endless.presenter.dataset.choose_preset("paper")
    assert endless.state.settings.scale == 3
    assert endless.state.settings.preset == CUSTOM


def test_a_preset_sets_the_fields_and_a_change_makes_it_custom(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.choose_preset("quick")
    assert (page.state.settings.minutes, page.state.settings.small_start, page.state.estimated_time) == (
        5.0,
        True,
        "about 5 min",
    )
    page.presenter.dataset.change_setting("device", "cpu")
    page.presenter.dataset.change_setting("arch", "9-5-5")
    assert page.state.settings.preset == "quick"
    page.presenter.dataset.change_setting("minutes", 7.0)
    assert page.state.settings.preset == CUSTOM
    page.presenter.dataset.choose_preset("paper")
    assert (page.state.settings.optimizer, page.state.settings.batch_size, page.state.estimated_time) == (
        "sgd",
        128,
        "several days",
    )


@pytest.mark.parametrize("bad", ["9-1", "8-1-5", "nine"])
def test_an_invalid_architecture_shows_a_notice(bad, settings):
    page = Page(replace(settings, arch=bad), SynchronousLane())
    page.presenter.start()
    assert page.state.notice.endswith(".")
    assert page.state.phase == "idle"


def test_without_the_91_images_the_download_is_offered_and_nothing_starts(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.choose_source("t91")
    assert page.state.can_fetch
    assert not page.state.can_start
    assert "license" in page.state.source_note
    page.presenter.start()
    assert page.run.started == 0


def test_images_copied_to_the_data_folder_are_detected(settings, monkeypatch):
    """The message about a failed download suggests to copy the files to this folder."""
    page = Page(replace(settings, source="t91", mirror="http://127.0.0.1:9"), SynchronousLane())
    page.presenter.dataset.on_page_shown()
    page.presenter.dataset.toggle_download()
    folder = paths.data_folder() / "T91"
    assert str(folder) in page.state.notice
    shutil.rmtree(folder, ignore_errors=True)
    fakes.make_images(folder)
    monkeypatch.setattr(train_request.download, "is_downloaded", lambda _name: True)
    page.presenter.dataset.on_page_shown()  # also when the window becomes active
    assert page.state.can_start
    assert not page.state.can_fetch
    assert not page.state.notice
    assert dict(page.state.training_set_rows)["Training images"] == "5"


def test_a_failed_download_shows_a_notice(settings):
    page = Page(replace(settings, source="t91", mirror="ftp://nowhere"), SynchronousLane())
    page.presenter.dataset.toggle_download()
    assert "http" in page.state.notice
    page.presenter.dataset.change_setting("mirror", "http://127.0.0.1:9")
    page.presenter.dataset.toggle_download()
    assert "can't be downloaded" in page.state.notice
    assert not page.state.fetching


def test_the_new_model_can_be_renamed_exported_and_deleted(settings, tmp_path):
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    page.presenter.run_history.rename_model("mine")
    assert (page.state.outcome.name, (paths.models_folder() / "mine.safetensors").exists()) == ("mine", True)
    assert [run.name for run in page.state.previous_runs] == ["mine"]
    page.presenter.run_history.rename_model("a/b")
    assert "can't be used as the name" in page.state.notice
    (tmp_path / "x2.mat").write_bytes(b"replaced")
    page.presenter.run_history.export_model(tmp_path / "x2.mat")
    assert load_network(tmp_path / "x2.mat").info.label == "3-1-3"
    page.presenter.run_history.delete_model()
    assert page.state.outcome is None
    assert list(paths.models_folder().iterdir()) == []
    assert page.calls == ["models"] * 3


def test_earlier_runs_are_drawn_behind_the_curves_and_can_be_deleted(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    (run,) = page.state.previous_runs
    assert not run.shown
    page.presenter.run_history.show_run_curves(run.name, True)
    assert page.state.previous_runs[0].shown
    assert page.state.previous_runs[0].curves.psnr == page.state.curves.psnr
    page.presenter.run_history.delete_run(run.name)
    assert page.state.previous_runs == ()
    assert len(list(paths.models_folder().iterdir())) == 1


def test_a_skipped_image_is_in_the_log(settings, tmp_path):
    (tmp_path / "images" / "text.png").write_text("no image")
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    assert any("text.png" in line for line in page.state.log)


def test_unusable_files_and_subfolders_are_named_before_the_run(settings, tmp_path):
    folder = tmp_path / "images"
    (folder / "text.png").write_text("no image")
    (folder / "more").mkdir()
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.on_page_shown()
    assert page.state.skipped == "Skipped: more, text.png"
    assert "The subfolder more is ignored." in page.state.skipped_reasons
    assert "text.png" in page.state.skipped_reasons
    for number in range(9):
        (folder / f"z{number}.png").write_text("no image")
    page.presenter.dataset.change_setting("seed", 3)
    assert page.state.skipped == "Skipped: more, text.png, z0.png, z1.png and 7 more"
    page.presenter.dataset.choose_source("starter")
    assert page.state.skipped == ""


def test_settings_changed_during_a_run_are_applied_after_it(endless):
    before = endless.state.settings.scale
    endless.presenter.start()
    endless.until(has_checkpoint)
    endless.presenter.dataset.apply_defaults(scale=4)
    assert endless.state.settings.scale == before != 4
    endless.presenter.stop()
    endless.until(lambda state: state.phase == "done")
    assert endless.state.outcome.name
    assert endless.state.settings.scale == 4
