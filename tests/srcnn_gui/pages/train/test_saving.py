"""A model that cannot be saved is offered again."""

from dataclasses import replace

import pytest

from engine.models import catalog
from engine.system import paths
from engine.training import checkpoint_file, runs
from srcnn_gui.pages.train.text import build_end_notification
from tests.srcnn_gui.lanes import SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.train import fakes
from tests.srcnn_gui.pages.train.presenters import Page


@pytest.fixture
def settings(monkeypatch, tmp_path):
    with fakes.one_thread():
        yield fakes.prepare(monkeypatch, tmp_path)


@pytest.fixture
def no_models_folder():
    """Replace the models folder with a file. Return a function that removes the file."""
    paths.models_folder().parent.mkdir(parents=True, exist_ok=True)
    paths.models_folder().write_text("a file")
    return paths.models_folder().unlink


def library_models():
    return [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]


def test_a_completed_model_that_cannot_be_saved_is_offered_again(settings, no_models_folder):
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    (run,) = runs.list_runs()
    assert (page.state.phase, page.state.outcome) == ("idle", None)
    assert str(run.request.output) in page.state.notice
    assert "is trained, but its model is not saved yet" in page.state.interrupted
    assert not page.state.can_resume
    assert page.state.previous_runs == (), "deleting a line of that list deletes the run"

    page.presenter.keep_interrupted()
    assert str(run.request.output) in page.state.notice
    assert "not saved yet" in page.state.interrupted

    page.presenter.resume()
    assert "not saved yet" in page.state.interrupted, "there is nothing left to resume"

    no_models_folder()
    page.presenter.keep_interrupted()
    (model,) = library_models()
    assert page.state.outcome.name == model.name
    assert page.state.outcome.title.startswith("Training done. "), "it was not stopped"
    assert (page.state.notice, page.state.interrupted) == ("", "")
    assert [run.model for run in runs.list_runs()] == [model.name]


def test_at_the_next_start_an_unsaved_model_is_offered(settings, no_models_folder):
    Page(settings, SynchronousLane()).presenter.start()
    again = Page(settings, SynchronousLane())
    again.presenter.run_history.reload()
    assert "not saved yet" in again.state.interrupted
    assert again.calls == ["a run waits"]


def test_a_model_that_cannot_be_saved_sends_a_notification(settings, no_models_folder):
    page = Page(settings, SynchronousLane())
    page.presenter.start()
    at_work = next(state for state in page.view.states if state.is_active)
    assert build_end_notification(at_work, page.state) == ("Model not saved", page.state.notice)


def test_an_interrupted_run_whose_model_cannot_be_saved_can_still_be_resumed(settings, no_models_folder):
    page = page_with_interrupted_run(settings)
    page.presenter.keep_interrupted()
    assert "was interrupted" in page.state.interrupted
    assert page.state.can_resume
    no_models_folder()
    page.presenter.keep_interrupted()
    assert len(library_models()) == 1


def page_with_interrupted_run(settings):
    """Return a new page with an interrupted run."""
    before = Page(replace(settings, minutes=0.0), SteppedLane())
    before.presenter.start()
    before.until(lambda state: state.can_stop)
    before.run.job.close()
    page = Page(settings, SynchronousLane())
    page.presenter.run_history.reload()
    return page


def test_a_run_that_cannot_be_discarded_is_offered_again(settings):
    page = page_with_interrupted_run(settings)
    (run,) = runs.list_runs()
    with checkpoint_file.exclusive_lock(run.request.output):  # as another window does that trains it
        page.presenter.discard_interrupted()
    page.presenter.run_history.reload()
    assert "already being trained" in page.state.notice
    assert "was interrupted" in page.state.interrupted


def test_only_the_run_with_an_unwritable_checkpoint_is_discarded(settings):
    page = Page(replace(settings, minutes=0.0), FailingLane())
    page.presenter.start()
    page.until(lambda state: state.curves.losses)
    page.presenter.discard()
    assert page.state.phase == "idle"
    assert runs.list_runs() == []
    page.presenter.start()
    page.until(lambda state: state.can_stop)
    page.run.fails = False
    page.run.cancel()
    assert len(runs.list_runs()) == 1, "only the first run was discarded"


class FailingLane(SteppedLane):
    """Lane whose job fails when it is canceled, as if the folder of the run had been deleted."""

    fails = True

    def cancel(self):
        if not self.fails:
            super().cancel()
            return
        away = paths.runs_folder().with_name("away")
        paths.runs_folder().rename(away)
        try:
            self.job.close()
        except Exception as error:
            away.rename(paths.runs_folder())
            self.callbacks[2](error)
        else:
            pytest.fail("the checkpoint could be written")
