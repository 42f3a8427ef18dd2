"""The presenter of the Benchmark page, with real evaluations of small images and no threads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import run_job
from engine.datasets import download
from engine.evaluation import job as evaluate
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files as images
from engine.imaging.degradation import Degradation
from engine.imaging.image import Image
from engine.models import catalog
from engine.models.architectures.fsrcnn import Fsrcnn
from engine.upscaling.events import DeviceFallback, PrecisionFallback, TileSizeReduced
from srcnn_gui.pages.benchmark.presenter import BenchmarkLanes, BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, SET5, SET14, BenchmarkSettings, State
from srcnn_gui.runtime.translations import format_psnr, format_signed
from tests.srcnn_gui.lanes import SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.benchmark import fakes as benchmarking
from tests.srcnn_gui.pages.train import fakes as training


class Page:
    """A presenter with its lanes and recorded callbacks."""

    def __init__(self, settings: BenchmarkSettings, run_lane=None, mirror: str = "", results_path=None) -> None:
        self.states: list[State] = []
        self.saved_settings: list[BenchmarkSettings] = []
        self.calls: list[str] = []
        self.run_lane = run_lane or SynchronousLane()
        lanes = BenchmarkLanes(self.run_lane, SynchronousLane(), SynchronousLane(), SynchronousLane())
        models_changed = lambda: self.calls.append("models")  # noqa: E731
        self.presenter = BenchmarkPresenter(
            self, lanes, settings, self.saved_settings.append, models_changed, lambda: mirror, results_path
        )
        self.presenter.on_page_shown()

    def display(self, state: State) -> None:
        self.states.append(state)

    @property
    def state(self) -> State:
        return self.presenter.state

    def means(self) -> dict[str, list[str]]:
        """Return the cells of each row in the table of mean scores, by the name of the row."""
        return {line.title: [cell.text for cell in line.cells] for line in self.state.mean_table.rows}


@pytest.fixture
def settings(monkeypatch, tmp_path):
    with training.one_thread():
        yield benchmarking.prepare(monkeypatch, tmp_path)


def evaluated(settings: BenchmarkSettings, scale: int):
    """Return the result of the engine's evaluation for the small model of a scale."""
    model = catalog.find(f"small x{scale}")
    job = evaluate.run(EvaluateRequest(Path(settings.folder), model, "cpu"))
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value


def test_the_scores_are_those_of_the_engine(settings):
    page = Page(settings)
    assert (page.state.run_text, page.state.can_run, page.state.can_export) == ("Run", True, False)
    page.presenter.run()
    assert not page.state.locked
    assert page.presenter.evaluations() == [evaluated(settings, 2), evaluated(settings, 3)]
    two = evaluated(settings, 2)
    bicubic, mine = format_psnr(two.mean_bicubic.psnr_db), format_psnr(two.mean_model.psnr_db)
    assert page.means()["holiday  ×2"] == ["–", bicubic, "", mine, "", "no ×2", ""]
    page.presenter.select_row(0)
    images = page.state.image_table
    assert [group.columns for group in images.groups] == [("PSNR", "SSIM"), ("PSNR", "SSIM", "Gain")]
    gain = format_signed(two.images[1].model.psnr_db - two.images[1].bicubic.psnr_db, 2)
    assert [line.title for line in images.rows] == ["0", "1", "Mean"]
    assert images.rows[1].cells[4].text == gain
    assert images.rows[2].strong
    assert images.rows[2].cells[0].text == bicubic
    assert (page.state.run_text, page.state.can_export) == ("Run Again", True)
    assert "gain over bicubic" in page.state.verdict.title


def test_scores_appear_as_they_arrive_and_a_partial_mean_is_not_shown(settings):
    page = Page(settings, SteppedLane())
    page.presenter.run()
    assert page.state.locked
    while not page.state.done:
        page.run_lane.step()
    assert page.means()["holiday  ×2"][1:4] == ["1 of 2", "", "1 of 2"]
    assert page.state.image_table.rows[0].cells[0].text
    assert not page.state.image_table.rows[1].cells[0].text
    assert page.state.verdict.title == "holiday ×2, small x2: image 2 of 2"
    assert page.state.total == 4


def test_stopping_keeps_the_results_and_another_run_completes_them(settings):
    page = Page(settings, SteppedLane())
    page.presenter.run()
    while page.state.done < 3:
        page.run_lane.step()
    page.presenter.stop()
    assert not page.state.locked
    assert page.state.verdict.title == "Benchmark stopped, finished scores kept"
    assert page.means()["holiday  ×3"][1] == "1 of 2"
    first = page.means()["holiday  ×2"]
    assert len(page.presenter.evaluations()) == 1
    page.presenter.run()
    assert page.state.total == 2, "only what is missing"
    while page.state.locked:
        page.run_lane.step()
    assert page.means()["holiday  ×2"] == first
    assert len(page.presenter.evaluations()) == 2


