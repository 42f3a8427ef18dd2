"""Sizes without a model of their own, ground truths from a file, and scores of a part."""

import numpy as np
import pytest

from engine.errors import BadRequest, EngineError, SizesDiffer
from engine.imaging.codecs.image_files import Picture
from engine.imaging.resample import imresize
from engine.imaging.tiles import Rect, plan_tiles
from engine.inference.torch_backend import Inference
from engine.models import catalog
from engine.models.weights import load_network
from engine.upscaling import low_res
from engine.upscaling.events import BicubicBeyond, Started
from engine.upscaling.job import enlarge, render_tile
from engine.upscaling.low_res import LowRes
from engine.upscaling.request import Target, UpscaleRequest


@pytest.fixture
def drive_enlarge(drive):
    return lambda picture, request, truth=None: drive(enlarge(picture, request, truth))


@pytest.mark.parametrize(
    ("times", "scale"), [(1, 2), (1.5, 2), (2, 2), (2.5, 3), (3, 3), (3.01, 4), (4, 4), (7.5, 4), (16, 4)]
)
def test_the_next_model_up_is_used(times, scale):
    asked = catalog.find("9-1-5", 3)
    found = catalog.fitting(asked, times)
    assert (found.spec.scale, found.spec.arch) == (scale, "9-1-5")


def test_a_model_without_relatives_does_it_alone(tiny_model):
    own = tiny_model(scale=2)
    assert catalog.fitting(own, 3.5) is own


@pytest.mark.parametrize(("times", "beyond"), [(5, False), (6, False), (7, True)])
def test_a_model_of_ones_own_is_used_and_what_is_beyond_it_is_said(times, beyond, tiny_model, texture, drive_enlarge):
    """The result is what the model makes at its own scale, without a target, brought to the size by imresize."""
    own, small = tiny_model(arch="9-1-5", scale=6, n1=64, n2=32), texture(14, 15, 1)
    events, result = drive_enlarge(Picture(small), UpscaleRequest(own, "cpu", target=Target(times)))
    assert next(event for event in events if isinstance(event, Started)).model == own.name
    said = [event for event in events if isinstance(event, BicubicBeyond)]
    assert said == ([BicubicBeyond(own.name, 6)] if beyond else [])
    _, alone = drive_enlarge(Picture(small), UpscaleRequest(own, "cpu"))
    expected = imresize(alone.picture.pixels[:, :, 0] / 255, (14 * times, 15 * times)) * 255
    assert np.abs(result.picture.pixels[:, :, 0] - np.clip(expected, 0, 255)).max() < 2, "two roundings apart"


def test_beyond_the_largest_model_that_comes_with_the_program_is_said_too(texture, drive_enlarge):
    asked = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", target=Target(4.5))
    events, _ = drive_enlarge(Picture(texture(10, 12, 1)), asked)
    assert [event for event in events if isinstance(event, BicubicBeyond)] == [BicubicBeyond("srcnn-9-1-5-x4", 4)]


@pytest.mark.parametrize(
    ("target", "size"),
    [(Target(2.5), (25, 50)), (Target(width=61), (30, 61)), (Target(height=33), (33, 66)), (Target(1), (10, 20))],
)
def test_the_result_has_the_size_asked_for(target, size, texture, drive_enlarge):
    request = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", target=target)
    _, result = drive_enlarge(Picture(texture(10, 20, 3)), request)
    assert result.picture.pixels.shape == (*size, 3)
    assert result.bicubic.pixels.shape == (*size, 3)


@pytest.mark.parametrize("target", [Target(width=19), Target(height=161)])
def test_a_picture_neither_shrinks_nor_grows_beyond_sixteen_times(target, texture, plain_sentence):
    with pytest.raises(BadRequest, match="20 × 10") as caught:
        next(enlarge(Picture(texture(10, 20, 3)), UpscaleRequest(catalog.default_for(3), target=target)))
    plain_sentence(caught.value)


