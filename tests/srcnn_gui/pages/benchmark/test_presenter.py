"""The Benchmark page's decisions: real evaluations of small pictures, run in place or step by step."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import download
from engine.evaluation import job as evaluate
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files as pictures
from engine.imaging.image import Picture
from engine.models import catalog
from engine.upscaling.events import DeviceFellBack, PrecisionFellBack, TileShrunk
from srcnn_gui.pages.benchmark.presenter import BenchmarkLanes, BenchmarkPresenter
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, SET5, SET14, Choices, State
from srcnn_gui.runtime.translations import decibel, signed
from tests.srcnn_gui.lanes import InPlaceLane, SteppedLane
from tests.srcnn_gui.pages.benchmark import fakes as benchmarking
from tests.srcnn_gui.pages.train import fakes as training


class Page:
    """A presenter with its lanes and a record of what it told others."""

    def __init__(self, choices: Choices, run_lane=None, mirror: str = "") -> None:
        self.states: list[State] = []
        self.remembered: list[Choices] = []
        self.told: list[str] = []
        self.run_lane = run_lane or InPlaceLane()
        lanes = BenchmarkLanes(self.run_lane, InPlaceLane(), InPlaceLane(), InPlaceLane())
        told = lambda: self.told.append("models")  # noqa: E731
        self.presenter = BenchmarkPresenter(self, lanes, choices, self.remembered.append, told, lambda: mirror)
        self.presenter.see()

    def display(self, state: State) -> None:
        self.states.append(state)

    @property
    def state(self) -> State:
        return self.presenter.state

    def means(self) -> dict[str, list[str]]:
        """The upper table's words by row."""
        return {line.title: [cell.text for cell in line.cells] for line in self.state.means.lines}


@pytest.fixture
def choices(monkeypatch, tmp_path):
    with training.one_thread():
        yield benchmarking.prepare(monkeypatch, tmp_path)


def evaluated(choices: Choices, scale: int):
    """What `engine evaluate` gives for the small model of a scale."""
    model = catalog.find(f"small x{scale}")
    job = evaluate.run(EvaluateRequest(Path(choices.folder), model, "cpu"))
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value


def test_the_figures_are_those_of_the_engine(choices):
    page = Page(choices)
    assert (page.state.run_words, page.state.can_run, page.state.can_export) == ("Run", True, False)
    page.presenter.run()
    assert not page.state.locked
    assert page.presenter.evaluations() == [evaluated(choices, 2), evaluated(choices, 3)]
    two = evaluated(choices, 2)
    bicubic, mine = decibel(two.mean_bicubic.psnr_db), decibel(two.mean_model.psnr_db)
    assert page.means()["holiday  ×2"] == ["–", bicubic, "", mine, "", "no ×2", ""]
    page.presenter.select(0)
    pictures = page.state.pictures
    assert [group.columns for group in pictures.groups] == [("PSNR", "SSIM"), ("PSNR", "SSIM", "Gain")]
    gain = signed(two.images[1].model.psnr_db - two.images[1].bicubic.psnr_db, 2)
    assert [line.title for line in pictures.lines] == ["0", "1", "Mean"]
    assert pictures.lines[1].cells[4].text == gain
    assert pictures.lines[2].strong
    assert pictures.lines[2].cells[0].text == bicubic
    assert (page.state.run_words, page.state.can_export) == ("Run again", True)
    assert "against bicubic" in page.state.verdict.title


def test_figures_appear_as_they_come_and_an_unfinished_mean_is_none(choices):
    page = Page(choices, SteppedLane())
    page.presenter.run()
    assert page.state.locked
    while not page.state.done:
        page.run_lane.step()
    assert page.means()["holiday  ×2"][1:4] == ["1 of 2", "", "1 of 2"]
    assert page.state.pictures.lines[0].cells[0].text
    assert not page.state.pictures.lines[1].cells[0].text
    assert page.state.verdict.title == "holiday ×2, small x2: picture 2 of 2"
    assert page.state.total == 4


def test_stopping_keeps_what_was_measured_and_a_run_does_the_rest(choices):
    page = Page(choices, SteppedLane())
    page.presenter.run()
    while page.state.done < 3:
        page.run_lane.step()
    page.presenter.stop()
    assert not page.state.locked
    assert page.state.verdict.title == "Stopped. What was measured is kept"
    assert page.means()["holiday  ×3"][1] == "1 of 2"
    first = page.means()["holiday  ×2"]
    assert len(page.presenter.evaluations()) == 1
    page.presenter.run()
    assert page.state.total == 2, "only what is missing"
    while page.state.locked:
        page.run_lane.step()
    assert page.means()["holiday  ×2"] == first
    assert len(page.presenter.evaluations()) == 2


