"""JPEG XL files, written by the program and by two other encoders."""

from io import BytesIO

import imagecodecs
import numpy as np
import PIL.Image
import pillow_jxl
import pytest

from engine.errors import EngineError, ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files, jxl_container, profiles
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.color_space import ColorSpace
from engine.imaging.image import Image
from tests import corpus

SRGB, LINEAR = (1, 13), (1, 8)


def written(image, **options):
    file = BytesIO()
    image_files.encode(image, "a.jxl", file, OutputOptions(**options))
    return file.getvalue()


def read(content):
    return image_files.decode(content, "a.jxl")


def declared_code_points(content):
    return profiles.code_points(bytes(pillow_jxl.Decoder(num_threads=1)(content)[3]))


def saved_with_pillow(image, **options):
    file = BytesIO()
    image.save(file, "JXL", **options)
    return file.getvalue()


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "photo.jpg"
    PIL.Image.fromarray(corpus.texture(3)).save(path, exif=corpus.camera_exif(), comment="made by hand", quality=80)
    return path


@pytest.mark.parametrize("bits", [8, 16])
def test_colors_are_declared_as_srgb(bits):
    assert declared_code_points(written(Image(corpus.texture(3, bits)))) == SRGB


@pytest.mark.parametrize("alpha", [None, corpus.transparency(16)])
def test_lossy_16_bits_look_like_the_image(alpha):
    image = Image(corpus.texture(3, 16), alpha)
    content = written(image, quality=95)
    shown = np.frombuffer(pillow_jxl.Decoder(num_threads=1)(content)[2], np.uint8).reshape(20, 28, -1)
    visible = slice(None) if alpha is None else alpha[..., None].repeat(3, 2) > 60000
    assert declared_code_points(content) == SRGB
    assert np.abs(shown[..., :3][visible].astype(float) - (image.pixels / 257)[visible]).mean() < 4
    assert read(content).bits == 16


def test_lower_quality_makes_smaller_files():
    image = Image(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sizes = [len(written(image, quality=quality)) for quality in (10, 40, 80, 95)]
    assert sizes == sorted(sizes)
    assert sizes[-1] < len(written(image))


def test_linear_light_is_read_as_linear():
    content = imagecodecs.jpegxl_encode(corpus.texture(3, 16), lossless=True)
    assert read(content).color_space == ColorSpace(*LINEAR)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_bit_depths_are_scaled_to_16(bits):
    samples = corpus.texture(3, bits)
    image = read(imagecodecs.jpegxl_encode(samples, lossless=True, bitspersample=bits))
    assert np.abs(image.pixels - samples * (65535 / (2**bits - 1))).max() <= 0.5


def test_floating_point_becomes_16_bits():
    samples = corpus.texture(3, 16)
    image = read(imagecodecs.jpegxl_encode((samples / np.float32(65535)).astype(np.float32), lossless=True))
    assert np.array_equal(image.pixels, samples)


def test_image_is_read_upright():
    pixels = read(corpus.ROTATED_JXL).pixels
    assert pixels.shape == (16, 8, 3)
    assert pixels[0, -1].tolist() == [255, 0, 0]
    assert pixels[-1, 0].tolist() == [0, 0, 255]


def test_recompressed_jpeg_is_read_like_the_jpeg(jpeg):
    with PIL.Image.open(jpeg) as image:
        content = saved_with_pillow(image, lossless_jpeg=True)
    result, expected = read(content), image_files.read(jpeg)
    assert np.array_equal(result.pixels, expected.pixels)
    assert (result.exif, result.comments) == (expected.exif, ("made by hand",))


@pytest.mark.parametrize("compress", [False, True])
def test_metadata_of_other_encoders_is_read(compress):
    exif, xmp = corpus.camera_exif(), corpus.XMP
    image = PIL.Image.fromarray(corpus.texture(3))
    content = saved_with_pillow(
        image, lossless=True, exif=exif, xmp=xmp, compress_metadata=compress, use_container=True
    )
    result = read(content)
    assert (b"brob" in content) == compress
    assert result.xmp == xmp
    assert result.exif is not None
    assert corpus.NOTE in result.exif


def test_animation_is_refused(plain_sentence):
    frames = np.stack([corpus.texture(3), corpus.texture(3, seed=1)])
    with pytest.raises(ImageUnreadable, match="Animated JPEG XL") as refused:
        read(imagecodecs.jpegxl_encode(frames, lossless=True))
    plain_sentence(str(refused.value))


def test_size_is_checked_before_decoding():
    """The header announces 2^29 by 2^29 pixels."""
    side = (2**29 - 1) << 2 | 3
    bits = side << 1 | side << (1 + 32 + 3)
    content = b"\xff\x0a" + bits.to_bytes(16, "little")
    with pytest.raises(ImageTooLarge):
        read(content)


def test_header_with_ratio_and_multiple_of_8():
    """A square of 256 pixels.

    The bits are a flag, 5 bits of height, 3 bits of ratio, and the flag of default metadata.
    """
    bits = 1 | 31 << 1 | 1 << 6 | 1 << 9
    header = jxl_container.parse(b"\xff\x0a" + bits.to_bytes(8, "little")).header
    assert (header.width, header.height, header.bits) == (256, 256, 8)


def test_damaged_files_raise_errors_of_the_engine(jpeg):
    rng = np.random.default_rng(7)
    with PIL.Image.open(jpeg) as image:
        recompressed = saved_with_pillow(image, lossless_jpeg=True)
    files = [written(Image(corpus.texture(3), corpus.transparency(), exif=corpus.camera_exif())), recompressed]
    unreadable = 0
    for _ in range(150):
        for content in files:
            try:
                read(corpus.mutated(content, files[0], rng))
            except EngineError:
                unreadable += 1
    assert unreadable > 20