def test_the_current_row_is_shown_until_another_is_chosen(settings):
    page = Page(settings, SteppedLane())
    page.presenter.run()
    while page.state.done < 3:
        page.run_lane.step()
    assert page.state.selected_row == 1
    page.presenter.select_row(0)
    page.run_lane.step(30)
    assert page.state.selected_row == 0


def test_arriving_results_do_not_search_for_the_published_sets_again(settings, monkeypatch):
    page, requested, is_downloaded = Page(settings, SteppedLane()), [], download.is_downloaded
    monkeypatch.setattr(download, "is_downloaded", lambda name: requested.append(name) or is_downloaded(name))
    page.presenter.run()
    requested.clear()
    while page.state.done < 3:
        page.run_lane.step()
    page.presenter.select_row(0)
    assert requested == []


def test_a_failed_set_shows_the_reason_and_the_others_continue(settings, tmp_path):
    catalog.find("small x2").path.write_bytes(catalog.find("small x2").path.read_bytes()[:-8])
    page = Page(settings)
    page.presenter.run()
    assert page.means()["holiday  ×2"][3] == "failed"
    cell = page.state.mean_table.rows[0].cells[3]
    assert (cell.tone, "small x2" in cell.tooltip) == ("bad", True)
    assert page.state.notice.endswith("The benchmark continues.")
    assert len(page.presenter.evaluations()) == 1
    assert page.state.run_text == "Run", "the failed one can be tried again"


@pytest.mark.parametrize(
    "event", [DeviceFallback("cuda", "CPU"), PrecisionFallback("float16", "float32"), TileSizeReduced(64, 32)]
)
def test_every_fallback_of_an_evaluation_shows_a_notice(settings, event):
    page = Page(settings, SteppedLane())
    page.presenter.run()
    page.run_lane.step()
    page.presenter._on_event(event)
    assert page.state.notice == event.message


def test_an_unusable_image_is_named(settings, tmp_path):
    (tmp_path / "holiday" / "text.png").write_text("no image")
    page = Page(settings)
    page.presenter.run()
    assert "text.png" in page.state.notice
    here = page.state.mean_table.rows[0].cells[1]
    assert (here.tone, "text.png" in here.tooltip) == ("warning", True)


def test_every_unusable_image_is_listed_and_the_verdict_warns(settings):
    folder = Path(settings.folder)
    for name in ("bad1.png", "bad2.png", "bad3.png", "bad4.png"):
        (folder / name).write_text("no image")
    page = Page(settings)
    page.presenter.run()
    assert page.state.verdict.icon == "warning"
    assert "Skipped: bad1.png, bad2.png, bad3.png, bad4.png." in page.state.verdict.detail
    assert all(name in page.state.notice for name in ("bad1.png", "bad2.png", "bad3.png"))
    assert page.state.notice.endswith("1 more failure. The benchmark continues.")


def test_a_folder_without_images_does_not_replace_the_folder(settings, tmp_path):
    (tmp_path / "empty").mkdir()
    page = Page(settings)
    page.presenter.choose_folder(tmp_path / "empty")
    assert page.state.settings.folder == settings.folder
    assert "empty contains no usable images" in page.state.notice


def test_published_scores_are_shown_before_a_run_and_differences_after(settings, monkeypatch, tmp_path):
    benchmarking.replace_set5(monkeypatch, tmp_path)
    page = Page(replace(settings, test_sets=SET5))
    assert page.means()["Set5  ×3"] == ["30.39", "", "", "no ×3", "", "", ""]
    page.presenter.run()
    (two, three) = page.presenter.evaluations()
    apart = three.mean_model.psnr_db - 32.39
    cells = page.state.mean_table.rows[1].cells
    assert (cells[1].text, cells[6].text) == (format_psnr(three.mean_bicubic.psnr_db), format_signed(apart, 2))
    assert cells[6].tone == ("good" if apart > 0 else "bad")
    assert cells[6].tooltip.startswith("9-1-5(91 images), ECCV 2014")
    assert page.state.verdict.title.startswith("small x")
    assert two.is_complete_set