def test_the_row_in_work_is_shown_until_another_is_chosen(choices):
    page = Page(choices, SteppedLane())
    page.presenter.run()
    while page.state.done < 3:
        page.run_lane.step()
    assert page.state.row == 1
    page.presenter.select(0)
    page.run_lane.step(30)
    assert page.state.row == 0


def test_results_that_arrive_do_not_look_for_the_published_sets_again(choices, monkeypatch):
    page, asked, is_there = Page(choices, SteppedLane()), [], download.is_there
    monkeypatch.setattr(download, "is_there", lambda name: asked.append(name) or is_there(name))
    page.presenter.run()
    asked.clear()
    while page.state.done < 3:
        page.run_lane.step()
    page.presenter.select(0)
    assert asked == []


def test_a_set_that_fails_says_why_and_the_others_go_on(choices, tmp_path):
    catalog.find("small x2").path.write_bytes(catalog.find("small x2").path.read_bytes()[:-8])
    page = Page(choices)
    page.presenter.run()
    assert page.means()["holiday  ×2"][3] == "failed"
    cell = page.state.means.lines[0].cells[3]
    assert (cell.tone, "small x2" in cell.tip) == ("bad", True)
    assert page.state.notice.endswith("The others go on.")
    assert len(page.presenter.evaluations()) == 1
    assert page.state.run_words == "Run", "the failed one can be tried again"


@pytest.mark.parametrize(
    "event", [DeviceFellBack("cuda", "CPU"), PrecisionFellBack("float16", "float32"), TileShrunk(64, 32)]
)
def test_every_fallback_of_an_evaluation_is_a_notice(choices, event):
    page = Page(choices, SteppedLane())
    page.presenter.run()
    page.run_lane.step()
    page.presenter._heard(event)
    assert page.state.notice == event.sentence


def test_a_picture_that_cannot_be_used_is_named(choices, tmp_path):
    (tmp_path / "holiday" / "text.png").write_text("no picture")
    page = Page(choices)
    page.presenter.run()
    assert "text.png" in page.state.notice
    here = page.state.means.lines[0].cells[1]
    assert (here.tone, "text.png" in here.tip) == ("warning", True)


def test_printed_figures_are_there_before_and_differences_after(choices, monkeypatch, tmp_path):
    benchmarking.pretend_set5(monkeypatch, tmp_path)
    page = Page(replace(choices, sets=SET5))
    assert page.means()["Set5  ×3"] == ["30.39", "", "", "no ×3", "", "", ""]
    page.presenter.run()
    (two, three) = page.presenter.evaluations()
    apart = three.mean_model.psnr_db - 32.39
    cells = page.state.means.lines[1].cells
    assert (cells[1].text, cells[6].text) == (decibel(three.mean_bicubic.psnr_db), signed(apart, 2))
    assert cells[6].tone == ("good" if apart > 0 else "bad")
    assert cells[6].tip.startswith("9-1-5(91 images), ECCV 2014")
    assert page.state.verdict.title.startswith("small x")
    assert two.is_whole_set


def test_nothing_on_this_machine_is_an_empty_page_that_offers_the_download(choices):
    page = Page(replace(choices, sets=f"{SET5}\n{SET14}", models=f"{BICUBIC}\n9-1-5(91 images)"))
    state = page.state
    assert (state.empty, state.can_run) == (True, False)
    assert state.missing.startswith("Not on this machine yet: Set5, Set14, the authors’ weights.")
    assert "licence" in state.missing
    assert state.fetch_words == "Download (11.9 MB)"


def test_a_download_that_fails_says_why(choices):
    page = Page(replace(choices, sets=SET5), mirror="http://127.0.0.1:9/")
    page.presenter.download.fetch()
    assert not page.state.fetching
    assert "baby_GT.bmp could not be downloaded" in page.state.notice
    page = Page(replace(choices, sets=SET5), mirror="ftp://nowhere")
    page.presenter.download.fetch()
    assert "mirror" in page.state.notice


def test_choices_are_remembered_and_leaving_out_leaves_out(choices):
    page = Page(choices)
    page.presenter.run()
    page.presenter.toggle("scales", "2", False)
    assert list(page.means()) == ["holiday  ×3"]
    assert page.remembered[-1].scales == "3"
    page.presenter.toggle("sets", FOLDER, False)
    assert (page.state.empty, page.state.means.lines) == (True, ())
    page.presenter.toggle("sets", FOLDER, True)
    page.presenter.toggle("scales", "2", True)
    assert page.state.scales == (2, 3)
    assert page.state.run_words == "Run again", "what was measured is still known"
    page.presenter.choose(ensemble=True)
    assert page.state.run_words == "Run"
    assert page.state.notes[0].startswith("Each model averages eight orientations")


