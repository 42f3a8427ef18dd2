"""Color spaces of files without an ICC profile: reading, conversion, and refusal."""

import json
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.errors import WouldLoseData
from engine.imaging.codecs import image_files, profiles
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.color_space import ADOBE_RGB, ColorSpace
from engine.imaging.image import Image

COLOR = (200, 61, 40)
P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
DISPLAY, LIGHT = struct.pack(">8H2I", *range(1, 9), 10_000_000, 1), struct.pack(">2I", 10_000_000, 4_000_000)
PQ, SRGB = (b"cICP", bytes((9, 16, 0, 1))), (b"sRGB", b"\0")
GAMMA, PRIMARIES = (b"gAMA", struct.pack(">I", 100_000)), (b"cHRM", P3)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ICCP = (b"iCCP", b"x\0\0" + zlib.compress(ICC))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: tuple[bytes, bytes], color: tuple[int, ...] = COLOR, frames: int = 1) -> bytes:
    """Return a PNG file of 8 x 8 px that Pillow writes, with further chunks after its header."""
    mode = "RGB" if len(color) == 3 else "L"
    images = [PIL.Image.new(mode, (8, 8), color[:3] if len(color) == 3 else color[0]) for _ in range(frames)]
    images[-1].putpixel((1, 1), 0)
    buffer = BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(buffer, "PNG", **more)
    content = buffer.getvalue()
    return content[:33] + b"".join(chunk(*one) for one in chunks) + content[33:]


def chunks_of(content: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found[content[at + 4 : at + 8]] = content[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def avif(primaries: int, transfer: int) -> bytes:
    pixels = np.full((16, 16, 3), COLOR, np.uint8)
    return imagecodecs.avif_encode(pixels, level=100, primaries=primaries, transfer=transfer, matrix=6)


def encoded(image: Image, name: str, **options: object) -> bytes:
    buffer = BytesIO()
    image_files.encode(image, name, buffer, OutputOptions(**options))
    return buffer.getvalue()


def read(content: bytes) -> Image:
    return image_files.decode(content, "input")


def adobe_rgb_jpeg() -> bytes:
    """Return a JPEG file as cameras save it in Adobe RGB: with EXIF and without a profile."""
    blob = b"Exif\0\0MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
    blob += struct.pack(">HHHIHHHHIII", 2, 0xA001, 3, 1, 65535, 0, 0xA005, 4, 1, 56, 0)
    blob += struct.pack(">HHHI4sI", 1, 1, 2, 4, b"R03\0", 0)
    buffer = BytesIO()
    PIL.Image.new("RGB", (8, 8), COLOR).save(buffer, "JPEG", quality=95, exif=blob)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "stored",
    [
        [GAMMA],
        [PRIMARIES],
        [SRGB, GAMMA, PRIMARIES],
        [PQ, (b"mDCV", DISPLAY), (b"cLLI", LIGHT)],
        [(b"cICP", bytes((12, 13, 0, 1))), ICCP],
        [(b"cICP", bytes((1, 13, 0, 0)))],
    ],
)
@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("color", [COLOR, (90,)])
def test_png_keeps_the_chunks_byte_for_byte(stored, frames, color):
    if len(color) == 1:
        stored = [one for one in stored if one is not ICCP]
    image = read(png(*stored, color=color, frames=frames))
    assert len(image.frames) == frames - 1
    kept = chunks_of(encoded(image, "a.png"))
    for kind, body in stored:
        assert zlib.decompress(kept[kind].split(b"\0", 2)[2]) == ICC if kind == b"iCCP" else kept[kind] == body
    with PIL.Image.open(BytesIO(encoded(image, "a.png"))) as reread:
        reread.load()


def test_png_chunks_come_before_the_image_data():
    kinds = list(chunks_of(encoded(read(png(PQ, GAMMA)), "a.png")))
    assert kinds.index(b"cICP") < kinds.index(b"IDAT")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([PQ, ICCP, SRGB, GAMMA], ColorSpace(9, 16, rendering_intent=0, gamma=100_000)),
        ([ICCP, GAMMA], None),
        ([(b"gAMA", bytes(4))], None),
        ([(b"gAMA", b"\0")], None),
        ([(b"sRGB", b"\7")], None),
        ([(b"cICP", bytes((9, 16, 1, 1)))], None),  # PNG has no YCbCr
        ([(b"cHRM", struct.pack(">8I", *[30000] * 8))], None),
    ],
)
def test_png_chunks_have_the_precedence_of_the_specification(stored, expected):
    """PNG, third edition, section 12.1: cICP, iCCP, sRGB, then gAMA and cHRM. Invalid chunks are ignored."""
    image = read(png(*stored))
    assert image.color_space == expected
    assert (image.icc is not None) == (ICCP in stored)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.webp", "a.avif"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [(png(GAMMA), (229, 134, 110)), (png(PRIMARIES), (217, 43, 22)), (avif(12, 13), (217, 43, 22))],
)
def test_conversion_to_other_formats_keeps_the_colors(name, content, expected):
    """Pillow and Little CMS read the colors of the result.

    AVIF may have code points instead of a profile.
    """
    result = encoded(read(content), name, quality=None if name == "a.tif" else 100)
    if name == "a.avif" and content[4:8] == b"ftyp":
        assert struct.pack(">4sHH", b"nclx", 12, 13) in result
        return
    with PIL.Image.open(BytesIO(result)) as image:
        profile = ImageCms.getOpenProfile(BytesIO(image.info["icc_profile"]))
        shown = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
        assert shown.getpixel((5, 5)) == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("name", ["a.bmp", "a.gif", "a.jxl"])
