"""JPEG XL files, written by the program and by two other encoders."""

import struct
from dataclasses import replace
from io import BytesIO

import imagecodecs
import numpy as np
import PIL.Image
import pylibjxl
import pytest

from engine.batch.listing import read_image_size
from engine.errors import EngineError, ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files, jxl, jxl_container
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.color_space import ADOBE_RGB, ColorSpace
from engine.imaging.image import Image
from tests import corpus

LINEAR = (1, 8)


def written(image, **options):
    file = BytesIO()
    image_files.encode(image, "a.jxl", file, OutputOptions(**options))
    return file.getvalue()


def read(content):
    return image_files.decode(content, "a.jxl")


def declared_color_space(content):
    return jxl_container.parse(content).header.color_space


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "photo.jpg"
    PIL.Image.fromarray(corpus.texture(3)).save(path, exif=corpus.camera_exif(), comment="made by hand", quality=80)
    return path


@pytest.mark.parametrize("bits", [8, 16])
def test_colors_are_declared_as_srgb(bits):
    assert declared_color_space(written(Image(corpus.texture(3, bits)))) is None


@pytest.mark.parametrize("alpha", [None, corpus.transparency(16)])
def test_lossy_16_bits_look_like_the_image(alpha):
    image = Image(corpus.texture(3, 16), alpha)
    content = written(image, quality=95)
    shown = pylibjxl.decode(content)
    visible = slice(None) if alpha is None else alpha[..., None].repeat(3, 2) > 60000
    assert declared_color_space(content) is None
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


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("options", [OutputOptions(), OutputOptions(quality=90)])
def test_written_file_is_verified(bits, options, tmp_path):
    image = Image(corpus.texture(3, bits), corpus.transparency(bits))
    path = tmp_path / "a.jxl"
    image_files.write(image, path, options)
    assert read_image_size(path) == (image.width, image.height)
    assert image_files.read(path).bits == bits


def test_size_is_that_of_the_upright_image(tmp_path):
    path = tmp_path / "a.jxl"
    path.write_bytes(corpus.ROTATED_JXL)
    assert read_image_size(path) == (8, 16)


def test_recompressed_jpeg_is_read_like_the_jpeg(jpeg):
    result, expected = read(pylibjxl.jpeg_to_jxl(jpeg.read_bytes())), image_files.read(jpeg)
    assert np.array_equal(result.pixels, expected.pixels)
    assert (result.exif, result.comments) == (expected.exif, ("made by hand",))


def test_metadata_of_another_encoder_is_read():
    exif, xmp = corpus.camera_exif(), corpus.XMP
    result = read(pylibjxl.encode(corpus.texture(3), lossless=True, exif=exif.removeprefix(b"Exif\0\0"), xmp=xmp))
    assert result.xmp == xmp
    assert result.exif is not None
    assert corpus.NOTE in result.exif


def test_compressed_metadata_is_read():
    content = imagecodecs.jpegxl_encode(corpus.texture(3), lossless=True)
    file = jxl_container.build(jxl_container.codestream_of(content), None, None)
    body = b"xml " + imagecodecs.brotli_encode(corpus.XMP)
    assert read(file + struct.pack(">I", len(body) + 8) + b"brob" + body).xmp == corpus.XMP


def test_profile_is_read_and_kept():
    icc = corpus.profile(3)
    image = read(pylibjxl.encode(corpus.texture(3), lossless=True, icc=icc))
    assert image.icc == icc
    assert np.array_equal(image.pixels, corpus.texture(3))


def test_lossy_file_with_a_profile_is_refused(plain_sentence):
    content = written(Image(corpus.texture(3)), quality=90)
    file = jxl_container.parse(content)
    changed = replace(file, header=replace(file.header, has_profile=True))
    with pytest.raises(ImageUnreadable, match="with a color profile") as refused:
        jxl.read(content, changed, "a.jxl")
    plain_sentence(str(refused.value))


def header_with_encoding(*fields):
    """Return the header of a lossless 8-bit image with color encoding fields: (value, bits)."""
    start = [(0, 1), (0, 2), (7, 9), (1, 3), (0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (0, 2), (0, 1), (0, 1), (0, 1)]
    bits = shift = 0
    for value, count in (*start, *fields, (0, 64)):
        bits |= value << shift
        shift += count
    return jxl_container.parse(b"\xff\x0a" + bits.to_bytes(shift // 8 + 1, "little")).header


RGB, D65, SRGB_PRIMARIES = (0, 2), (1, 2), (1, 2)  # selectors of enumerated values
BT_2100, P3, DCI = ((2, 2), (7, 4)), ((2, 2), (9, 4)), ((2, 2), (9, 4))
HLG, TRANSFER_SRGB, TRANSFER_PQ = ((3, 2), (0, 6)), ((2, 2), (11, 4)), ((2, 2), (14, 4))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((RGB, D65, SRGB_PRIMARIES, (0, 1), *TRANSFER_SRGB), None),
        ((RGB, D65, *P3, (0, 1), *TRANSFER_SRGB), ColorSpace(12, 13)),
        ((RGB, *DCI, *P3, (0, 1), *TRANSFER_SRGB), ColorSpace(11, 13)),
        ((RGB, D65, *BT_2100, (0, 1), *TRANSFER_PQ), ColorSpace(9, 16)),
        ((RGB, D65, *BT_2100, (0, 1), *HLG), ColorSpace(9, 18)),
        (((1, 2), D65, (0, 1), *TRANSFER_SRGB), None),  # gray
    ],
)
def test_color_encodings_become_code_points(fields, expected):
    assert header_with_encoding(*fields).color_space == expected


def test_gamma_and_primaries_become_a_color_space():
    """Adobe RGB: the chromaticities in millionths, as even numbers, and the gamma in ten-millionths."""

    def chromaticity(across, down):
        return tuple(
            field
            for value in (2 * across, 2 * down)
            for field in (((0, 2), (value, 19)) if value < 524288 else ((1, 2), (value - 524288, 19))
                          if value < 1048576 else ((2, 2), (value - 1048576, 20)))
        )  # fmt: skip

    custom = ((2, 2), (0, 4))
    primaries = (*chromaticity(640000, 330000), *chromaticity(210000, 710000), *chromaticity(150000, 60000))
    space = header_with_encoding(RGB, D65, *custom, *primaries, (1, 1), (4547069, 24)).color_space
    assert space == ColorSpace(chromaticities=ADOBE_RGB.chromaticities, gamma=45470)


def test_animation_is_refused(plain_sentence):
    frames = np.stack([corpus.texture(3), corpus.texture(3, seed=1)])
    with pytest.raises(ImageUnreadable, match="Animated JPEG XL") as refused:
        read(imagecodecs.jpegxl_encode(frames, lossless=True))
    plain_sentence(str(refused.value))


def test_size_is_checked_before_decoding():
    """The header announces 2^29 by 2^29 pixels."""
    side = (2**29 - 1) << 2 | 3
    bits = side << 1 | side << (1 + 32 + 3) | 1 << (1 + 32 + 3 + 32)
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
    recompressed = pylibjxl.jpeg_to_jxl(jpeg.read_bytes())
    files = [written(Image(corpus.texture(3), corpus.transparency(), exif=corpus.camera_exif())), recompressed]
    unreadable = 0
    for _ in range(150):
        for content in files:
            try:
                read(corpus.mutated(content, files[0], rng))
            except EngineError:
                unreadable += 1
    assert unreadable > 20
