"""Reading and writing of metadata in all formats."""

from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageUnwritable
from engine.imaging.codecs import exif as exif_tags
from engine.imaging.codecs import image_files, metadata
from engine.imaging.codecs import xmp as xmp_packet
from engine.imaging.codecs.image_files import Image, OutputOptions
from tests import corpus


def field(exif, tag, directory=None):
    stored = PIL.Image.Exif()
    stored.load(exif)
    return (stored.get_ifd(directory) if directory else stored).get(tag)


@pytest.mark.parametrize(
    "form", ['tiff:Orientation="6"', "tiff:Orientation='6'", "<tiff:Orientation>6</tiff:Orientation>"]
)
def test_xmp_orientation_is_used_without_exif(form):
    xmp = corpus.XMP.replace(b"rdf:about", form.encode() + b" rdf:about") if "=" in form else form.encode()
    assert metadata.read_orientation(None, xmp) == 6
    assert metadata.read_orientation(corpus.camera_exif(3), xmp) == 3, "EXIF counts first"
    assert metadata.read_orientation(None, xmp_packet.reset_orientation(xmp)) == 1


def test_tiff_tags_are_kept_and_copied_to_jpeg():
    exif = PIL.Image.Exif()
    exif[corpus.MAKE], exif[0x013B], exif[0x0132] = "Camera", "Ünï", "2026:11:22 10:00:00"
    exif.get_ifd(corpus.EXIF_IFD)[corpus.EXPOSURE] = 0.25
    image = Image(corpus.texture(3, 16), exif=exif.tobytes())
    tiff = image_files.decode(corpus.encode_image(image, "a.tif"), "a.tif")
    jpeg = image_files.decode(corpus.encode_image(tiff, "a.jpg", OutputOptions(bits=8)), "a.jpg")
    for result in (tiff, jpeg):
        assert field(result.exif, corpus.MAKE) == "Camera"
        assert field(result.exif, 0x0132) == "2026:11:22 10:00:00"
        assert float(field(result.exif, corpus.EXPOSURE, corpus.EXIF_IFD)) == 0.25
    assert field(jpeg.exif, 0x0100) is None, "the old size is of the TIFF's layout"


def test_png_text_is_kept_in_every_script():
    text = (("Title", "plain"), ("Comment", "Ünï 图 🙂"), ("parameters", "steps: 20\n" * 40))
    for bits in (8, 16):
        again = image_files.decode(corpus.encode_image(Image(corpus.texture(3, bits), text=text), "a.png"), "a.png")
        assert again.text == text


def test_strip_leaves_only_pixels():
    everything = Image(
        corpus.texture(3),
        icc=corpus.display_p3(),
        exif=corpus.camera_exif(),
        xmp=corpus.XMP,
        dpi=(300.0, 300.0),
        text=(("Comment", "mine"),),
    )
    for name in ("a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.jxl", "a.gif", "a.bmp"):
        content = corpus.encode_image(everything, name, OutputOptions(strip=True))
        bare = image_files.decode(content, name)
        assert (bare.icc, bare.exif, bare.xmp, bare.dpi, bare.text) == (None, None, None, None, ())
        for secret in (b"Camera", b"Nobody", b"mine"):
            assert secret not in content


def test_exif_too_long_for_jpeg_is_refused(tmp_path, plain_sentence):
    exif = exif_tags.reset_orientation(corpus.camera_exif()) + bytes(70_000)
    with pytest.raises(ImageUnwritable) as refused:
        image_files.write(Image(corpus.texture(3), exif=exif), tmp_path / "a.jpg")
    plain_sentence(refused.value, "a.jpg", "EXIF")
    assert not list(tmp_path.iterdir())


def test_pages_keep_their_own_profile_and_resolution():
    pages = Image(
        corpus.texture(3),
        icc=corpus.display_p3(),
        dpi=(300.0, 300.0),
        frames=(Image(corpus.texture(1, 16), dpi=(72.0, 72.0)),),
    )
    again = image_files.decode(corpus.encode_image(pages, "a.tif"), "a.tif")
    assert again.icc == pages.icc
    assert (again.dpi, again.frames[0].dpi) == ((300, 300), (72, 72))
    assert again.frames[0].icc is None
    np.testing.assert_array_equal(again.frames[0].pixels, pages.frames[0].pixels)


def test_writing_again_changes_nothing():
    first = Image(corpus.texture(3), icc=corpus.display_p3(), exif=corpus.camera_exif(), xmp=corpus.XMP)
    for name in ("a.png", "a.webp", "a.tif"):
        once = image_files.decode(corpus.encode_image(first, name), name)
        twice = image_files.decode(corpus.encode_image(once, name), name)
        assert replace(once, pixels=twice.pixels) == twice
