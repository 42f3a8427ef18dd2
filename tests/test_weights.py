"""The models that come with the program: their files, and the bars they must clear on sets they never saw."""

import pytest

from engine.evaluation import job as evaluate
from engine.evaluation.request import EvaluateRequest
from engine.models import catalog
from engine.models.card import describe_training_set
from engine.models.weights import load_network

# (architecture, scale) -> least mean PSNR on Set5 and Set14, dB. The authors' own 9-1-5 on the same 91 images:
# 36.34 and 32.18 at x2, 32.39 and 29.00 at x3, 30.08 and 27.20 at x4, by the same protocol.
BARS = {
    ("9-1-5", 2): (36.63, 32.31),
    ("9-1-5", 3): (32.61, 29.14),
    ("9-1-5", 4): (30.30, 27.34),
    ("9-5-5", 2): (36.90, 32.52),
    ("9-5-5", 3): (32.84, 29.30),
    ("9-5-5", 4): (30.53, 27.48),
}


@pytest.mark.parametrize(("kind", "bars"), BARS.items())
def test_shipped_models_clear_their_bars(kind, bars, data_folder):
    arch, scale = kind
    model = catalog.find(arch, scale)
    for name, bar in zip(("Set5", "Set14"), bars, strict=True):
        job = evaluate.run(EvaluateRequest(data_folder / name, model, "cpu"))
        while True:
            try:
                next(job)
            except StopIteration as stop:
                result = stop.value
                break
        assert result.mean_model.psnr_db >= bar
        scores = model.record["figures"][name]
        assert scores["psnr"] == pytest.approx(result.mean_model.psnr_db, abs=0.005), "the card says what is so"
        assert scores["ssim"] == pytest.approx(result.mean_model.ssim, abs=0.0005)


def test_every_shipped_model_loads_and_is_no_bigger_than_it_says():
    shipped = [model for model in catalog.list_models() if model.path.parent == catalog.built_in_directory()]
    assert shipped
    for model in shipped:
        network = load_network(model.path)
        assert sum(parameter.numel() for parameter in network.parameters()) == model.info.parameter_count
        assert describe_training_set(model.record).startswith("T91, ")
