"""Training on small images."""

import math
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.datasets.events import FileFailed
from engine.errors import DeviceUnknown, InvalidSetting, ModelUnwritable, NoImages, TrainingDiverged
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.inference.process_group import ProcessGroup
from engine.inference.torch_backend import TorchBackend
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import job as train
from engine.training import patch_files, patches, stopwatch
from engine.training.events import PatchesBuilt, PreparingPatches, StepDone, TrainingStats, Validated
from engine.training.patches import PatchSet
from engine.training.request import PAPER_RECIPE, ExportRequest, Recipe, TrainRequest
from engine.training.validation import ValidationSet
from engine.upscaling.events import DeviceFallback

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
QUICK = Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4)


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "info": SPEC, "output": tmp_path / "own.safetensors", "device": "cpu"}
        usual |= {"steps": 60, "recipe": QUICK, "validation_size": 2}
        return TrainRequest(**usual | changes)

    return make


def of_kind(kind, events):
    return [event for event in events if isinstance(event, kind)]


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def test_short_run_improves_psnr(request_for, drive):
    events, trained = drive(train.run(request_for(steps=150)))
    steps, checks = of_kind(TrainingStats, events), of_kind(Validated, events)
    assert steps[-1].loss < 0.9 * steps[0].loss
    assert checks[-1].psnr_db > checks[0].psnr_db
    assert trained.psnr_db > trained.bicubic_psnr_db + 0.3


def test_events_have_the_expected_order(request_for, drive):
    events, trained = drive(train.run(request_for()))
    gathered = [(event.stage, event.done, event.total) for event in of_kind(PreparingPatches, events)]
    assert gathered == [("read", done, 6) for done in range(6)] + [("cut", done, 4) for done in range(4)]
    assert events[10] == PatchesBuilt(
        patches=16, images=4, validation_size=2, preview_images=events[10].preview_images
    )
    assert len(events[10].preview_images) == 2
    assert [event.step for event in of_kind(TrainingStats, events)] == [10, 20, 30, 40, 50, 60]
    assert [event.step for event in of_kind(Validated, events)] == [0, 20, 40, 60]
    assert [event.step for event in of_kind(StepDone, events)] == list(range(1, 61))
    assert {event.steps for event in of_kind(TrainingStats, events)} == {60}
    assert all(event.patches_per_s > 0 and event.seconds_left >= 0 for event in of_kind(TrainingStats, events))
    assert of_kind(TrainingStats, events)[-1].seconds_left == 0
    assert trained.steps == 60


def test_saved_model_has_its_card(request_for, drive):
    request = request_for()
    _, trained = drive(train.run(request))
    assert trained.model == catalog.read_model(request.output)
    assert trained.model.info == SPEC
    record = trained.model.record
    assert record["held_out_psnr_db"] == pytest.approx(trained.psnr_db, abs=1e-4)
    assert record["trained_on"] == {"name": "images", "images": 4}
    assert len(record["held_out"]) == 2
    assert (record["seed"], record["warm_start"]) == (0, None)
    assert sorted(path.name for path in request.output.parent.iterdir()) == ["images", "own.safetensors"]


def test_saved_model_has_reported_psnr(request_for, drive):
    request = request_for()
    _, trained = drive(train.run(request))
    _, usable = drive(patches.read_training_images(sorted(request.source.iterdir()), SPEC))
    _, kept_apart = patches.split_validation(usable, 2, 0)
    held_out = ValidationSet(kept_apart, SPEC)
    network = load_network(request.output)
    assert held_out.psnr_db(TorchBackend(network, torch.device("cpu"))) == pytest.approx(trained.psnr_db, abs=1e-6)
    assert held_out.bicubic_psnr_db == trained.bicubic_psnr_db


def test_the_same_seed_gives_identical_weights(request_for, tmp_path, drive):
    outputs = [tmp_path / f"{name}.safetensors" for name in ("first", "second", "other")]
    for output, seed in zip(outputs, (7, 7, 8), strict=True):
        drive(train.run(request_for(output=output, seed=seed, steps=20)))
    first, second, other = map(weights_in, outputs)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_only_a_better_model_replaces_the_saved_one(request_for, monkeypatch):
    figures = iter([28.0, 30.0, 29.0, 31.0])
    monkeypatch.setattr(ValidationSet, "psnr_db", lambda *_: next(figures))
    request = request_for()
    checks = (event for event in train.run(request) if isinstance(event, Validated))
    kept = [(check.is_best, catalog.read_model(request.output).record["step"]) for check in checks]
    assert kept == [(True, 0), (True, 20), (False, 20), (True, 60)]


