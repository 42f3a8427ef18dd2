"""Conversions: CMYK, floats, bit depths, color profiles, save options, HEIC."""

import os
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.errors import ImageUnreadable, ImageUnwritable, InvalidSetting, WouldLoseData
from engine.imaging import color
from engine.imaging.codecs import encoding, high_bit_depth, image_files, profiles
from engine.imaging.codecs.image_files import Image, OutputOptions
from tests import corpus

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cmyk_profile():
    """Return a CMYK profile with a lookup table (ICC.1:2010, section 10.8) in which R = (1 - C)(1 - K)."""
    import struct

    grid = np.linspace(0, 1, 9)
    c, m, y, k = np.meshgrid(grid, grid, grid, grid, indexing="ij")
    rgb = np.stack([(1 - ink) * (1 - k) for ink in (c, m, y)], -1)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])  # D50
    ratio = (linear @ to_xyz.T) / (0.9642, 1.0, 0.8249)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    lab = np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
    table = np.clip(np.round(lab * (2.55, 1, 1) + (0, 128, 128)), 0, 255).astype(np.uint8)
    ramp = bytes(range(256))
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut = b"mft1" + bytes(4) + bytes((4, 3, 9, 0)) + identity + ramp * 4 + table.tobytes() + ramp * 3
    lut += bytes(-len(lut) % 4)
    body = struct.pack(">I4sII", 1, b"A2B0", 144, len(lut)) + lut
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), bytes(4), 0x02100000, b"prtr", b"CMYK", b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + body


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile_to_srgb(kind):
    inks = PIL.Image.fromarray(corpus.texture(4), "CMYK")
    icc = cmyk_profile()
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    content = corpus.encoded(inks, kind, icc_profile=icc, **options)
    result = image_files.decode(content, "inks")
    with PIL.Image.open(BytesIO(content)) as stored:
        expected = ImageCms.profileToProfile(stored, ImageCms.ImageCmsProfile(BytesIO(icc)),
                                             ImageCms.ImageCmsProfile(BytesIO(SRGB)), outputMode="RGB")  # fmt: skip
    assert np.abs(result.pixels.astype(int) - np.asarray(expected)).max() <= 1
    assert result.icc == profiles.srgb_profile()
    assert result.is_cmyk
    again = image_files.decode(corpus.encode_image(result, "a.png"), "a.png")
    assert again.icc == profiles.srgb_profile()
    assert not again.is_cmyk


def test_saving_a_cmyk_image_reports_that_the_result_is_rgb(tmp_path):
    inks = PIL.Image.fromarray(corpus.texture(4), "CMYK")
    image = image_files.decode(corpus.encoded(inks, "JPEG"), "inks.jpg")
    warnings = image_files.check_savable(image, tmp_path / "a.jpg")
    assert [str(message) for message in warnings] == [
        "The file contains CMYK colors. They were converted, so the result is RGB."
    ]
    assert not image_files.check_savable(image_files.Image(corpus.texture(3)), tmp_path / "a.jpg")


def test_16_bit_cmyk_matches_8_bit_cmyk():
    fine = corpus.texture(4, 16)
    deep_ones = profiles.cmyk_to_srgb(fine, cmyk_profile())
    coarse = profiles.cmyk_to_srgb((fine // 257).astype(np.uint8), cmyk_profile())
    assert deep_ones.dtype == np.uint16
    assert np.abs(deep_ones / 257 - coarse).max() < 3


@pytest.mark.parametrize("icc", [None, b"no profile", profiles.srgb_profile()])
def test_cmyk_without_a_usable_profile_uses_the_formula(icc):
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 128], [9, 9, 9, 255]]], np.uint8)
    result = profiles.cmyk_to_srgb(inks, icc)
    np.testing.assert_array_equal(result, [[[255, 255, 255], [0, 255, 255], [127, 0, 127], [0, 0, 0]]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_floats_from_0_to_1_are_converted_to_16_bits(dtype, channels):
    unit = (np.random.default_rng(0).random((9, 7, channels))).astype(dtype)
    unit[0, 0], unit[0, 1] = 0, 1
    samples = unit[:, :, 0] if channels == 1 else unit
    result = image_files.decode(corpus.tiff(samples, photometric="minisblack" if channels == 1 else "rgb"), "unit.tif")
    np.testing.assert_array_equal(result.pixels, np.floor(unit.astype(np.float32) * 65535 + 0.5))


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, np.nan, np.inf])
def test_floats_out_of_range_are_refused(value, plain_sentence):
    unit = np.full((5, 5), 0.5, np.float32)
    unit[2, 3] = value
    with pytest.raises(ImageUnreadable) as error:
        image_files.decode(corpus.tiff(unit), "hdr.tif")
    plain_sentence(error.value, "hdr.tif", "0–1")


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint32, np.int32, np.complex64])
def test_unsupported_samples_are_refused(dtype, plain_sentence):
    with pytest.raises(ImageUnreadable) as error:
        image_files.decode(corpus.tiff(np.ones((5, 6), dtype)), "odd.tif")
    plain_sentence(error.value, "odd.tif")


