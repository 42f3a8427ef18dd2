"""TIFF files: extra channels, compressions, thumbnails, masks, and subdirectories of pages."""

import struct
from io import BytesIO

import imagecodecs
import numpy as np
import PIL.Image
import pytest
import tifffile

from engine.errors import ImageUnreadable
from engine.imaging.codecs import image_files
from tests import corpus

IGNORED_CHANNELS_WARNING = "Channels other than color and transparency were ignored."
DTYPES = [np.uint8, np.uint16, np.float32]


def read(content):
    return image_files.decode(content, "a.tif")


def noise(height, width, channels, dtype=np.uint8):
    random = np.random.default_rng(channels)
    if dtype == np.float32:
        return random.random((height, width, channels), np.float32)
    return random.integers(0, np.iinfo(dtype).max + 1, (height, width, channels), dtype)


def unsigned(samples):
    """Return floats from 0 to 1 as 16-bit integers."""
    return np.round(samples * np.float64(65535)) if samples.dtype == np.float32 else samples


def assert_equal(image, color, alpha):
    """Assert that an image equals color and alpha samples. Samples from floats may differ by one level."""
    assert np.abs(image.pixels.astype(int) - unsigned(color)).max() <= (color.dtype == np.float32)
    if alpha is None:
        assert image.alpha is None
    else:
        assert np.abs(image.alpha.astype(int) - unsigned(alpha)).max() <= (color.dtype == np.float32)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("photometric", "colors", "extra"),
    [
        ("rgb", 3, ["unspecified"]),
        ("rgb", 3, ["unspecified", "unspecified"]),
        ("rgb", 3, ["unassalpha", "unspecified"]),
        ("rgb", 3, ["unspecified", "unassalpha"]),
        ("minisblack", 1, ["unspecified"]),
        ("minisblack", 1, ["unassalpha", "unspecified", "unspecified"]),
    ],
)
def test_extra_channels_are_ignored_with_a_warning(photometric, colors, extra, dtype, planar):
    samples = noise(6, 9, colors + len(extra), dtype)
    stored = samples if planar == "contig" else samples.transpose(2, 0, 1)
    image = read(corpus.tiff(stored, photometric=photometric, extrasamples=extra, planarconfig=planar))
    alpha = samples[:, :, colors + extra.index("unassalpha")] if "unassalpha" in extra else None
    assert_equal(image, samples[:, :, :colors], alpha)
    assert [str(warning) for warning in image.warnings] == [IGNORED_CHANNELS_WARNING]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_single_alpha_channel_gives_no_warning(dtype):
    samples = noise(6, 9, 4, dtype)
    image = read(corpus.tiff(samples, photometric="rgb", extrasamples=["unassalpha"]))
    assert_equal(image, samples[:, :, :3], samples[:, :, 3])
    assert image.warnings == ()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("compression", ["none", "lzw", "zlib", "packbits", "zstd", "lzma", "webp", "png", "jpegxl"])
def test_lossless_compressions_are_read(compression, big, order, capfd):
    samples = noise(20, 30, 3)
    options = {"compressionargs": {"lossless": True}} if compression in ("webp", "jpegxl") else {}
    content = corpus.tiff(
        samples, photometric="rgb", bigtiff=big, byteorder=order, compression=compression, **options
    )  # fmt: skip
    np.testing.assert_array_equal(read(content).pixels, samples)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", ["zstd", "lerc", "jpegxl", "jpeg2000"])
def test_less_usual_compressions_are_read_in_tiles_and_pages(compression, dtype):
    pages = [noise(40, 50, 3, dtype), noise(20, 20, 3, dtype)]
    options = {"compressionargs": {"level": 0}} if compression == "jpeg2000" else {}
    options = {"compressionargs": {"lossless": True}} if compression == "jpegxl" else options
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for page in pages:
            writer.write(page, photometric="rgb", compression=compression, tile=(16, 16), metadata=None, **options)
    image = read(buffer.getvalue())
    for made, wanted in zip((image, *image.frames), pages, strict=True):
        np.testing.assert_array_equal(made.pixels, wanted)


def test_jpeg_in_a_tiff_is_read():
    written = corpus.tiff(corpus.texture(3), photometric="rgb", compression="jpeg", compressionargs={"level": 98})
    for content in (written, corpus.encoded(PIL.Image.fromarray(corpus.texture(3)), "TIFF", compression="jpeg")):
        assert np.abs(read(content).pixels.astype(int) - corpus.texture(3)).mean() < 8


