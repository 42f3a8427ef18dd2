"""What a conversion means: CMYK, floating point, fewer bits, profiles that a file cannot carry, HEIC."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from benchmarks import corpus
from engine.errors import BadRequest, PictureUnreadable, PictureUnwritable, PictureWouldLose
from engine.imaging import color
from engine.imaging.codecs import high_bit_depth, image_files, opening, profiles
from engine.imaging.codecs.image_files import Picture, SaveOptions

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cmyk_profile():
    """A CMYK profile made of a table (ICC.1:2010, 10.8, lut8Type): R = (1 - C)(1 - K), and so on."""
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
def test_cmyk_goes_through_its_profile_and_carries_srgb(kind):
    inks = Image.fromarray(corpus.texture(4), "CMYK")
    icc = cmyk_profile()
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    content = corpus.encoded(inks, kind, icc_profile=icc, **options)
    made = image_files.decode(content, "inks")
    with Image.open(BytesIO(content)) as stored:
        expected = ImageCms.profileToProfile(stored, ImageCms.ImageCmsProfile(BytesIO(icc)),
                                             ImageCms.ImageCmsProfile(BytesIO(SRGB)), outputMode="RGB")  # fmt: skip
    assert np.abs(made.pixels.astype(int) - np.asarray(expected)).max() <= 1
    assert made.icc == profiles.srgb()
    again = image_files.decode(corpus.file_of(made, "a.png"), "a.png")
    assert again.icc == profiles.srgb()


def test_cmyk_of_16_bits_is_that_of_8_bits_with_more_levels():
    fine = corpus.texture(4, 16)
    deep_ones = profiles.cmyk_to_srgb(fine, cmyk_profile())
    coarse = profiles.cmyk_to_srgb((fine // 257).astype(np.uint8), cmyk_profile())
    assert deep_ones.dtype == np.uint16
    assert np.abs(deep_ones / 257 - coarse).max() < 3


@pytest.mark.parametrize("icc", [None, b"no profile", profiles.srgb()])
def test_cmyk_without_a_usable_profile_is_the_plain_formula(icc):
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 128], [9, 9, 9, 255]]], np.uint8)
    made = profiles.cmyk_to_srgb(inks, icc)
    np.testing.assert_array_equal(made, [[[255, 255, 255], [0, 255, 255], [127, 0, 127], [0, 0, 0]]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_floating_point_from_0_to_1_becomes_16_bits(dtype, channels):
    unit = (np.random.default_rng(0).random((9, 7, channels))).astype(dtype)
    unit[0, 0], unit[0, 1] = 0, 1
    samples = unit[:, :, 0] if channels == 1 else unit
    made = image_files.decode(corpus.tiff(samples, photometric="minisblack" if channels == 1 else "rgb"), "unit.tif")
    np.testing.assert_array_equal(made.pixels, np.floor(unit.astype(np.float32) * 65535 + 0.5))


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, np.nan, np.inf])
def test_floating_point_beyond_is_refused(value, plain_sentence):
    unit = np.full((5, 5), 0.5, np.float32)
    unit[2, 3] = value
    with pytest.raises(PictureUnreadable) as said:
        image_files.decode(corpus.tiff(unit), "hdr.tif")
    plain_sentence(said.value, "hdr.tif", "0 to 1")


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint32, np.int32, np.complex64])
def test_other_samples_are_refused(dtype, plain_sentence):
    with pytest.raises(PictureUnreadable) as said:
        image_files.decode(corpus.tiff(np.ones((5, 6), dtype)), "odd.tif")
    plain_sentence(said.value, "odd.tif")


@pytest.mark.parametrize(("bits", "top"), [(1, 255), (4, 255), (8, 255), (10, 65535), (12, 65535), (16, 65535)])
def test_fewer_bits_are_stretched_to_the_full_range(bits, top):
    ramp = np.arange(2**bits, dtype=np.uint16 if bits > 8 else np.uint8).reshape(1, -1)
    made = high_bit_depth.stretched(ramp, bits)
    assert made.dtype == (np.uint8 if top == 255 else np.uint16)
    np.testing.assert_array_equal(made[0], np.round(np.arange(2**bits) * (top / (2**bits - 1))))


def test_white_is_zero_and_premultiplied_and_planar_tiffs():
    gray = corpus.texture(1, 16)[:, :, 0]
    made = image_files.decode(corpus.tiff(gray, photometric="miniswhite"), "a.tif")
    np.testing.assert_array_equal(made.pixels[:, :, 0], 65535 - gray)

    rgb, share = corpus.texture(3, 16), corpus.transparency(16)
    multiplied = np.round(rgb * (share[:, :, None] / 65535)).astype(np.uint16)
    stored = corpus.tiff(np.dstack([multiplied, share]), photometric="rgb", extrasamples=["assocalpha"])
    made = image_files.decode(stored, "a.tif")
    np.testing.assert_array_equal(made.alpha, share)
    clear = share > 6000
    assert np.abs(made.pixels.astype(int) - rgb)[clear].max() <= 6

    planes = corpus.tiff(rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(image_files.decode(planes, "a.tif").pixels, rgb)


def test_a_tiff_with_channels_beyond_transparency_is_refused(plain_sentence):
    many = np.dstack([corpus.texture(3, 16), corpus.texture(2, 16)])
    with pytest.raises(PictureUnreadable) as said:
        image_files.decode(corpus.tiff(many, photometric="rgb"), "a.tif")
    plain_sentence(said.value, "a.tif", "beyond")


def test_reduced_copies_in_a_tiff_are_no_pages():
    import tifffile

    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(corpus.texture(3), photometric="rgb")
        writer.write(corpus.texture(3)[::2, ::2], photometric="rgb", subfiletype=1)
    assert image_files.decode(buffer.getvalue(), "a.tif").frames == ()


@pytest.mark.parametrize("name", ["a.bmp", "a.gif"])
def test_where_no_profile_has_a_place_the_colours_become_srgb(name):
    picture = Picture(np.full((9, 9, 3), (40, 200, 90), np.uint8), icc=corpus.display_p3())
    made = image_files.decode(corpus.file_of(picture, name), name)
    expected = ImageCms.profileToProfile(Image.fromarray(picture.pixels),
                                         ImageCms.ImageCmsProfile(BytesIO(picture.icc)),
                                         ImageCms.ImageCmsProfile(BytesIO(SRGB)))  # fmt: skip
    assert made.icc is None
    assert np.abs(made.pixels.astype(int) - np.asarray(expected)).max() <= 1


def test_stripping_srgb_changes_no_value():
    picture = Picture(corpus.texture(3), icc=profiles.srgb())
    made = image_files.decode(corpus.file_of(picture, "a.png", SaveOptions(strip=True)), "a.png")
    np.testing.assert_array_equal(made.pixels, picture.pixels)


def test_16_bits_keep_their_levels_through_a_profile():
    ramp = np.linspace(0, 65535, 3000).astype(np.uint16).reshape(1, -1, 1).repeat(3, axis=2)
    made = profiles.to_srgb(ramp, corpus.adobe_rgb())
    assert len(np.unique(made)) > 2500


def test_bits_can_be_asked_for():
    fine, coarse = Picture(corpus.texture(3, 16), corpus.transparency(16)), Picture(corpus.texture(3))
    made = image_files.decode(corpus.file_of(fine, "a.png", SaveOptions(bits=8)), "a.png")
    np.testing.assert_array_equal(made.pixels, color.in_8_bits(fine.pixels))
    assert made.alpha.dtype == np.uint8
    made = image_files.decode(corpus.file_of(coarse, "a.tif", SaveOptions(bits=16)), "a.tif")
    np.testing.assert_array_equal(made.pixels, coarse.pixels.astype(np.uint16) * 257)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.avif"])
def test_a_lower_quality_makes_a_smaller_file(name):
    picture = Picture(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sizes = [len(corpus.file_of(picture, name, SaveOptions(quality=quality))) for quality in (20, 60, 98)]
    assert sizes == sorted(set(sizes))


def test_jpeg_has_full_colour_resolution():
    with Image.open(BytesIO(corpus.file_of(Picture(corpus.texture(3)), "a.jpg"))) as made:
        assert [component[1:3] for component in made.layer] == [(1, 1)] * 3


def test_webp_is_lossless_unless_asked():
    picture = Picture(corpus.texture(3))
    exact = [SaveOptions(), SaveOptions(lossless=True)]
    lossy = [SaveOptions(lossless=False), SaveOptions(quality=80)]
    made = [image_files.decode(corpus.file_of(picture, "a.webp", how), "a.webp").pixels for how in exact + lossy]
    assert [np.array_equal(pixels, picture.pixels) for pixels in made] == [True, True, False, False]


@pytest.mark.parametrize(
    "wrong",
    [{"format": "xcf"}, {"quality": 0}, {"quality": 101}, {"bits": 12}, {"lossless": True, "quality": 90}],
)
def test_nonsense_is_refused_when_it_is_asked(wrong, plain_sentence):
    with pytest.raises(BadRequest) as said:
        SaveOptions(**wrong)
    plain_sentence(said.value)


def test_the_format_asked_for_and_the_name_must_agree(tmp_path, plain_sentence):
    picture = Picture(corpus.texture(3))
    image_files.write(picture, tmp_path / "no ending", SaveOptions(format="png"))
    np.testing.assert_array_equal(image_files.read(tmp_path / "no ending").pixels, picture.pixels)
    with pytest.raises(PictureUnwritable) as said:
        image_files.write(picture, tmp_path / "a.jpg", SaveOptions(format="png"))
    plain_sentence(said.value, "a.jpg", "another format")
    with pytest.raises(PictureWouldLose):
        image_files.write(picture, tmp_path / "a.jpg", SaveOptions(lossless=True))


@pytest.mark.parametrize(
    ("source", "options", "name"),
    [
        ("a.JPG", SaveOptions(), "a_x3.JPG"),
        ("a.heic", SaveOptions(), "a_x3.png"),
        ("a.jpg", SaveOptions(format="png"), "a_x3.png"),
        ("a.jpeg", SaveOptions(format="jpg"), "a_x3.jpeg"),
        ("a b.ü", SaveOptions(format="tif"), "a b_x3.tif"),
    ],
)
def test_a_result_is_named_after_its_source(source, options, name):
    assert image_files.name_for(source, "x3", options) == name


def test_heic_is_read_upright_with_its_metadata():
    heif = pytest.importorskip("pillow_heif")
    pixels = corpus.texture(3).repeat(4, axis=0).repeat(4, axis=1)
    buffer = BytesIO()
    heif.from_pillow(Image.fromarray(pixels)).save(buffer, quality=-1, chroma=444, exif=corpus.camera_exif())
    made = image_files.decode(buffer.getvalue(), "photo.heic")
    assert np.abs(made.pixels.astype(int) - pixels).mean() < 3
    assert b"Camera" in made.exif


def test_heic_without_the_extra_says_what_is_missing(monkeypatch, plain_sentence):
    monkeypatch.setattr(opening, "heif", lambda: None)
    with pytest.raises(PictureUnreadable, match=r"srcnn-studio\[heif\]") as said:
        image_files.decode(b"\0\0\0\x18ftypheic" + bytes(64), "photo.heic")
    plain_sentence(said.value, "photo.heic")
