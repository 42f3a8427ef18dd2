"""12-bit JPEG, lossless JPEG, JPEG-LS, and truncated JPEG files."""

import itertools

import imagecodecs
import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files, profiles
from tests import corpus

GRAY, RGB = 1, 3


def read(content):
    return image_files.decode(content, "a.jpg")


def make_samples(channels, bits):
    """Return a texture with a bit depth: (H, W) or (H, W, 3), uint16."""
    return (corpus.texture(channels, 16) >> (16 - bits)).squeeze()


def full_range(samples, bits):
    """Return samples scaled to 0 to 255 if they have up to 8 bits, else to 0 to 65535."""
    top = 255 if bits <= 8 else 65535
    return np.round(samples.reshape(*samples.shape[:2], -1) * (top / (2**bits - 1)))


@pytest.mark.parametrize("channels", [GRAY, RGB])
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
def test_lossless_jpeg_is_exact(bits, channels):
    samples = make_samples(channels, bits)
    stored = samples.astype(np.uint8) if bits == 8 else samples
    image = read(imagecodecs.jpeg8_encode(stored, lossless=True, bitspersample=bits))
    assert image.bits == (8 if bits == 8 else 16)
    np.testing.assert_array_equal(image.pixels, full_range(samples, bits))


@pytest.mark.parametrize("channels", [GRAY, RGB])
@pytest.mark.parametrize("bits", [8, 16])
def test_jpeg_ls_is_exact(bits, channels):
    samples = make_samples(channels, bits)
    stored = samples.astype(np.uint8) if bits == 8 else samples
    image = read(imagecodecs.jpegls_encode(stored))
    np.testing.assert_array_equal(image.pixels, full_range(samples, bits))


@pytest.mark.parametrize("channels", [GRAY, RGB])
def test_12_bit_jpeg_is_close(channels):
    samples = make_samples(channels, 12)
    image = read(imagecodecs.jpeg8_encode(samples, level=100, bitspersample=12, subsampling="444"))
    assert image.pixels.dtype == np.uint16
    assert np.abs(image.pixels - full_range(samples, 12)).mean() < 65535 * 0.001


def test_12_bit_cmyk_becomes_srgb():
    """If the file has an Adobe APP14 marker, the stored CMYK values are inverted."""
    inks = make_samples(4, 12)
    content = imagecodecs.jpeg8_encode(inks, level=100, bitspersample=12)
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0"
    for stored, meant in ((content, inks), (content[:2] + adobe + content[2:], 4095 - inks)):
        image = read(stored)
        assert image.icc == profiles.srgb_profile()
        wanted = profiles.cmyk_to_srgb(full_range(meant, 12).astype(np.uint16), None)
        assert np.abs(image.pixels.astype(int) - wanted).mean() < 65535 * 0.01


def test_12_bit_jpeg_keeps_its_metadata_and_orientation():
    """The metadata segments are copied from a JPEG file that Pillow wrote."""
    source = corpus.encoded(
        PIL.Image.fromarray(corpus.texture(1)[:, :, 0]), "JPEG", exif=corpus.camera_exif(6), dpi=(300, 300),
        icc_profile=corpus.profile(1), xmp=corpus.XMP,
    )  # fmt: skip
    end = source.rindex(b"\xff\xdb")
    samples = make_samples(GRAY, 12)
    content = imagecodecs.jpeg8_encode(samples, lossless=True, bitspersample=12)
    image = read(source[:end] + content[content.index(b"\xff\xc3") :])
    assert image.icc == corpus.profile(1)
    assert image.xmp == corpus.XMP
    assert image.dpi == (300, 300)
    assert b"Camera" in image.exif
    np.testing.assert_array_equal(image.pixels, np.rot90(full_range(samples, 12), -1))


def test_12_bit_jpeg_of_a_huge_size_is_refused():
    content = bytearray(imagecodecs.jpeg8_encode(make_samples(RGB, 12), lossless=True, bitspersample=12))
    at = content.index(b"\xff\xc3") + 5
    content[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(ImageTooLarge):
        read(bytes(content))


@pytest.mark.parametrize(
    ("channels", "options"),
    list(itertools.product((GRAY, RGB), ({}, {"progressive": True}, {"subsampling": 0}, {"quality": 20}))),
)
@pytest.mark.parametrize("end", [b"", b"\xff"], ids=["none", "half"])
def test_jpeg_without_its_end_marker_is_read_with_a_warning(channels, options, end):
    content = corpus.encoded(PIL.Image.fromarray(corpus.texture(channels).squeeze()), "JPEG", **options)
    assert content.endswith(b"\xff\xd9")
    image, whole = read(content[:-2] + end), read(content)
    np.testing.assert_array_equal(image.pixels, whole.pixels)
    assert [str(warning) for warning in image.warnings] == [
        "The end of the file is missing, but the image data is complete."
    ]
    assert whole.warnings == ()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [30, 100, 300])
def test_jpeg_without_some_image_data_is_refused_with_the_reason(lost, progressive, plain_sentence):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    content = corpus.encoded(PIL.Image.fromarray(noise), "JPEG", progressive=progressive)
    with pytest.raises(ImageUnreadable) as error:
        read(content[:-lost])
    plain_sentence(error.value, "a.jpg", "missing")


def test_progressive_jpeg_without_its_last_scans_is_refused(plain_sentence):
    content = corpus.encoded(PIL.Image.fromarray(corpus.texture(3)), "JPEG", progressive=True)
    cut = content.rindex(b"\xff\xda")
    cut = min(cut, content.rindex(b"\xff\xc4", 0, cut))
    with pytest.raises(ImageUnreadable) as error:
        read(content[:cut])
    plain_sentence(error.value, "a.jpg", "missing")