@pytest.mark.parametrize(("bits", "top"), [(1, 255), (4, 255), (8, 255), (10, 65535), (12, 65535), (16, 65535)])
def test_low_bit_depths_are_stretched_to_the_full_range(bits, top):
    ramp = np.arange(2**bits, dtype=np.uint16 if bits > 8 else np.uint8).reshape(1, -1)
    result = high_bit_depth.stretch_to_full_range(ramp, bits)
    assert result.dtype == (np.uint8 if top == 255 else np.uint16)
    np.testing.assert_array_equal(result[0], np.round(np.arange(2**bits) * (top / (2**bits - 1))))


def test_white_is_zero_premultiplied_and_planar_tiffs_are_read():
    gray = corpus.texture(1, 16)[:, :, 0]
    result = image_files.decode(corpus.tiff(gray, photometric="miniswhite"), "a.tif")
    np.testing.assert_array_equal(result.pixels[:, :, 0], 65535 - gray)

    rgb, share = corpus.texture(3, 16), corpus.transparency(16)
    multiplied = np.round(rgb * (share[:, :, None] / 65535)).astype(np.uint16)
    stored = corpus.tiff(np.dstack([multiplied, share]), photometric="rgb", extrasamples=["assocalpha"])
    result = image_files.decode(stored, "a.tif")
    np.testing.assert_array_equal(result.alpha, share)
    clear = share > 6000
    assert np.abs(result.pixels.astype(int) - rgb)[clear].max() <= 6

    planes = corpus.tiff(rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(image_files.decode(planes, "a.tif").pixels, rgb)


@pytest.mark.parametrize("name", ["a.bmp", "a.gif"])
def test_formats_without_profiles_are_converted_to_srgb(name):
    image = Image(np.full((9, 9, 3), (40, 200, 90), np.uint8), icc=corpus.display_p3())
    result = image_files.decode(corpus.encode_image(image, name), name)
    expected = ImageCms.profileToProfile(PIL.Image.fromarray(image.pixels),
                                         ImageCms.ImageCmsProfile(BytesIO(image.icc)),
                                         ImageCms.ImageCmsProfile(BytesIO(SRGB)))  # fmt: skip
    assert result.icc is None
    assert np.abs(result.pixels.astype(int) - np.asarray(expected)).max() <= 1


def test_stripping_srgb_changes_no_value():
    image = Image(corpus.texture(3), icc=profiles.srgb_profile())
    result = image_files.decode(corpus.encode_image(image, "a.png", OutputOptions(strip=True)), "a.png")
    np.testing.assert_array_equal(result.pixels, image.pixels)


def test_16_bits_keep_their_levels_through_a_profile():
    ramp = np.linspace(0, 65535, 3000).astype(np.uint16).reshape(1, -1, 1).repeat(3, axis=2)
    result = profiles.to_srgb(ramp, corpus.adobe_rgb())
    assert len(np.unique(result)) > 2500


def test_bit_depth_option_converts_pixels():
    fine, coarse = Image(corpus.texture(3, 16), corpus.transparency(16)), Image(corpus.texture(3))
    result = image_files.decode(corpus.encode_image(fine, "a.png", OutputOptions(bits=8)), "a.png")
    np.testing.assert_array_equal(result.pixels, color.to_uint8(fine.pixels))
    assert result.alpha.dtype == np.uint8
    result = image_files.decode(corpus.encode_image(coarse, "a.tif", OutputOptions(bits=16)), "a.tif")
    np.testing.assert_array_equal(result.pixels, coarse.pixels.astype(np.uint16) * 257)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.avif"])
def test_a_lower_quality_makes_a_smaller_file(name):
    image = Image(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sizes = [len(corpus.encode_image(image, name, OutputOptions(quality=quality))) for quality in (20, 60, 98)]
    assert sizes == sorted(set(sizes))


def test_jpeg_has_no_chroma_subsampling():
    with PIL.Image.open(BytesIO(corpus.encode_image(Image(corpus.texture(3)), "a.jpg"))) as result:
        assert [component[1:3] for component in result.layer] == [(1, 1)] * 3


def test_webp_is_lossless_by_default():
    image = Image(corpus.texture(3))
    exact = [OutputOptions(), OutputOptions(lossless=True)]
    lossy = [OutputOptions(lossless=False), OutputOptions(quality=80)]
    result = [image_files.decode(corpus.encode_image(image, "a.webp", how), "a.webp").pixels for how in exact + lossy]
    assert [np.array_equal(pixels, image.pixels) for pixels in result] == [True, True, False, False]


@pytest.mark.parametrize(
    "wrong",
    [{"format": "xcf"}, {"quality": 0}, {"quality": 101}, {"bits": 12}, {"lossless": True, "quality": 90}],
)
def test_invalid_options_are_refused(wrong, plain_sentence):
    with pytest.raises(InvalidSetting) as error:
        OutputOptions(**wrong)
    plain_sentence(error.value)


def test_format_and_extension_must_match(tmp_path, plain_sentence):
    image = Image(corpus.texture(3))
    image_files.write(image, tmp_path / "no ending", OutputOptions(format="png"))
    np.testing.assert_array_equal(image_files.read(tmp_path / "no ending").pixels, image.pixels)
    with pytest.raises(ImageUnwritable) as error:
        image_files.write(image, tmp_path / "a.jpg", OutputOptions(format="png"))
    plain_sentence(error.value, "a.jpg", "extension")
    with pytest.raises(WouldLoseData):
        image_files.write(image, tmp_path / "a.jpg", OutputOptions(lossless=True))


@pytest.mark.parametrize(
    ("source", "options", "name"),
    [
        ("a.JPG", OutputOptions(), "a_x3.JPG"),
        ("a.heic", OutputOptions(), "a_x3.png"),
        ("a.jpg", OutputOptions(format="png"), "a_x3.png"),
        ("a.jpeg", OutputOptions(format="jpg"), "a_x3.jpeg"),
        ("a b.ü", OutputOptions(format="tif"), "a b_x3.tif"),
    ],
)
def test_a_result_is_named_after_its_source(source, options, name):
    assert image_files.default_file_name(source, "x3", options) == name


def test_heic_is_read_upright_with_its_metadata():
    heif = pytest.importorskip("pillow_heif")
    pixels = corpus.texture(3).repeat(4, axis=0).repeat(4, axis=1)
    buffer = BytesIO()
    heif.from_pillow(PIL.Image.fromarray(pixels)).save(buffer, quality=-1, chroma=444, exif=corpus.camera_exif())
    result = image_files.decode(buffer.getvalue(), "photo.heic")
    assert np.abs(result.pixels.astype(int) - pixels).mean() < 3
    assert b"Camera" in result.exif


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("background", [(255, 255, 255), (10, 200, 90)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_background_replaces_transparency(bits, background, channels):
    """The expected colors come from Pillow's compositing. A gray image stays gray over a gray background."""
    pixels, alpha = corpus.texture(channels, bits), corpus.transparency(bits)
    image = Image(pixels, alpha)
    for name in ("a.jpg", "a.bmp"):
        options = OutputOptions(bits=8, background=background)
        flat = encoding.convert_for_format(image, name, options)
        assert flat.alpha is None
        assert flat.is_gray == (channels == 1 and background[0] == background[1])
        rgb = np.broadcast_to(color.to_uint8(pixels), (*pixels.shape[:2], 3))
        rgba = PIL.Image.fromarray(np.dstack([rgb, color.to_uint8(alpha)]))
        expected = PIL.Image.alpha_composite(PIL.Image.new("RGBA", rgba.size, (*background, 255)), rgba)
        assert np.abs(np.asarray(expected)[:, :, :3].astype(int) - flat.pixels).max() <= 1
    kept = encoding.convert_for_format(image, "a.tif", OutputOptions(background=background))
    assert np.array_equal(kept.alpha, alpha)


def test_a_background_is_not_suggested_for_other_errors():
    image = Image(corpus.texture(3), corpus.transparency(), frames=(Image(corpus.texture(3)),), duration_ms=40.0)
    with pytest.raises(ImageUnwritable, match="animations"):
        encoding.convert_for_format(image, "a.jpg", OutputOptions(background=(0, 0, 0)))


def test_the_time_of_the_source_is_kept_on_request(tmp_path):
    source = tmp_path / "a.png"
    image_files.write(Image(corpus.texture(3)), source)
    os.utime(source, ns=(10**18, 10**18))
    image_files.write(Image(corpus.texture(3)), tmp_path / "b.png", OutputOptions(keep_time=True), source=source)
    image_files.write(Image(corpus.texture(3)), tmp_path / "c.png", source=source)
    assert (tmp_path / "b.png").stat().st_mtime_ns == 10**18
    assert (tmp_path / "c.png").stat().st_mtime_ns > 10**18