def test_fsrcnn_is_compared_with_its_own_paper(settings, monkeypatch, tmp_path):
    benchmarking.replace_set5(monkeypatch, tmp_path)
    key = str(benchmarking.make_model("fsrcnn", 3, Fsrcnn()))
    page = Page(replace(settings, test_sets=SET5, scales="3", models=f"{BICUBIC}\n{key}"))
    page.presenter.run()
    (evaluation,) = page.presenter.evaluations()
    difference = page.state.mean_table.rows[0].cells[-1]
    assert difference.text == format_signed(evaluation.mean_model.psnr_db - 33.06, 2)
    assert difference.tooltip == "FSRCNN(91 images), ECCV 2016: 33.06 dB"


def test_without_test_sets_the_page_offers_the_download(settings):
    page = Page(replace(settings, test_sets=f"{SET5}\n{SET14}", models=f"{BICUBIC}\n9-1-5(91 images)"))
    state = page.state
    assert (state.empty, state.can_run) == (True, False)
    assert state.missing.startswith("Not downloaded yet: Set5, Set14, the official weights.")
    assert "license" in state.missing
    assert state.fetch_text == "Download (11.9 MB)"


def test_a_failed_download_shows_a_notice(settings):
    page = Page(replace(settings, test_sets=SET5), mirror="http://127.0.0.1:9/")
    page.presenter.download.toggle()
    assert not page.state.fetching
    assert "baby_GT.bmp can't be downloaded" in page.state.notice
    page = Page(replace(settings, test_sets=SET5), mirror="ftp://nowhere")
    page.presenter.download.toggle()
    assert "mirror" in page.state.notice


def test_choices_are_saved_and_can_be_removed(settings):
    page = Page(settings)
    page.presenter.run()
    page.presenter.toggle_item("scales", "2", False)
    assert list(page.means()) == ["holiday  ×3"]
    assert page.saved_settings[-1].scales == "3"
    page.presenter.toggle_item("test_sets", FOLDER, False)
    assert (page.state.empty, page.state.mean_table.rows) == (True, ())
    page.presenter.toggle_item("test_sets", FOLDER, True)
    page.presenter.toggle_item("scales", "2", True)
    assert page.state.scales == (2, 3)
    assert page.state.run_text == "Run Again", "what was measured is still known"
    page.presenter.change_settings(self_ensemble=True)
    assert page.state.run_text == "Run"
    assert page.state.notes[0].startswith("The models are evaluated with self-ensemble")


def test_a_new_model_is_chosen(settings):
    page = Page(settings)
    path = benchmarking.make_model("new", 3)
    page.presenter.reload_models()
    assert [model.selected for model in page.state.models if model.key == str(path)] == [True]
    path.unlink()
    page.presenter.reload_models()
    assert str(path) not in [model.key for model in page.state.models]


def test_a_model_of_another_page_is_chosen_when_the_page_is_shown(settings):
    page = Page(replace(settings, scales="3\nnonsense"))
    path = benchmarking.make_model("brought", 3)
    page.presenter.on_page_shown()
    assert str(path) in page.state.settings.models.split("\n")
    assert page.state.scales == (3,), "what no scale is is left out"


def test_a_replaced_model_file_is_measured_again(settings):
    page = Page(settings)
    page.presenter.run()
    catalog.find("small x2").path.touch()
    page.presenter.on_page_shown()
    assert page.state.run_text == "Run"


def test_the_tables_are_written_in_the_format_of_the_extension(settings, tmp_path):
    page = Page(settings)
    page.presenter.run()
    page.presenter.export_tables(tmp_path / "table.tex")
    assert (tmp_path / "table.tex").read_text(encoding="utf-8").startswith("% needs")
    assert page.state.status == "Saved as table.tex"
    page.presenter.export_tables(tmp_path / "table.doc")
    assert ".csv, .md, or .tex" in page.state.notice
    assert page.presenter.format_tables().startswith("| Set | Scale | Method |")


def test_an_imported_model_is_chosen(settings, reference_weights):
    page = Page(settings)
    page.presenter.import_model(reference_weights)
    assert page.calls == ["models"]
    page.presenter.reload_models()
    (option,) = [one for one in page.state.models if one.title.startswith("9-1-5")]
    assert option.selected


@pytest.fixture
def reference_weights(data_folder):
    path = data_folder / "official_weights" / "9-1-5(91 images)" / "x3.mat"
    if not path.is_file():
        pytest.skip(f"{data_folder} has no official weights.")
    return path


def test_settings_changed_during_a_run_are_applied_after_it(settings):
    page = Page(replace(settings, device="cpu"), SteppedLane())
    page.presenter.run()
    page.presenter.apply_defaults(device="auto")
    assert page.state.settings.device == "cpu"
    page.presenter.stop()
    assert page.state.settings.device == "auto" == page.saved_settings[-1].device
    assert page.state.verdict.title == "Benchmark stopped, finished scores kept" or not page.presenter.evaluations()
    page.presenter.apply_defaults(device="cpu")
    assert page.state.settings.device == "cpu"