def test_12_bit_jpeg_in_a_tiff_is_read():
    """tifffile writes the file, and imagecodecs compresses the strip."""
    samples = corpus.texture(1, 16)[:, :, 0] >> 4
    strip = imagecodecs.jpeg8_encode(samples, level=100, bitspersample=12)
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(
            iter([strip]), shape=samples.shape, dtype=np.uint16, bitspersample=12, photometric="minisblack",
            compression="jpeg", metadata=None,
        )  # fmt: skip
    image = read(buffer.getvalue())
    assert np.abs(image.pixels[:, :, 0] - samples * (65535 / 4095)).mean() < 40


def test_jpeg_with_an_extra_channel_is_read_with_a_warning():
    """Pillow writes four components as RGBX."""
    rgbx = PIL.Image.fromarray(np.dstack([corpus.texture(3), corpus.texture(1)]), "RGBX")
    image = read(corpus.encoded(rgbx, "TIFF", compression="jpeg", quality=98))
    assert np.abs(image.pixels.astype(int) - corpus.texture(3)).mean() < 6
    assert [str(warning) for warning in image.warnings] == [IGNORED_CHANNELS_WARNING]


@pytest.mark.parametrize("number", [32766, 34715, 4444])
def test_error_for_unknown_compression_names_it(number, plain_sentence):
    buffer = BytesIO(corpus.tiff(noise(6, 9, 3), photometric="rgb"))
    with tifffile.TiffFile(buffer, mode="r+") as file:
        file.pages[0].tags[259].overwrite(number)
    with pytest.raises(ImageUnreadable) as error:
        read(buffer.getvalue())
    plain_sentence(error.value, "a.tif", "compression")


def tiff_of(*pages):
    """Return a TIFF file. A page is (samples, subfile type, number of subdirectories)."""
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for samples, kind, below in pages:
            photometric = "rgb" if samples.shape[-1] == 3 else "mask"
            writer.write(samples, photometric=photometric, subfiletype=kind, subifds=below, metadata=None)
    return buffer.getvalue()


FULL, SMALL = noise(40, 60, 3), noise(5, 8, 3)
PAGE, REDUCED, MASK = 0, 1, 4


@pytest.mark.parametrize(
    "pages",
    [
        [(SMALL, REDUCED, 0), (FULL, PAGE, 0)],
        [(FULL, PAGE, 0), (SMALL, REDUCED, 0)],
        [(SMALL, REDUCED, 0), (SMALL, REDUCED, 0), (FULL, PAGE, 0)],
        [(SMALL, REDUCED, 1), (FULL, PAGE, 0)],
        [(FULL, PAGE, 1), (SMALL, REDUCED, 0)],
        [(FULL, REDUCED, 0)],
    ],
    ids=["first", "last", "two", "image below a thumbnail", "thumbnail below the image", "only page"],
)
def test_thumbnails_are_not_pages(pages):
    image = read(tiff_of(*pages))
    np.testing.assert_array_equal(image.pixels, FULL)
    assert image.frames == ()
    assert image.warnings == ()


@pytest.mark.parametrize(("kind", "is_page"), [(1, True), (2, False), (3, True)])
def test_old_subfile_type_is_understood(kind, is_page):
    """Tag 255 is 1 for a full image, 2 for a reduced image, and 3 for a page (TIFF 6.0, section 8)."""
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(FULL, photometric="rgb", metadata=None)
        writer.write(SMALL, photometric="rgb", metadata=None, extratags=[(255, 3, 1, kind, True)])
    content = buffer.getvalue()
    assert len(read(content).frames) == is_page


def test_pages_around_thumbnails_stay_pages():
    image = read(tiff_of((SMALL, REDUCED, 0), (FULL, PAGE, 0), (SMALL, REDUCED, 0), (FULL[::-1], 2, 0)))
    np.testing.assert_array_equal(image.pixels, FULL)
    np.testing.assert_array_equal(image.frames[0].pixels, FULL[::-1])
    assert len(image.frames) == 1


def test_mask_is_ignored_with_a_warning():
    image = read(tiff_of((FULL, PAGE, 0), (FULL[:, :, 0] > 128, MASK, 0)))
    np.testing.assert_array_equal(image.pixels, FULL)
    assert image.frames == ()
    assert ["mask" in str(warning) for warning in image.warnings] == [True]


def test_thumbnail_first_is_written_as_one_page(tmp_path):
    image_files.write(read(tiff_of((SMALL, REDUCED, 0), (FULL, PAGE, 0))), tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert [(page.shape, page.subfiletype) for page in file.pages] == [(FULL.shape, 0)]


def test_damaged_subdirectory_of_a_page_is_ignored():
    content = bytearray(tiff_of((FULL, PAGE, 1), (SMALL, REDUCED, 0)))
    with tifffile.TiffFile(BytesIO(bytes(content))) as file:
        offset = file.pages[0].tags[330].valueoffset
    struct.pack_into("<I", content, offset, len(content) - 3)
    np.testing.assert_array_equal(read(bytes(content)).pixels, FULL)