def test_formats_without_profiles_get_srgb(name):
    image = image_files.decode(encoded(read(png(PRIMARIES)), name), name)
    assert (image.icc, image.color_space) == (None, None)
    assert image.pixels[5, 5].astype(int) == pytest.approx((217, 43, 22), abs=2)


@pytest.mark.parametrize("content", [png(PRIMARIES), avif(12, 13)])
def test_removing_metadata_converts_to_srgb(content):
    result = encoded(read(content), "a.png", strip=True)
    assert set(chunks_of(result)) == {b"IHDR", b"IDAT", b"IEND"}
    with PIL.Image.open(BytesIO(result)) as image:
        assert image.getpixel((5, 5)) == pytest.approx((217, 43, 22), abs=2)


@pytest.mark.parametrize("code_points", [(12, 13), (9, 16), (9, 18), (9, 14)])
def test_code_points_of_avif_are_kept(code_points):
    image = read(avif(*code_points))
    assert image.color_space == ColorSpace(*code_points)
    assert read(encoded(image, "a.avif")).color_space == ColorSpace(*code_points)
    assert chunks_of(encoded(image, "a.png"))[b"cICP"] == bytes((*code_points, 0, 1))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_code_points(tmp_path):
    path = tmp_path / "a.avif"
    path.write_bytes(encoded(read(avif(9, 16)), "a.avif"))
    options = ["exiftool", "-j", "-n", "-ColorPrimaries", "-TransferCharacteristics", str(path)]
    (found,) = json.loads(subprocess.run(options, capture_output=True, check=True).stdout)
    assert (found["ColorPrimaries"], found["TransferCharacteristics"]) == (9, 16)


def test_avif_in_srgb_has_no_color_space():
    assert read(avif(1, 13)).color_space is None
    assert read(avif(2, 2)).color_space is None


def test_code_points_of_heic_are_read():
    pillow_heif = pytest.importorskip("pillow_heif")

    buffer = BytesIO()
    heif = pillow_heif.from_pillow(PIL.Image.new("RGB", (16, 16), COLOR))
    heif.save(buffer, color_primaries=12, transfer_characteristics=13, save_nclx_profile=True)
    assert read(buffer.getvalue()).color_space == ColorSpace(12, 13)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.webp", "a.gif", "a.bmp"])
def test_hdr_is_refused_before_upscaling(name, transfer, tmp_path: Path):
    image = read(png((b"cICP", bytes((9, transfer, 0, 1)))))
    with pytest.raises(WouldLoseData, match="can't store HDR colors"):
        image_files.check_savable(image, tmp_path / name)
    with pytest.raises(WouldLoseData, match="can't be converted to sRGB"):
        image_files.check_savable(image, tmp_path / "a.png", OutputOptions(strip=True))


def test_lost_brightness_range_of_the_display_is_reported(tmp_path: Path):
    image = read(png(PQ, (b"mDCV", DISPLAY)))
    assert any("HDR brightness" in message for message in image_files.check_savable(image, tmp_path / "a.avif"))
    assert image_files.check_savable(image, tmp_path / "a.png") == ()


def test_adobe_rgb_of_a_camera_is_kept():
    image = read(adobe_rgb_jpeg())
    assert image.color_space == ADOBE_RGB
    kept = chunks_of(encoded(image, "a.png"))
    assert kept[b"gAMA"] == struct.pack(">I", 45471)
    assert struct.unpack(">8I", kept[b"cHRM"])[4:6] == (21000, 71000)
    with PIL.Image.open(BytesIO(encoded(image, "a.jpg"))) as jpeg:
        profile = ImageCms.getOpenProfile(BytesIO(jpeg.info["icc_profile"]))
        shown = ImageCms.profileToProfile(jpeg, profile, ImageCms.createProfile("sRGB"))
        assert shown.getpixel((5, 5)) == pytest.approx((231, 59, 34), abs=4)


def test_image_converted_to_srgb_does_not_declare_adobe_rgb(tmp_path: Path):
    """A gray image in WebP is stored as RGB, so a gray profile is replaced by a conversion."""
    image = read(adobe_rgb_jpeg())
    gray = image.with_pixels(image.pixels[:, :, :1].copy())
    assert read(encoded(gray, "a.webp")).color_space is None


@pytest.mark.parametrize(
    ("mode", "model"), [("L", "sRGB"), ("RGB", "LAB"), ("RGB", None)], ids=["gray-rgb", "rgb-lab", "rgb-junk"]
)
def test_profile_that_does_not_match_the_image_is_dropped_with_a_warning(mode, model, tmp_path: Path):
    icc = b"x" * 80 if model is None else ImageCms.ImageCmsProfile(ImageCms.createProfile(model)).tobytes()
    buffer = BytesIO()
    PIL.Image.new(mode, (8, 8)).save(buffer, "JPEG", icc_profile=icc)
    image = read(buffer.getvalue())
    assert image.icc is None
    assert any("color profile" in message for message in image_files.check_savable(image, tmp_path / "a.png"))
    assert b"iCCP" not in chunks_of(encoded(image, "a.png"))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_rgb_profile_of_a_cmyk_image_is_ignored_with_a_warning(kind):
    """Without a profile, R = (1 - C)(1 - K)."""
    buffer = BytesIO()
    PIL.Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(buffer, kind, icc_profile=ICC)
    image = read(buffer.getvalue())
    assert [str(message) for message in image.warnings] == [str(profiles.UNUSABLE_PROFILE)]
    assert image.pixels[4, 4].tolist() == pytest.approx([255, 0, 0], abs=4)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.jxl"])
def test_profile_of_another_color_model_is_never_written(name):
    image = Image(np.zeros((8, 8, 1), np.uint8), icc=ICC)
    assert read(encoded(image, name)).icc is None
    assert b"acsp" not in encoded(image, name)
