"""Output options of `srcnn upscale`: format, quality, bit depth and metadata."""

import json

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from tests import corpus


@pytest.fixture
def srcnn(srcnn, tiny_model):
    """Return a function that runs `srcnn upscale` with a tiny model."""
    return lambda *arguments: srcnn("upscale", *arguments, "--model", tiny_model(scale=2).path)


@pytest.fixture
def photo(tmp_path):
    """Create an image with all kinds of metadata."""
    path = tmp_path / "photo.png"
    whole = {"icc": corpus.display_p3(), "exif": corpus.camera_exif(), "xmp": corpus.XMP, "dpi": (300.0, 300.0)}
    image_files.write(Image(corpus.texture(3), **whole), path)
    return path


def test_metadata_is_kept_or_stripped_by_upscale(photo, tmp_path, srcnn):
    assert srcnn(photo, "-o", tmp_path / "kept.jpg")[0] == 0
    assert srcnn(photo, "-o", tmp_path / "bare.jpg", "--strip-metadata")[0] == 0
    result, bare = image_files.read(tmp_path / "kept.jpg"), image_files.read(tmp_path / "bare.jpg")
    assert result.icc == corpus.display_p3()
    assert result.xmp == corpus.XMP
    assert result.dpi == (300, 300)
    assert b"Camera" in result.exif
    assert (bare.icc, bare.exif, bare.xmp, bare.dpi) == (None, None, None, None)


def test_print_resolution_is_stored_and_needs_a_size(photo, tmp_path, srcnn):
    assert srcnn(photo, "-o", tmp_path / "print.jpg", "--width", 60, "--dpi", 150)[0] == 0
    result = image_files.read(tmp_path / "print.jpg")
    assert (result.width, result.dpi) == (60, (150, 150))
    code, _out, error = srcnn(photo, "-o", tmp_path / "none.jpg", "--dpi", 150)
    assert code == 1
    assert "A print resolution needs a size." in error


def test_format_bits_and_quality_options_are_applied(photo, tmp_path, srcnn):
    assert srcnn(photo, "-o", tmp_path / "deep.tif", "--bits", 16)[0] == 0
    assert image_files.read(tmp_path / "deep.tif").bits == 16
    assert srcnn(photo, "-o", tmp_path / "plain", "--format", "webp", "--lossy", "--quality", 30)[0] == 0
    assert (tmp_path / "plain").read_bytes()[8:12] == b"WEBP"
    for quality in (20, 95):
        assert srcnn(photo, "-o", tmp_path / f"{quality}.jpg", "--quality", quality, "--strip-metadata")[0] == 0
    assert (tmp_path / "20.jpg").stat().st_size < (tmp_path / "95.jpg").stat().st_size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-o", "{}/a.jpg", "--format", "png"), "doesn't match the selected format"),
        (("-o", "{}/a.bmp"), "EXIF"),
        (("-o", "{}/a.jpg", "--lossless"), "lossless compression"),
        (("-o", "{}/a.jpg", "--quality", "0"), "quality"),
        (("-o", "{}/a.jpg", "--format", "xcf"), "format"),
        (("-o", "{}/a.tif", "--bits", "12"), "bits"),
    ],
)
def test_unsupported_output_is_an_error(options, message, photo, tmp_path, srcnn):
    status, printed, stderr = srcnn(photo, *(option.format(tmp_path) for option in options))
    assert (status, printed) == (1, "")
    assert message in stderr
    assert len(stderr.strip().splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["photo.png"]


def test_input_is_overwritten_only_with_option(photo, srcnn):
    before = photo.read_bytes()
    status, _, stderr = srcnn(photo, "-o", photo)
    assert status == 2
    assert "--overwrite-input" in stderr
    assert photo.read_bytes() == before
    assert srcnn(photo, "-o", photo, "--overwrite-input")[0] == 0
    result = image_files.read(photo)
    assert result.width == 2 * corpus.WIDTH
    assert result.icc == corpus.display_p3()


def test_all_frames_are_written_and_counted(tmp_path, srcnn):
    image_files.write(corpus.images_by_mode()["animation"], tmp_path / "a.gif")
    status, printed, _ = srcnn(tmp_path / "a.gif", "-o", tmp_path / "b.gif", "--json")
    assert status == 0
    assert json.loads(printed)["frames"] == 3
    result = image_files.read(tmp_path / "b.gif")
    assert [frame.duration_ms for frame in (result, *result.frames)] == [40, 80, 90]


def test_comparison_of_16_bit_image_has_8_bits(tmp_path, srcnn):
    image_files.write(Image(corpus.texture(3, 16)), tmp_path / "a.png")
    assert srcnn(tmp_path / "a.png", "--comparison", tmp_path / "both.png")[0] == 0
    assert image_files.read(tmp_path / "both.png").pixels.dtype == np.uint8


def test_simulation_is_labeled(photo, tmp_path, srcnn):
    out = tmp_path / "out.png"
    stderr = "out.png is a simulation: photo.png was downscaled x2, then upscaled x2."
    assert stderr in srcnn(photo, "-o", out, "--simulate")[1]
    assert image_files.read(out).width == corpus.WIDTH
    assert json.loads(srcnn(photo, "-o", out, "--simulate", "--json")[1])["simulated"] is True
    assert "is a simulation" not in srcnn(photo, "--simulate")[1], "nothing was written"
    assert "is a simulation" not in srcnn(photo, "-o", out)[1]
    assert json.loads(srcnn(photo, "-o", out, "--json")[1])["simulated"] is False


def test_device_in_json_is_the_one_that_finished_the_image(photo, tmp_path, srcnn, fake_driver):
    fake_driver("abort")
    options = ("-o", tmp_path / "a.png", "--device", "vulkan", "--precision", "float32", "--strip-metadata", "--json")
    status, output, errors = srcnn(photo, *options)
    assert status == 0
    assert json.loads(output)["device"].startswith("CPU, ")
    assert "Fake GPU (Vulkan) failed" in " ".join(errors.split())
