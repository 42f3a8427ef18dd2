"""The window's figures are those of `srcnn evaluate`, on every picture of Set5 at each scale."""

import pytest

from engine import evaluate, models
from engine.events import PictureScored
from engine.requests import EvaluateRequest
from srcnn_gui.messages import decibel, similarity
from srcnn_gui.presenters.compare_state import Choices
from tests.srcnn_gui.presenters.pages import presenter


@pytest.mark.parametrize("scale", models.SCALES)
def test_the_readout_is_what_evaluate_prints(data_folder, scale):
    folder = data_folder / "Set5"
    model = models.default_for(scale)
    job = evaluate.run(EvaluateRequest(folder, model))
    scored = {event.name: event for event in job if isinstance(event, PictureScored)}
    assert len(scored) == 5
    made, _view = presenter(choices=Choices(scale=scale, model=model.name, precision="float32"))
    for name, event in scored.items():
        made.pictures.open(folder / name)
        made.choose_truth("reduced")
        assert made.state.name == name
        whole = made.state.readout.whole
        assert whole.psnr[:2] == (decibel(event.bicubic.psnr_db), decibel(event.model.psnr_db))
        assert whole.ssim[:2] == (similarity(event.bicubic.ssim), similarity(event.model.ssim))
