"""Gray images: upscaled in the range that the models are trained on, scored as the papers score them."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.batch import job as batch
from engine.evaluation import job as evaluate
from engine.evaluation.events import PictureScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.models import catalog
from engine.models.weights import resolve
from engine.upscaling.events import Started
from engine.upscaling.job import enlarge, enlarge_file
from engine.upscaling.request import Target, UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")

SHIPPED = [(arch, scale) for arch in ("9-1-5", "9-5-5") for scale in (2, 3, 4)]
AUTHORS = ["9-1-5(91 images)", "9-5-5(ImageNet)"]


def drawing(height=42, width=48, dtype=np.uint8):
    """Flat black and white, a ramp and noise: (height, width, 1), from 0 to the type's largest value."""
    levels = np.zeros((height, width))
    levels[:, width // 3 : 2 * width // 3] = np.linspace(0, 255, height)[:, None]
    levels[height // 2 :, 2 * width // 3 :] = 255
    rng = np.random.default_rng(0)
    levels[: height // 3, 2 * width // 3 :] = rng.integers(0, 256, (height // 3, width - 2 * width // 3))
    return (np.round(levels) * (np.iinfo(dtype).max // 255)).astype(dtype)[:, :, None]


def as_rgb(gray):
    return np.repeat(gray, 3, axis=2)


@pytest.fixture
def upscaled(drive):
    """The result and its bicubic pane, for pixels and how they are upscaled."""

    def run(pixels, arch="9-1-5", scale=2, alpha=None, **options):
        request = UpscaleRequest(catalog.find(arch, scale), "cpu", **options)
        _, result = drive(enlarge(Picture(pixels, alpha), request))
        return result.picture.pixels, result.bicubic.pixels

    return run


@pytest.fixture
def same_as_rgb(upscaled):
    """Assert that gray gives the 8-bit samples of R = G = B, in both panes.

    Where float32's rounding decides between two levels they may be one apart: the result in 16 bits, 257 for each
    level, tells where that is. Bicubic's weights at x2 are multiples of 1/128, so exact halves are not rare there.
    """

    def check(alpha=None, **how):
        of_gray, of_rgb = (upscaled(pixels, alpha=alpha, **how) for pixels in (drawing(), as_rgb(drawing())))
        deep_alpha = None if alpha is None else alpha.astype(np.uint16) * 257
        of_deep = upscaled(drawing(dtype=np.uint16), alpha=deep_alpha, **how)
        for gray, rgb, deep in zip(of_gray, of_rgb, of_deep, strict=True):
            apart = np.abs(gray.astype(int) - rgb)
            assert apart.max() <= 1
            from_half = np.abs(deep / 257 % 1 - 0.5)
            assert np.broadcast_to(from_half, apart.shape)[apart > 0].max(initial=0) < 0.01

    return check


@pytest.mark.parametrize(("arch", "scale"), SHIPPED)
def test_gray_gives_what_the_same_image_as_rgb_gives(arch, scale, same_as_rgb):
    """The RGB path is MATLAB's rgb2ycbcr and back, which test_color compares with BT.601 worked out by hand."""
    same_as_rgb(arch=arch, scale=scale)


@pytest.mark.parametrize(("arch", "scale"), SHIPPED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_flat_black_and_flat_white_stay_what_they_are(arch, scale, dtype, upscaled):
    """A model that passes luma through gives 0 and the largest value; what overshoots is clipped there."""
    top = np.iinfo(dtype).max
    for made in upscaled(drawing(dtype=dtype), arch, scale):
        height, width = made.shape[:2]
        assert made.dtype == dtype
        assert (made[height // 4 : 3 * height // 4, : width // 6] <= top // 255).all()
        assert (made[5 * height // 8 : 7 * height // 8, 3 * width // 4 : -width // 12] >= top - top // 255).all()


@pytest.mark.parametrize("options", [{"ensemble": True}, {"target": Target(2.5)}, {"target": Target(width=301)}])
def test_every_way_of_upscaling_treats_gray_as_rgb(options, same_as_rgb):
    same_as_rgb(**options)


def test_16_bit_gray_gives_what_16_bit_rgb_gives(upscaled):
    """Float32 holds 24 bits: of the 16, the last may differ."""
    deep = drawing(dtype=np.uint16)
    for gray, rgb in zip(upscaled(deep), upscaled(as_rgb(deep)), strict=True):
        assert np.abs(gray.astype(int) - rgb).max() <= 1


def test_gray_under_transparency_gives_what_rgb_gives(same_as_rgb):
    alpha = np.zeros((42, 48), np.uint8)
    alpha[5:30, 4:44] = 255
    same_as_rgb(alpha=alpha)


def _save(folder, name, pixels):
    """Write a gray drawing (H, W) as the kind of file that the name asks for."""
    path = folder / name
    image = Image.fromarray(pixels)
    if name.startswith("1-bit"):
        image.convert("1").save(path)
    elif name.startswith("palette"):
        image.convert("P").save(path)
    elif name.startswith("alpha"):
        image.putalpha(Image.fromarray(np.full_like(pixels, 200)))
        image.save(path)
    elif name.startswith("16-bit"):
        tifffile.imwrite(path, pixels.astype(np.uint16) * 257)
    else:
        image.save(path)
    return path


@pytest.mark.parametrize(
    "name", ["gray.png", "gray.jpg", "gray.tif", "1-bit.png", "palette.png", "alpha.png", "16-bit.tif", "16-bit 2.tif"]
)
def test_every_kind_of_gray_file_keeps_black(name, tmp_path, drive):
    """A black square on white, flat for 32 px on every side of its middle: there 0 goes in and 0 comes out."""
    square = np.full((96, 96), 255, np.uint8)
    square[16:80, 16:80] = 0
    source = _save(tmp_path, name, square)
    request = UpscaleRequest(catalog.find("9-1-5", 2), "cpu", compare=False)
    drive(enlarge_file(source, tmp_path / "out.png", request))
    made = image_files.read(tmp_path / "out.png").pixels
    assert (made[94:98, 94:98] == 0).all()
    assert (made[4:8, 4:8] >= np.iinfo(made.dtype).max // 255 * 254).all()


def test_further_pages_and_frames_keep_black(drive):
    black = Picture(np.zeros((40, 40, 1), np.uint8))
    pages = Picture(drawing(), frames=(black,))
    _, result = drive(enlarge(pages, UpscaleRequest(catalog.find("9-1-5", 3), "cpu")))
    assert (result.picture.frames[0].pixels == 0).all()


def test_a_batch_writes_what_upscaling_one_image_writes(batch_request, tmp_path, drive):
    model = catalog.find("9-1-5", 2)
    (tmp_path / "in").mkdir()
    image_files.write(Picture(drawing()), tmp_path / "in" / "gray.png")
    drive(batch.run(batch_request(upscale=UpscaleRequest(model, "cpu"))))
    drive(enlarge_file(tmp_path / "in" / "gray.png", tmp_path / "one.png", UpscaleRequest(model, "cpu")))
    made = image_files.read(tmp_path / "out" / "gray_x2.png").pixels
    np.testing.assert_array_equal(made, image_files.read(tmp_path / "one.png").pixels)
    assert (made[30:50, :10] == 0).all()


@pytest.mark.parametrize("name", AUTHORS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_simulation_scores_set14s_gray_image_as_the_papers_do(name, scale, reference_folder, drive):
    """reference_numbers.json: the authors' weights on levels of 0 to 255, by another implementation."""
    expected = json.loads((reference_folder / "reference_numbers.json").read_text())["Set14"][f"x{scale}"]
    bridge = image_files.read(reference_folder / "Set14" / "bridge.bmp")
    assert bridge.is_gray
    model = resolve(str(reference_folder / "official_weights" / name / f"x{scale}.mat"), scale)
    events, result = drive(enlarge(bridge, UpscaleRequest(model, "cpu", reference=True)))
    assert next(event for event in events if isinstance(event, Started)).scores_gray
    for pane, method in (("bicubic", "bicubic"), ("srcnn", name)):
        psnr_db, ssim = expected[method]["bridge.bmp"]
        assert result.scores[pane].psnr_db == pytest.approx(psnr_db, abs=0.01)
        assert result.scores[pane].ssim == pytest.approx(ssim, abs=0.0005)


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
def test_evaluating_and_simulating_a_gray_image_give_one_score(arch, tmp_path, drive):
    model, picture = catalog.find(arch, 3), Picture(drawing(60, 66))
    image_files.write(picture, tmp_path / "gray.png")
    events, _ = drive(evaluate.run(EvaluateRequest(tmp_path, model, "cpu")))
    scored = next(event for event in events if isinstance(event, PictureScored))
    _, simulated = drive(enlarge(picture, UpscaleRequest(model, "cpu", reference=True)))
    assert simulated.scores == {"bicubic": scored.bicubic, "srcnn": scored.model}


def test_a_simulation_shows_black_as_black(drive):
    """What is shown comes from luma, as after an upscaling, also while gray levels are scored."""
    square = np.full((120, 120, 1), 255, np.uint8)
    square[30:90, 30:90] = 0
    _, result = drive(enlarge(Picture(square), UpscaleRequest(catalog.find("9-1-5", 3), "cpu", reference=True)))
    assert (result.picture.pixels[56:64, 56:64] == 0).all()
    assert (result.bicubic.pixels[56:64, 56:64] == 0).all()


def test_a_ground_truth_of_its_own_is_scored_on_gray_levels(drive):
    """Bicubic's score is that of its 8-bit gray result, taken again with `metrics.psnr`."""
    truth = drawing(84, 96)
    _, result = drive(
        enlarge(Picture(truth[::2, ::2]), UpscaleRequest(catalog.find("9-5-5", 2), "cpu"), Picture(truth))
    )
    inner = (slice(2, -2), slice(2, -2), 0)
    expected = metrics.psnr(result.bicubic.pixels[inner], truth[inner], data_range=255)
    assert result.scores["bicubic"].psnr_db == pytest.approx(expected, abs=0.001)


def test_the_levels_scored_are_gray_as_it_is_or_luma():
    """By hand: 16 + 219 * 51 / 255 = 59.8, and BT.601's white is 235."""
    gray = np.array([[[0], [51], [255]]], np.uint8)
    assert color.luma_levels(gray).tolist() == [[0, 51, 255]]
    assert color.luma_levels(gray, gray_as_is=False).tolist() == [[16, 60, 235]]
    assert color.luma_levels(gray.astype(np.uint16) * 257).tolist() == [[0, 51, 255]]
