"""Round trips of pixels and metadata through image files."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image

LOSSLESS = (".png", ".bmp", ".tif", ".tiff", ".webp", ".PNG")
LOSSY_FORMATS = (".jpg", ".jpeg", ".JPG")
MAKE, ORIENTATION, EXPOSURE, EXIF_IFD = 0x010F, 0x0112, 0x829A, 0x8769

# what turns stored pixels upright, by EXIF orientation (Exif 2.32, table 6)
UPRIGHT = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).swapaxes(0, 1),
    8: np.rot90,
}


def encoded(image, kind, **options):
    """Return the file that Pillow writes for an image in the format `kind`."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def camera_exif(orientation=None):
    """Return EXIF as a camera writes it: make, exposure in a nested directory, orientation."""
    exif = PIL.Image.Exif()
    exif[MAKE] = "Camera"
    exif.get_ifd(EXIF_IFD)[EXPOSURE] = 0.25
    if orientation:
        exif[ORIENTATION] = orientation
    return exif


def stored_exif(path):
    with PIL.Image.open(path) as image:
        exif = image.getexif()
        exif.get_ifd(EXIF_IFD)  # read now: a TIFF's is only found while the file is open
        return exif


@pytest.fixture(params=[1, 3], ids=["gray", "rgb"])
def image(request, texture):
    return Image(texture(23, 31, request.param))


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_formats_keep_every_value(suffix, image, tmp_path):
    path = tmp_path / f"image{suffix}"
    image_files.write(image, path)
    again = image_files.read(path)
    # WebP knows no gray: it comes back as three equal channels
    expected = image.pixels if again.pixels.shape == image.pixels.shape else image.pixels.repeat(3, axis=2)
    np.testing.assert_array_equal(again.pixels, expected)
    assert again.pixels.dtype == np.uint8


@pytest.mark.parametrize("suffix", LOSSY_FORMATS)
def test_jpeg_pixels_are_close(suffix, image, tmp_path):
    path = tmp_path / f"image{suffix}"
    image_files.write(image, path)
    again = image_files.read(path)
    assert again.pixels.shape == image.pixels.shape
    assert np.abs(again.pixels.astype(np.int32) - image.pixels).mean() < 4  # quality 95 on hard edges


def test_image_has_size_bit_depth_and_color_mode(image):
    assert (image.height, image.width, image.bits) == (23, 31, 8)
    assert image.is_gray == (image.pixels.shape[2] == 1)
    assert Image(image.pixels.astype(np.uint16)).bits == 16


