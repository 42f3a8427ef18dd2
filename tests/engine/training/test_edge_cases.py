"""Edge cases of training: flat images, which bicubic reproduces exactly, and the largest seed."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import job as train
from engine.training.events import StepDone, TrainingStats, Validated
from engine.training.patches import TrainingImage
from engine.training.request import PAPER_RECIPE, SEED_LIMIT, STANDARD_RECIPE, Recipe, TrainRequest
from engine.training.validation import MAX_PSNR_DB, ValidationSet

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
QUICK = Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4)


@pytest.fixture
def flat_folder(tmp_path):
    """Create six flat images with different levels, including 0 and 255."""
    folder = tmp_path / "flat"
    folder.mkdir()
    for level in (0, 50, 100, 150, 200, 255):
        image_files.write(Image(np.full((48, 50, 3), level, np.uint8)), folder / f"{level}.png")
    return folder


@pytest.fixture
def request_for(tmp_path):
    def make(source, **changes):
        usual = {"source": source, "info": SPEC, "output": tmp_path / "own.safetensors", "device": "cpu"}
        return TrainRequest(**usual | {"steps": 20, "recipe": QUICK, "validation_size": 2} | changes)

    return make


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def of_kind(kind, events):
    return [event for event in events if isinstance(event, kind)]


RECIPES = {
    "standard": replace(STANDARD_RECIPE, batch_size=8, warmup_steps=4),
    "least balance": replace(QUICK, loss_weighting=1e-6),
    "most balance": replace(QUICK, loss_weighting=100.0),
    "plain": QUICK,
    "rescaled": replace(STANDARD_RECIPE, batch_size=8, rescales=(0.9,), quantized_share=0.5),
    "paper": replace(PAPER_RECIPE, batch_size=8),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_flat_images_train_to_finite_weights(recipe, flat_folder, request_for, drive):
    events, trained = drive(train.run(request_for(flat_folder, recipe=recipe)))
    assert torch.isfinite(weights_in(trained.model.path)).all()
    losses = [event.loss for event in of_kind(TrainingStats, events)]
    validations = of_kind(Validated, events)
    assert losses
    assert np.isfinite(losses).all()
    assert np.isfinite([event.psnr_db for event in validations]).all()
    assert {event.bicubic_psnr_db for event in validations} == {MAX_PSNR_DB}, "bicubic is exact on a flat image"


def test_flat_validation_image_is_ignored(texture, drive):
    """The scores of a validation set with a flat image equal the scores without this image."""
    busy = TrainingImage("busy", texture(60, 66, 1)[:, :, 0])
    flat = TrainingImage("flat", np.full((60, 66), 77, np.uint8))
    both, only_busy = ValidationSet([flat, busy], SPEC), ValidationSet([busy], SPEC)
    assert both.bicubic_psnr_db == only_busy.bicubic_psnr_db < 60

    def darker(window):
        return window[:, 3:-3, 3:-3] - 5 / 255

    assert both.psnr_db(darker) == only_busy.psnr_db(darker)


def test_model_card_is_standard_json(tiny_network):
    metadata = catalog.to_metadata(SPEC, {"held_out_psnr_db": float("inf"), "curve": [[0, float("nan")]]})

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    card = json.loads(metadata[catalog.HEADER_KEY], parse_constant=refuse)
    assert card["record"] == {"held_out_psnr_db": "inf", "curve": [[0, "nan"]]}


def test_flat_patches_of_a_file_train_to_finite_weights(tmp_path, request_for, drive):
    path = tmp_path / "flat.h5"
    levels = np.linspace(0, 1, 40, dtype=np.float32)[:, None, None, None]
    with h5py.File(path, "w") as file:
        file["data"] = np.broadcast_to(levels, (40, 1, 33, 33))
        file["label"] = np.broadcast_to(levels, (40, 1, 27, 27))
    request = request_for(path, recipe=RECIPES["standard"], validation_size=8)
    events, trained = drive(train.run(request))
    assert torch.isfinite(weights_in(trained.model.path)).all()
    assert np.isfinite([event.psnr_db for event in of_kind(Validated, events)]).all()


def test_the_largest_seed_trains_and_resumes(training_folder, request_for, drive, tmp_path):
    def asked(name, seed=SEED_LIMIT - 1):
        return request_for(training_folder, seed=seed, steps=60, output=tmp_path / f"{name}.safetensors")

    whole, other = (
        drive(train.run(request))[1].model.path for request in (asked("whole"), asked("other", SEED_LIMIT - 2))
    )
    job = train.run(asked("cut"))
    next(event for event in job if isinstance(event, StepDone) and event.step == 30)
    job.close()
    _, resumed = drive(train.run(replace(asked("cut"), steps=None, resume=True)))
    assert torch.equal(weights_in(whole), weights_in(resumed.model.path))
    assert not torch.equal(weights_in(whole), weights_in(other))


def test_torch_ignores_upper_bits_of_seed():
    """This is the reason for the upper limit of the seed."""
    first, second = (torch.rand(4, generator=torch.Generator().manual_seed(seed)) for seed in (1, SEED_LIMIT + 1))
    assert torch.equal(first, second)
