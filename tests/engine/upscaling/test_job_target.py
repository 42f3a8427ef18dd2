"""Upscaling to a target size, and scoring against a separate ground truth."""

import numpy as np
import PIL.Image
import pytest

from engine.errors import EngineError, InvalidSetting, SizeMismatch, WouldLoseData
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.resample import imresize
from engine.imaging.tiles import Rect, plan_tiles
from engine.inference.torch_backend import TorchBackend
from engine.models import catalog
from engine.models.weights import load_network
from engine.upscaling import low_res
from engine.upscaling.events import BicubicFallback, Started
from engine.upscaling.job import render_tile, upscale, upscale_file
from engine.upscaling.low_res import LowResImage
from engine.upscaling.request import Target, UpscaleRequest


@pytest.fixture
def drive_upscale(drive):
    return lambda image, request, ground_truth=None: drive(upscale(image, request, ground_truth))


@pytest.mark.parametrize(
    ("scale_factor", "scale"), [(1, 2), (1.5, 2), (2, 2), (2.5, 3), (3, 3), (3.01, 4), (4, 4), (7.5, 4), (16, 4)]
)
def test_model_for_next_larger_scale_is_used(scale_factor, scale):
    asked = catalog.find("9-1-5", 3)
    found = catalog.select_for_scale(asked, scale_factor)
    assert (found.info.scale, found.info.label) == (scale, "9-1-5")


def test_single_model_is_used_for_all_scales(tiny_model):
    own = tiny_model(scale=2)
    assert catalog.select_for_scale(own, 3.5) is own


@pytest.mark.parametrize(("scale_factor", "beyond"), [(5, False), (6, False), (7, True)])
def test_user_model_is_used_beyond_its_scale(scale_factor, beyond, tiny_model, texture, drive_upscale):
    """The result equals the result at the scale of the model, resized with imresize."""
    own, small = tiny_model(arch="9-1-5", scale=6, n1=64, n2=32), texture(14, 15, 1)
    events, result = drive_upscale(Image(small), UpscaleRequest(own, "cpu", target=Target(scale_factor)))
    assert next(event for event in events if isinstance(event, Started)).model == own.name
    fallbacks = [event for event in events if isinstance(event, BicubicFallback)]
    assert fallbacks == ([BicubicFallback(own.name, 6)] if beyond else [])
    _, alone = drive_upscale(Image(small), UpscaleRequest(own, "cpu"))
    expected = imresize(alone.image.pixels[:, :, 0] / 255, (14 * scale_factor, 15 * scale_factor)) * 255
    assert np.abs(result.image.pixels[:, :, 0] - np.clip(expected, 0, 255)).max() < 2, "two roundings apart"


def test_scale_beyond_built_in_models_is_reported(texture, drive_upscale):
    asked = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", target=Target(4.5))
    events, _ = drive_upscale(Image(texture(10, 12, 1)), asked)
    assert [event for event in events if isinstance(event, BicubicFallback)] == [BicubicFallback("srcnn-9-1-5-x4", 4)]


@pytest.mark.parametrize(
    ("target", "size"),
    [(Target(2.5), (25, 50)), (Target(width=61), (30, 61)), (Target(height=33), (33, 66)), (Target(1), (10, 20))],
)
def test_result_has_target_size(target, size, texture, drive_upscale):
    request = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", target=target)
    _, result = drive_upscale(Image(texture(10, 20, 3)), request)
    assert result.image.pixels.shape == (*size, 3)
    assert result.bicubic.pixels.shape == (*size, 3)


@pytest.mark.parametrize("target", [Target(width=19), Target(height=161)])
def test_scale_factor_out_of_range_raises(target, texture, plain_sentence):
    with pytest.raises(InvalidSetting, match="20 × 10") as caught:
        next(upscale(Image(texture(10, 20, 3)), UpscaleRequest(catalog.find("9-1-5", 3), target=target)))
    plain_sentence(caught.value)


@pytest.mark.parametrize("values", [{}, {"factor": 2.5, "width": 100}, {"factor": 0.9}, {"factor": 17}, {"width": 0}])
def test_target_with_several_sizes_raises(values, plain_sentence):
    with pytest.raises(InvalidSetting) as caught:
        Target(**values)
    plain_sentence(caught.value)


def test_simulation_with_target_width_raises():
    with pytest.raises(InvalidSetting, match="scale factor"):
        UpscaleRequest(catalog.find("9-1-5", 3), simulate=True, target=Target(width=100))