def test_a_folder_with_a_published_set_has_its_published_score(settings, tmp_path):
    folder = tmp_path / "elsewhere" / "Set5"
    folder.mkdir(parents=True)
    image = next(path for path in Path(settings.folder).iterdir() if path.suffix == ".png")
    for number in range(5):
        (folder / f"{number}.png").write_bytes(image.read_bytes())
    page = Page(replace(settings, folder=str(folder), test_sets=f"{SET5}\n{FOLDER}"))
    page.presenter.run()
    (line,) = [line for line in page.state.mean_table.rows if line.tooltip == str(folder) and line.title == "Set5  ×2"]
    printed, here, apart = (cell.text for cell in line.cells[:3])
    assert (printed, apart) == ("33.66", format_signed(float(here) - 33.66, 2))
    assert "5 images, 1 test set, " in page.state.verdict.detail, "the other Set5 is not on this machine"


def test_a_flat_image_is_named_in_the_verdict_and_has_no_gain(settings):
    folder = Path(settings.folder)
    images.write(Image(np.full((60, 60, 1), 77, np.uint8)), folder / "flat.png")
    page = Page(settings)
    page.presenter.run()
    verdict = page.state.verdict
    assert verdict.title == "The gain can't be computed, because a mean PSNR is infinite"
    note = "holiday, scale factor 2: bicubic reproduces flat.png exactly. The mean PSNR is therefore infinite."
    assert note in verdict.detail
    assert page.means()["holiday  ×2"][1] == "∞"
    assert note in page.state.mean_table.rows[0].cells[1].tooltip
    tables = (page.state.mean_table, page.state.image_table)
    texts = [cell.text for table in tables for line in table.rows for cell in line.cells]
    assert not [text for text in texts if "nan" in text]


def test_missing_device_is_named_and_replaced_by_cpu(settings):
    page = Page(replace(settings, device="vulkan:A GPU"))
    page.presenter.set_devices((("cpu", "CPU, 2 threads"),))
    assert page.state.settings.device == "cpu"
    assert page.state.notice == "A GPU isn't available on this computer; using CPU, 2 threads."


def test_results_are_kept_between_sessions(settings, tmp_path):
    path = tmp_path / "results.json"
    before = Page(settings, results_path=path)
    before.presenter.run()
    after = Page(settings, results_path=path)
    assert after.presenter.evaluations() == before.presenter.evaluations()
    assert after.means() == before.means()
    assert (after.state.run_text, after.state.can_export) == ("Run Again", True)

    benchmarking.make_model("small x2", 2)  # replaces the model
    assert len(Page(settings, results_path=path).presenter.evaluations()) == 1


def test_degraded_images_are_scored_by_the_engine(settings):
    page = Page(settings)
    page.presenter.run()
    clean = page.presenter.evaluations()
    page.presenter.change_settings(jpeg_quality=50, noise=5)
    assert page.saved_settings[-1].jpeg_quality == 50
    assert not page.state.can_export, "the clean scores are not those of the degraded images"
    page.presenter.run()
    degraded = page.presenter.evaluations()
    request = EvaluateRequest(
        Path(settings.folder), catalog.find("small x2"), "cpu", degradation=Degradation.parse("noise:5,jpeg:50")
    )
    assert degraded[0] == run_job(evaluate.run(request))
    assert degraded[0].mean_bicubic.psnr_db < clean[0].mean_bicubic.psnr_db
    bicubic, model = degraded[0].mean_bicubic.psnr_db, degraded[0].mean_model.psnr_db
    gain = format_signed(model - bicubic, 2)
    assert page.means()["holiday  ×2"] == [format_psnr(bicubic), format_psnr(model), gain, "no ×2", ""]
    assert page.state.verdict.detail.lower().startswith("noise 5, jpeg quality 50, 2 images")
    assert "degraded" in page.state.notes[0]
    assert "noise:5,jpeg:50" in page.presenter.format_tables()
    page.presenter.change_settings(jpeg_quality=0, noise=0)
    assert page.presenter.evaluations() == clean


def test_degraded_images_have_no_published_scores(monkeypatch, tmp_path):
    settings = benchmarking.prepare(monkeypatch, tmp_path)
    benchmarking.replace_set5(monkeypatch, tmp_path)
    page = Page(replace(settings, test_sets=SET5, models=BICUBIC, scales="2", jpeg_quality=75))
    assert [group.columns for group in page.state.mean_table.groups] == [("Result",)]
    page.presenter.change_settings(jpeg_quality=0)
    assert [group.columns for group in page.state.mean_table.groups] == [("Paper", "Result", "Diff.")]
