"""Gray images are upscaled in the range of the training images, and scored as in the papers."""

import json

import numpy as np
import PIL.Image
import pytest
import tifffile

from engine.batch import job as batch
from engine.evaluation import job as evaluate
from engine.evaluation.events import ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.models.weights import resolve
from engine.upscaling.events import Started
from engine.upscaling.job import upscale, upscale_file
from engine.upscaling.request import Target, UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")

BUILT_IN = [(arch, scale) for arch in ("9-1-5", "9-5-5") for scale in (2, 3, 4)]
OFFICIAL_MODELS = ["9-1-5(91 images)", "9-5-5(ImageNet)"]


def gray_drawing(height=42, width=48, dtype=np.uint8):
    """Return flat black and white, a ramp and noise in the full range of the dtype: (height, width, 1)."""
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
    """Return a function that upscales pixels, and returns the result and its bicubic pane."""

    def run(pixels, arch="9-1-5", scale=2, alpha=None, **options):
        request = UpscaleRequest(catalog.find(arch, scale), "cpu", **options)
        _, result = drive(upscale(Image(pixels, alpha), request))
        return result.image.pixels, result.bicubic.pixels

    return run


@pytest.fixture
def same_as_rgb(upscaled):
    """Return a function that asserts that gray gives the same 8-bit samples as R = G = B, in both panes.

    The precision is float32, because bfloat16, the default on CPUs with AMX, is too coarse for this comparison.
    Samples may differ by one level if the exact value is halfway between two levels. The 16-bit result, in which a
    level is 257, shows where this is so. It is common at x2, because bicubic weights are multiples of 1/128.
    """

    def check(alpha=None, **how):
        how["precision"] = "float32"
        of_gray, of_rgb = (upscaled(pixels, alpha=alpha, **how) for pixels in (gray_drawing(), as_rgb(gray_drawing())))
        deep_alpha = None if alpha is None else alpha.astype(np.uint16) * 257
        of_deep = upscaled(gray_drawing(dtype=np.uint16), alpha=deep_alpha, **how)
        for gray, rgb, deep in zip(of_gray, of_rgb, of_deep, strict=True):
            apart = np.abs(gray.astype(int) - rgb)
            assert apart.max() <= 1
            from_half = np.abs(deep / 257 % 1 - 0.5)
            assert np.broadcast_to(from_half, apart.shape)[apart > 0].max(initial=0) < 0.01

    return check


@pytest.mark.parametrize(("arch", "scale"), BUILT_IN)
def test_gray_result_equals_rgb_result(arch, scale, same_as_rgb):
    """The RGB conversion itself is tested in test_color.py."""
    same_as_rgb(arch=arch, scale=scale)