@pytest.mark.parametrize(
    "arch", [SPEC, ModelInfo(Srcnn(1, 1, 1, n1=4, n2=4), 2), ModelInfo(Srcnn(9, 5, 5, n1=4, n2=4), 3)]
)
def test_any_architecture_and_scale_can_be_trained(arch, request_for, drive):
    _, trained = drive(train.run(request_for(info=arch, steps=10)))
    assert load_network(trained.model.path).info == arch
    assert math.isfinite(trained.psnr_db)


def test_paper_recipe_improves_psnr(request_for, drive):
    start = _loss_of(request_for(recipe=PAPER_RECIPE, steps=10), drive)
    faster = replace(PAPER_RECIPE, learning_rate=1e-2, batch_size=8)  # the paper's own rate needs days
    later = _loss_of(request_for(recipe=faster, steps=200, overwrite=True), drive)
    assert later < 0.7 * start


def _loss_of(request, drive):
    events, _ = drive(train.run(request))
    return of_kind(TrainingStats, events)[-1].loss


def test_rescaled_copies_add_patches(request_for, drive):
    events, _ = drive(train.run(request_for(recipe=replace(QUICK, rescales=(0.8,)), steps=1)))
    assert [built.patches for built in of_kind(PatchesBuilt, events)] == [16 + 4]


def test_closed_run_keeps_model(request_for):
    request = request_for(steps=100_000)
    job = train.run(request)
    check = next(event for event in job if isinstance(event, Validated) and event.step)
    job.close()
    assert list(job) == []
    assert catalog.read_model(request.output).record["held_out_psnr_db"] == pytest.approx(check.psnr_db, abs=1e-4)
    assert torch.isfinite(weights_in(request.output)).all()


def test_run_closed_at_start_keeps_initial_model(request_for):
    request = request_for(steps=100_000)
    job = train.run(request)
    next(event for event in job if isinstance(event, StepDone))
    job.close()
    assert catalog.read_model(request.output).record["step"] == 0