def test_format_is_detected_from_the_content(texture, tmp_path, encoded):
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encoded(Image(texture(8, 9)), "a.png"))
    np.testing.assert_array_equal(image_files.read(path).pixels, texture(8, 9))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_color_profile_is_kept_byte_for_byte(suffix, texture, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / f"image{suffix}"
    image_files.write(Image(texture(12, 12), icc=profile), path)
    assert image_files.read(path).icc == profile


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_exif_is_kept_with_its_nested_directory(suffix, texture, tmp_path):
    path = tmp_path / f"image{suffix}"
    image_files.write(Image(texture(12, 12), exif=camera_exif().tobytes()), path)
    again = tmp_path / f"again{suffix}"
    image_files.write(image_files.read(path), again)
    exif = stored_exif(again)
    assert exif[MAKE] == "Camera"
    assert float(exif.get_ifd(EXIF_IFD)[EXPOSURE]) == 0.25


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_dpi_is_kept(suffix, texture, tmp_path):
    path = tmp_path / f"image{suffix}"
    image_files.write(Image(texture(12, 12), dpi=(300.0, 150.0)), path)
    assert image_files.read(path).dpi == pytest.approx((300, 150), abs=0.05)  # PNG and BMP count per metre


def test_missing_metadata_is_none(texture, encoded):
    plain = image_files.decode(encoded(Image(texture(8, 8)), "a.png"), "plain.png")
    assert (plain.icc, plain.exif, plain.xmp, plain.dpi, plain.alpha, plain.frames) == (None,) * 5 + ((),)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_every_orientation_is_read_upright(orientation, kind, texture):
    stored = texture(9, 14)
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(PIL.Image.fromarray(stored), kind, exif=camera_exif(orientation), **options)
    read = image_files.decode(content, "turned")
    np.testing.assert_array_equal(read.pixels, UPRIGHT[orientation](stored))


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_rotated_jpeg_is_read_and_written_upright(orientation, texture, tmp_path):
    stored = texture(16, 24)
    content = encoded(PIL.Image.fromarray(stored), "JPEG", quality=100, subsampling=0, exif=camera_exif(orientation))
    read = image_files.decode(content, "turned.jpg")
    assert np.abs(read.pixels.astype(np.int32) - UPRIGHT[orientation](stored)).mean() < 3

    path = tmp_path / "upright.jpg"
    image_files.write(read, path)
    exif = stored_exif(path)
    assert exif.get(ORIENTATION, 1) == 1
    assert exif[MAKE] == "Camera"
    assert image_files.read(path).pixels.shape == read.pixels.shape


@pytest.mark.parametrize("target", [".tif", ".png", ".jpg", ".webp"])
def test_upscaled_tiff_can_be_written(target, texture, tmp_path):
    content = encoded(PIL.Image.fromarray(texture(10, 15)), "TIFF", compression="tiff_lzw", dpi=(300, 300))
    read = image_files.decode(content, "scan.tif")
    larger = read.with_pixels(texture(20, 30))
    path = tmp_path / f"larger{target}"
    image_files.write(larger, path)
    again = image_files.read(path)
    assert again.pixels.shape == (20, 30, 3)
    if target != ".jpg":
        np.testing.assert_array_equal(again.pixels, larger.pixels)


@pytest.mark.parametrize("target", [".png", ".jpg", ".webp"])
def test_size_tags_of_a_tiff_are_not_copied_to_other_files(target, texture, tmp_path):
    content = encoded(PIL.Image.fromarray(texture(10, 15)), "TIFF", description="a scan")
    path = tmp_path / f"larger{target}"
    image_files.write(image_files.decode(content, "scan.tif").with_pixels(texture(20, 30)), path)
    exif = stored_exif(path)
    width, strip_offsets = 0x0100, 0x0111
    assert exif.get(width, 30) == 30
    assert strip_offsets not in exif


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_compressions_are_read(compression, texture):
    content = encoded(PIL.Image.fromarray(texture(10, 15)), "TIFF", compression=compression)
    np.testing.assert_array_equal(image_files.decode(content, "scan.tif").pixels, texture(10, 15))


def test_opaque_alpha_is_dropped(texture):
    rgba = PIL.Image.fromarray(np.dstack([texture(9, 9), np.full((9, 9), 255, np.uint8)]), "RGBA")
    np.testing.assert_array_equal(image_files.decode(encoded(rgba, "PNG"), "opaque.png").pixels, texture(9, 9))


def test_opaque_gray_with_alpha_stays_gray(texture):
    gray = texture(9, 9, 1)
    content = encoded(PIL.Image.fromarray(np.dstack([gray, np.full((9, 9), 255, np.uint8)]), "LA"), "PNG")
    np.testing.assert_array_equal(image_files.decode(content, "opaque.png").pixels, gray)


def test_palette_is_converted_to_rgb(texture):
    palette = PIL.Image.fromarray(texture(20, 20)).quantize(16)
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(image_files.decode(encoded(palette, "PNG"), "palette.png").pixels, expected)


def test_one_bit_is_converted_to_gray():
    bits = np.eye(6, dtype=bool)
    read = image_files.decode(encoded(PIL.Image.fromarray(bits), "PNG"), "bits.png")
    np.testing.assert_array_equal(read.pixels[:, :, 0], bits * np.uint8(255))


@pytest.mark.parametrize(
    "name", ["大图像 – ñ.png", "two words.png", "a#1.png", "100%.png", "%20s {0} {x}.png", ".png.png", "Ünï.JPEG"]
)
def test_unusual_file_names_are_written_and_read(name, texture, tmp_path):
    image = Image(texture(11, 13))
    image_files.write(image, tmp_path / name)
    assert image_files.read(tmp_path / name).pixels.shape == image.pixels.shape
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_mpo_is_read_as_its_first_image(tmp_path):
    first, second = PIL.Image.new("RGB", (40, 30), (200, 30, 30)), PIL.Image.new("RGB", (40, 30), (30, 30, 200))
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(encoded(first, "MPO", save_all=True, append_images=[second]))
    assert np.abs(image_files.read(path).pixels.astype(int) - (200, 30, 30)).max() < 8