def test_a_model_that_was_just_trained_takes_part(choices):
    page = Page(choices)
    path = benchmarking.make_model("new", 3)
    page.presenter.models_changed()
    assert [model.chosen for model in page.state.models if model.key == str(path)] == [True]
    path.unlink()
    page.presenter.models_changed()
    assert str(path) not in [model.key for model in page.state.models]


def test_a_model_that_another_page_brought_takes_part_when_the_page_is_seen(choices):
    page = Page(replace(choices, scales="3\nnonsense"))
    path = benchmarking.make_model("brought", 3)
    page.presenter.see()
    assert str(path) in page.state.choices.models.split("\n")
    assert page.state.scales == (3,), "what no scale is is left out"


def test_another_network_under_the_same_name_is_measured_anew(choices):
    page = Page(choices)
    page.presenter.run()
    catalog.find("small x2").path.touch()
    page.presenter.see()
    assert page.state.run_words == "Run"


def test_the_tables_are_written_in_the_format_of_the_ending(choices, tmp_path):
    page = Page(choices)
    page.presenter.run()
    page.presenter.export(tmp_path / "table.tex")
    assert (tmp_path / "table.tex").read_text(encoding="utf-8").startswith("% needs")
    assert page.state.status == "Written: table.tex"
    page.presenter.export(tmp_path / "table.doc")
    assert ".csv, .md or .tex" in page.state.notice
    assert page.presenter.table().startswith("| Set | Scale | Method |")


def test_an_imported_model_takes_part(choices, reference_weights):
    page = Page(choices)
    page.presenter.import_model(reference_weights)
    assert page.told == ["models"]
    page.presenter.models_changed()
    (option,) = [one for one in page.state.models if one.title.startswith("9-1-5")]
    assert option.chosen


@pytest.fixture
def reference_weights(data_folder):
    path = data_folder / "official_weights" / "9-1-5(91 images)" / "x3.mat"
    if not path.is_file():
        pytest.skip(f"{data_folder} has no official weights.")
    return path


def test_what_is_set_for_all_while_it_runs_is_taken_at_its_end(choices):
    page = Page(replace(choices, device="cpu"), SteppedLane())
    page.presenter.run()
    page.presenter.take(device="auto")
    assert page.state.choices.device == "cpu"
    page.presenter.stop()
    assert page.state.choices.device == "auto" == page.remembered[-1].device
    assert page.state.verdict.title == "Stopped. What was measured is kept" or not page.presenter.evaluations()
    page.presenter.take(device="cpu")
    assert page.state.choices.device == "cpu"


def test_a_folder_that_is_a_set_of_the_papers_has_their_figure_beside_the_difference(choices, tmp_path):
    folder = tmp_path / "elsewhere" / "Set5"
    folder.mkdir(parents=True)
    picture = next(path for path in Path(choices.folder).iterdir() if path.suffix == ".png")
    for number in range(5):
        (folder / f"{number}.png").write_bytes(picture.read_bytes())
    page = Page(replace(choices, folder=str(folder), sets=f"{SET5}\n{FOLDER}"))
    page.presenter.run()
    (line,) = [line for line in page.state.means.lines if line.tip == str(folder) and line.title == "Set5  ×2"]
    printed, here, apart = (cell.text for cell in line.cells[:3])
    assert (printed, apart) == ("33.66", signed(float(here) - 33.66, 2))
    assert "5 pictures, 1 set, " in page.state.verdict.detail, "the other Set5 is not on this machine"


def test_a_flat_image_is_named_in_the_verdict_and_compared_with_nothing(choices):
    folder = Path(choices.folder)
    pictures.write(Picture(np.full((60, 60, 1), 77, np.uint8)), folder / "flat.png")
    page = Page(choices)
    page.presenter.run()
    verdict = page.state.verdict
    assert verdict.title == "A mean PSNR is infinite"
    note = "holiday, scale 2: bicubic reproduces flat.png exactly, so its PSNR there and its mean PSNR are infinite."
    assert note in verdict.detail
    assert page.means()["holiday  ×2"][1] == "∞"
    assert note in page.state.means.lines[0].cells[1].tip
    told = [
        cell.text for table in (page.state.means, page.state.pictures) for line in table.lines for cell in line.cells
    ]
    assert not [text for text in told if "nan" in text]