@pytest.mark.parametrize("values", [{}, {"factor": 2.5, "width": 100}, {"factor": 0.9}, {"factor": 17}, {"width": 0}])
def test_a_target_is_one_size(values, plain_sentence):
    with pytest.raises(BadRequest) as caught:
        Target(**values)
    plain_sentence(caught.value)


def test_a_ground_truth_has_no_width_to_be_brought_to():
    with pytest.raises(BadRequest, match="factor"):
        UpscaleRequest(catalog.default_for(3), reference=True, target=Target(width=100))


def test_a_tile_of_another_size_is_the_networks_own_enlargement_brought_there(texture):
    """Against the straight way: the whole picture through the network, then MATLAB's imresize of its planes."""
    small = LowRes(texture(21, 26, 1))
    model = catalog.find("9-1-5", 3)
    network = Inference(load_network(model.path), __import__("torch").device("cpu"))
    size = (53, 65)
    assembled = np.zeros(size, np.uint8)
    for tile in plan_tiles(*size, 17):
        assembled[tile.slices] = render_tile(small, 3, tile, network, size)[1]
    padded = np.pad(imresize(small.planes(Rect(0, 0, 21, 26))[0], (63, 78)), 6, mode="edge")
    whole = imresize(np.clip(network(padded.astype(np.float32)), 0, 1), size)
    expected = np.floor(np.clip(whole, 0, 1) * 255 + 0.5)
    difference = np.abs(assembled.astype(int) - expected)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= max(1, assembled.size // 2000)


def test_between_the_scales_it_beats_bicubic(texture, drive_enlarge, data_folder):
    from engine.imaging.codecs import image_files

    bird = image_files.read(data_folder / "Set5" / "bird_GT.bmp")
    request = UpscaleRequest(catalog.find("9-1-5", 3), "cpu", reference=True, target=Target(2.5))
    events, result = drive_enlarge(bird, request)
    started = next(event for event in events if isinstance(event, Started))
    assert started.truth.shape == bird.pixels.shape, "there are no multiples of 2.5 to cut to"
    assert started.original.shape[:2] == (115, 115)
    assert started.border == 3
    assert result.scores["srcnn"].psnr_db > result.scores["bicubic"].psnr_db + 1.5


def test_a_truth_of_its_own_is_scored_against(texture, drive, drive_enlarge):
    """What is scored as the truth is identical; one level more everywhere has a PSNR by arithmetic."""
    model = catalog.find("9-1-5", 3)
    small = Picture(texture(20, 24, 1))
    scored_alone = enlarge(small, UpscaleRequest(model, "cpu"), Picture(texture(60, 72, 1)), only_scores=True)
    _, first = drive(scored_alone)
    _, same = drive_enlarge(small, UpscaleRequest(model, "cpu"), first.picture)
    assert same.scores["srcnn"].psnr_db == float("inf")
    brighter = Picture(np.where(first.picture.pixels < 255, first.picture.pixels + 1, 254).astype(np.uint8))
    events, other = drive_enlarge(small, UpscaleRequest(model, "cpu"), brighter)
    assert other.scores["srcnn"].psnr_db == pytest.approx(20 * np.log10(255))
    started = next(event for event in events if isinstance(event, Started))
    assert started.scores["srcnn"].score(Rect(5, 5, 20, 20)).psnr_db == pytest.approx(20 * np.log10(255))


def test_a_truth_may_be_larger_by_what_reducing_cut_off(texture):
    truth = texture(62, 61, 3)
    assert np.array_equal(low_res.matching(truth, (60, 60), 3), truth[:60, :60])


@pytest.mark.parametrize("size", [(63, 60), (60, 59), (30, 30)])
def test_a_truth_of_another_size_is_a_sentence(size, texture, plain_sentence):
    with pytest.raises(SizesDiffer) as caught:
        low_res.matching(texture(*size, 3), (60, 60), 3)
    plain_sentence(caught.value)
    assert isinstance(caught.value, EngineError)