def test_tile_at_target_size_equals_resized_result(texture):
    """Compare with the result for the whole image, resized like MATLAB's imresize."""
    small = LowResImage(texture(21, 26, 1))
    model = catalog.find("9-1-5", 3)
    network = TorchBackend(load_network(model.path), __import__("torch").device("cpu"))
    size = (53, 65)
    assembled = np.zeros(size, np.uint8)
    for tile in plan_tiles(*size, 17):
        assembled[tile.slices] = render_tile(small, 3, tile, network, size)[1]
    padded = np.pad(imresize(small.planes(Rect(0, 0, 21, 26))[0], (63, 78)), 6, mode="edge")[None]
    whole = imresize(np.clip(network(padded.astype(np.float32))[0], 0, 1), size)
    expected = np.floor(np.clip(whole, 0, 1) * 255 + 0.5)
    difference = np.abs(assembled.astype(int) - expected)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= max(1, assembled.size // 2000)


def test_fractional_scale_beats_bicubic(texture, drive_upscale, data_folder):
    from engine.imaging.codecs import image_files

    bird = image_files.read(data_folder / "Set5" / "bird_GT.bmp")
    request = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", simulate=True, target=Target(2.5))
    events, result = drive_upscale(bird, request)
    started = next(event for event in events if isinstance(event, Started))
    assert started.ground_truth.shape == bird.pixels.shape, "there are no multiples of 2.5 to cut to"
    assert started.low_res.shape[:2] == (115, 115)
    assert started.border == 3
    assert result.scores["model"].psnr_db > result.scores["bicubic"].psnr_db + 1.5


def test_separate_ground_truth_is_scored(texture, drive, drive_upscale):
    """PSNR is infinite for an identical ground truth, and known for a difference of one level."""
    model = catalog.find("9-1-5", 3)
    small = Image(texture(20, 24, 1))
    scored_alone = upscale(small, UpscaleRequest(model, "cpu"), Image(texture(60, 72, 1)), only_scores=True)
    _, first = drive(scored_alone)
    _, same = drive_upscale(small, UpscaleRequest(model, "cpu"), first.image)
    assert same.scores["model"].psnr_db == float("inf")
    brighter = Image(np.where(first.image.pixels < 255, first.image.pixels + 1, 254).astype(np.uint8))
    events, other = drive_upscale(small, UpscaleRequest(model, "cpu"), brighter)
    assert other.scores["model"].psnr_db == pytest.approx(20 * np.log10(255))
    started = next(event for event in events if isinstance(event, Started))
    assert started.score_maps["model"].score(Rect(5, 5, 20, 20)).psnr_db == pytest.approx(20 * np.log10(255))


def test_ground_truth_may_exceed_multiple(texture):
    ground_truth = texture(62, 61, 3)
    assert np.array_equal(low_res.crop_to_result(ground_truth, (60, 60), 3), ground_truth[:60, :60])


@pytest.mark.parametrize("size", [(63, 60), (60, 59), (30, 30)])
def test_ground_truth_of_other_size_raises(size, texture, plain_sentence):
    with pytest.raises(SizeMismatch) as caught:
        low_res.crop_to_result(texture(*size, 3), (60, 60), 3)
    plain_sentence(caught.value)
    assert isinstance(caught.value, EngineError)


def test_print_resolution_is_stored_in_all_pages(texture, tiny_model, drive_upscale):
    page = Image(texture(10, 12, 1), dpi=(72.0, 72.0))
    asked = UpscaleRequest(tiny_model(scale=2), "cpu", target=Target(width=24, dpi=300))
    _, result = drive_upscale(Image(texture(10, 12, 1), dpi=(72.0, 72.0), frames=(page,)), asked)
    assert [image.dpi for image in (result.image, *result.image.frames)] == [(300.0, 300.0)] * 2


def test_print_resolution_is_written_to_the_file(texture, tiny_model, tmp_path, drive):
    image_files.write(Image(texture(10, 12, 1)), tmp_path / "in.png")
    asked = UpscaleRequest(tiny_model(scale=2), "cpu", target=Target(width=24, dpi=300))
    drive(upscale_file(tmp_path / "in.png", tmp_path / "out.png", asked))
    with PIL.Image.open(tmp_path / "out.png") as written:
        assert written.info["dpi"] == pytest.approx((300, 300), rel=1e-3)  # PNG stores pixels per meter


def test_format_without_resolution_is_refused_before_upscaling(texture, tiny_model, tmp_path, drive):
    image_files.write(Image(texture(10, 12, 1)), tmp_path / "in.png")
    asked = UpscaleRequest(tiny_model(scale=2), "cpu", target=Target(width=24, dpi=300))
    with pytest.raises(WouldLoseData, match="GIF"):
        drive(upscale_file(tmp_path / "in.png", tmp_path / "out.gif", asked))


@pytest.mark.parametrize("dpi", [0, 4801])
def test_invalid_print_resolution_raises(dpi, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        Target(width=24, dpi=dpi)
    plain_sentence(refused.value, "resolution", str(dpi))