@pytest.mark.parametrize(("arch", "scale"), BUILT_IN)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_flat_black_and_white_are_preserved(arch, scale, dtype, upscaled):
    """A model that reproduces its input gives 0 and the maximum. Larger values are clipped."""
    top = np.iinfo(dtype).max
    for output in upscaled(gray_drawing(dtype=dtype), arch, scale):
        height, width = output.shape[:2]
        assert output.dtype == dtype
        assert (output[height // 4 : 3 * height // 4, : width // 6] <= top // 255).all()
        assert (output[5 * height // 8 : 7 * height // 8, 3 * width // 4 : -width // 12] >= top - top // 255).all()


@pytest.mark.parametrize("options", [{"self_ensemble": True}, {"target": Target(2.5)}, {"target": Target(width=301)}])
def test_gray_equals_rgb_with_all_options(options, same_as_rgb):
    same_as_rgb(**options)


def test_16_bit_gray_equals_16_bit_rgb(upscaled):
    """Rounding in float32 may change the last bit."""
    deep = gray_drawing(dtype=np.uint16)
    for gray, rgb in zip(upscaled(deep), upscaled(as_rgb(deep)), strict=True):
        assert np.abs(gray.astype(int) - rgb).max() <= 1


def test_gray_with_alpha_equals_rgb_with_alpha(same_as_rgb):
    alpha = np.zeros((42, 48), np.uint8)
    alpha[5:30, 4:44] = 255
    same_as_rgb(alpha=alpha)


def _save(folder, name, pixels):
    """Write a gray drawing (H, W) to a file in the format of its name."""
    path = folder / name
    image = PIL.Image.fromarray(pixels)
    if name.startswith("1-bit"):
        image.convert("1").save(path)
    elif name.startswith("palette"):
        image.convert("P").save(path)
    elif name.startswith("alpha"):
        image.putalpha(PIL.Image.fromarray(np.full_like(pixels, 200)))
        image.save(path)
    elif name.startswith("16-bit"):
        tifffile.imwrite(path, pixels.astype(np.uint16) * 257)
    else:
        image.save(path)
    return path


@pytest.mark.parametrize(
    "name", ["gray.png", "gray.jpg", "gray.tif", "1-bit.png", "palette.png", "alpha.png", "16-bit.tif", "16-bit 2.tif"]
)
def test_gray_files_keep_black(name, tmp_path, drive):
    """The center of a black square on white stays 0."""
    square = np.full((96, 96), 255, np.uint8)
    square[16:80, 16:80] = 0
    source = _save(tmp_path, name, square)
    request = UpscaleRequest(catalog.find("9-1-5", 2), "cpu", compare=False)
    drive(upscale_file(source, tmp_path / "out.png", request))
    output = image_files.read(tmp_path / "out.png").pixels
    assert (output[94:98, 94:98] == 0).all()
    assert (output[4:8, 4:8] >= np.iinfo(output.dtype).max // 255 * 254).all()


def test_pages_and_frames_keep_black(drive):
    black = Image(np.zeros((40, 40, 1), np.uint8))
    pages = Image(gray_drawing(), frames=(black,))
    _, result = drive(upscale(pages, UpscaleRequest(catalog.find("9-1-5", 3), "cpu")))
    assert (result.image.frames[0].pixels == 0).all()


def test_batch_result_equals_single_result(batch_request, tmp_path, drive):
    model = catalog.find("9-1-5", 2)
    (tmp_path / "in").mkdir()
    image_files.write(Image(gray_drawing()), tmp_path / "in" / "gray.png")
    drive(batch.run(batch_request(upscale=UpscaleRequest(model, "cpu"))))
    drive(upscale_file(tmp_path / "in" / "gray.png", tmp_path / "one.png", UpscaleRequest(model, "cpu")))
    output = image_files.read(tmp_path / "out" / "gray_x2.png").pixels
    np.testing.assert_array_equal(output, image_files.read(tmp_path / "one.png").pixels)
    assert (output[30:50, :10] == 0).all()


@pytest.mark.parametrize("name", OFFICIAL_MODELS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_simulation_scores_gray_image_of_set14_as_in_papers(name, scale, reference_folder, drive):
    """reference_numbers.json contains scores of another implementation with the official weights."""
    expected = json.loads((reference_folder / "reference_numbers.json").read_text())["Set14"][f"x{scale}"]
    bridge = image_files.read(reference_folder / "Set14" / "bridge.bmp")
    assert bridge.is_gray
    model = resolve(str(reference_folder / "official_weights" / name / f"x{scale}.mat"), scale)
    events, result = drive(upscale(bridge, UpscaleRequest(model, "cpu", simulate=True)))
    assert next(event for event in events if isinstance(event, Started)).scores_gray
    for pane, method in (("bicubic", "bicubic"), ("model", name)):
        psnr_db, ssim = expected[method]["bridge.bmp"]
        assert result.scores[pane].psnr_db == pytest.approx(psnr_db, abs=0.01)
        assert result.scores[pane].ssim == pytest.approx(ssim, abs=0.0005)


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
def test_evaluation_and_simulation_give_same_gray_score(arch, tmp_path, drive):
    model, image = catalog.find(arch, 3), Image(gray_drawing(60, 66))
    image_files.write(image, tmp_path / "gray.png")
    events, _ = drive(evaluate.run(EvaluateRequest(tmp_path, model, "cpu")))
    scored = next(event for event in events if isinstance(event, ImageScored))
    _, simulated = drive(upscale(image, UpscaleRequest(model, "cpu", simulate=True)))
    assert simulated.scores == {"bicubic": scored.bicubic, "model": scored.model}


def test_simulation_displays_black(drive):
    """The displayed pixels are computed in the Y range, but the scores are computed on gray levels."""
    square = np.full((120, 120, 1), 255, np.uint8)
    square[30:90, 30:90] = 0
    _, result = drive(upscale(Image(square), UpscaleRequest(catalog.find("9-1-5", 3), "cpu", simulate=True)))
    assert (result.image.pixels[56:64, 56:64] == 0).all()
    assert (result.bicubic.pixels[56:64, 56:64] == 0).all()


def test_separate_ground_truth_is_scored_on_gray_levels(drive):
    """Compare the score of bicubic with `metrics.psnr` of its 8-bit gray result."""
    ground_truth = gray_drawing(84, 96)
    _, result = drive(
        upscale(Image(ground_truth[::2, ::2]), UpscaleRequest(catalog.find("9-5-5", 2), "cpu"), Image(ground_truth))
    )
    inner = (slice(2, -2), slice(2, -2), 0)
    expected = metrics.psnr(result.bicubic.pixels[inner], ground_truth[inner], data_range=255)
    assert result.scores["bicubic"].psnr_db == pytest.approx(expected, abs=0.001)


def test_scored_levels_are_gray_levels_or_y_channel():
    """In BT.601, level 51 is 16 + 219 * 51 / 255 = 59.8, and white is 235."""
    gray = np.array([[[0], [51], [255]]], np.uint8)
    assert color.y_channel(gray).tolist() == [[0, 51, 255]]
    assert color.y_channel(gray, gray_as_is=False).tolist() == [[16, 60, 235]]
    assert color.y_channel(gray.astype(np.uint16) * 257).tolist() == [[0, 51, 255]]