def test_epochs_are_converted_to_steps(request_for, drive):
    _, trained = drive(train.run(request_for(steps=None, epochs=3)))
    assert trained.steps == 3 * (16 // QUICK.batch_size)


@pytest.mark.parametrize(
    "recipe",
    [replace(QUICK, optimizer="adamw", weight_decay=0.1), replace(QUICK, grad_clip=0.01, quantized_share=0.5)],
)
def test_recipe_options_change_weights(recipe, request_for, tmp_path, drive):
    _, usual = drive(train.run(request_for()))
    _, other = drive(train.run(request_for(recipe=recipe, output=tmp_path / "other.safetensors")))
    assert not torch.equal(weights_in(usual.model.path), weights_in(other.model.path))
    assert other.psnr_db > other.bicubic_psnr_db
    assert Recipe.from_dict(other.model.record["recipe"]) == recipe


def test_patch_file_trains_like_images(request_for, training_folder, tmp_path, drive):
    path = tmp_path / "train.h5"
    drive(patch_files.export(ExportRequest(training_folder, SPEC, path)))
    events, trained = drive(train.run(request_for(source=path, validation_size=None, steps=150)))
    assert events[0] == PatchesBuilt(patches=23, images=None, validation_size=1)
    assert trained.psnr_db > trained.bicubic_psnr_db
    assert trained.model.record["trained_on"] == {"name": "train.h5", "patches": 23}
    assert trained.model.record["held_out"] == {"patches": 1}
    assert trained.model.record["curve"][-1] == [150, round(trained.psnr_db, 4)]


def test_nan_loss_stops_run(request_for, drive, monkeypatch, plain_sentence):
    def with_a_hole(*arguments):
        built = yield from build(*arguments)
        return PatchSet(built.inputs, np.full_like(built.labels, np.nan))

    build = patches.build_patch_set
    monkeypatch.setattr(patches, "build_patch_set", with_a_hole)
    request = request_for()
    with pytest.raises(TrainingDiverged) as refused:
        drive(train.run(request))
    assert str(refused.value).startswith("The loss became nan at step 10")
    assert "learning rate" in str(refused.value)
    assert torch.isfinite(weights_in(request.output)).all()


def test_high_learning_rate_never_saves_bad_weights(request_for, drive):
    request = request_for(recipe=replace(QUICK, learning_rate=0.99), steps=60)
    try:
        _, trained = drive(train.run(request))
    except TrainingDiverged:
        return
    assert math.isfinite(trained.psnr_db)
    assert torch.isfinite(weights_in(request.output)).all()


def test_last_loss_is_a_mean_over_as_many_steps_as_the_others(request_for, monkeypatch, drive):
    """Otherwise, the curve would end with a mean over fewer steps, which has more noise."""
    losses = {}
    for every in (1, 10):
        monkeypatch.setattr(train, "REPORT_EVERY", every)
        events, _ = drive(train.run(request_for(steps=33, overwrite=True)))
        losses[every] = {event.step: event.loss for event in of_kind(TrainingStats, events)}
    assert list(losses[10]) == [10, 20, 30, 33]
    for step, loss in losses[10].items():
        assert loss == pytest.approx(np.mean([losses[1][before] for before in range(step - 9, step + 1)]), rel=1e-5)


def test_best_step_is_0_if_no_step_was_an_improvement(request_for, tmp_path, drive):
    _, first = drive(train.run(request_for()))
    harmful = replace(QUICK, learning_rate=0.1, warmup_steps=0)
    output = tmp_path / "worse.safetensors"
    _, worse = drive(train.run(request_for(warm_start=first.model, output=output, recipe=harmful, steps=8)))
    assert (first.best_step > 0, worse.best_step) == (True, 0)
    assert worse.psnr_db == first.psnr_db


def test_warm_start_uses_other_weights(request_for, tmp_path, drive):
    _, first = drive(train.run(request_for()))
    slow = replace(QUICK, learning_rate=1e-9)
    again = request_for(warm_start=first.model, output=tmp_path / "warm.safetensors", recipe=slow, steps=4)
    _, warm = drive(train.run(again))
    assert torch.allclose(weights_in(first.model.path), weights_in(warm.model.path), atol=1e-6)
    assert warm.model.record["warm_start"] == first.model.name
    assert warm.psnr_db == pytest.approx(first.psnr_db, abs=0.01)


def test_identical_images_are_in_the_same_set_of_run(training_folder, request_for, drive):
    (training_folder / "copy of 0.png").write_bytes((training_folder / "0.png").read_bytes())
    for seed in range(4):
        _, trained = drive(train.run(request_for(seed=seed, steps=1, overwrite=True)))
        held_out = set(trained.model.record["held_out"])
        assert len(held_out & {"0.png", "copy of 0.png"}) in (0, 2)


def test_unusable_images_are_reported_and_skipped(training_folder, request_for, texture, drive):
    (training_folder / "broken.png").write_bytes(b"no image")
    image_files.write(Image(texture(20, 20)), training_folder / "small.png")
    events, _ = drive(train.run(request_for(steps=1)))
    assert {event.path.name for event in of_kind(FileFailed, events)} == {"broken.png", "small.png"}
    assert [(built.patches, built.images, built.validation_size) for built in of_kind(PatchesBuilt, events)] == [
        (16, 4, 2)
    ]


def test_single_image_is_an_error(request_for, training_folder, drive):
    for number in range(1, 6):
        (training_folder / f"{number}.png").unlink()
    with pytest.raises(NoImages):
        drive(train.run(request_for()))


def test_missing_output_folder_is_an_error(request_for, tmp_path, plain_sentence):
    with pytest.raises(ModelUnwritable) as refused:
        next(train.run(request_for(output=tmp_path / "nowhere" / "own.safetensors")))
    plain_sentence(refused.value, "own.safetensors")


def test_missing_device_falls_back_to_cpu(request_for, drive, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    events, _ = drive(train.run(request_for(device="cuda", steps=1)))
    assert isinstance(events[0], DeviceFallback)
    with pytest.raises(DeviceUnknown):
        next(train.run(request_for(device="abacus", overwrite=True)))


class Clock:
    """A clock that advances by 10 µs per call, and on demand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1e-5
        return self.now


@pytest.mark.parametrize("pause_s", [0, 3600])
def test_minutes_are_converted_to_steps_without_pauses(pause_s, request_for, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(stopwatch, "perf_counter", clock)
    monkeypatch.setattr(train, "REPORT_EVERY", 100)
    job = train.run(request_for(steps=None, minutes=0.5))
    assert next(event for event in job if isinstance(event, PatchesBuilt))
    clock.now += pause_s
    assert next(event for event in job if isinstance(event, StepDone) and event.step == 40)
    clock.now += pause_s
    first = next(event for event in job if isinstance(event, TrainingStats))
    job.close()
    assert first.steps > 1_000_000  # 30 s at a look a step
    assert first.patches_per_s > 100_000


def test_network_without_halo_trains_on_patch_file(request_for, training_folder, tmp_path, drive):
    path, info = tmp_path / "train.h5", ModelInfo(Srcnn(1, 1, 1, n1=4, n2=4), 2)
    drive(patch_files.export(ExportRequest(training_folder, info, path)))
    _, trained = drive(train.run(request_for(source=path, info=info, validation_size=2, steps=5)))
    assert math.isfinite(trained.bicubic_psnr_db)


def test_more_processes_than_patches_is_an_error(request_for, drive, monkeypatch):
    monkeypatch.setattr(train.process_group, "connect", lambda _: nullcontext(ProcessGroup(0, 9)))
    with pytest.raises(InvalidSetting, match="batch size of at least 9"):
        drive(train.run(request_for()))
