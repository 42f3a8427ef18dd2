"""EXIF and XMP: what must change does, and not a byte more."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks import corpus
from engine.errors import PictureUnwritable
from engine.imaging.codecs import image_files, metadata
from engine.imaging.codecs.image_files import Picture, SaveOptions


def swapped(exif):
    """The same EXIF with its numbers the other way round, as other makers write them."""
    stored = Image.Exif()
    stored.endian = ">"
    stored.load(b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    source = Image.Exif()
    source.load(exif)
    stored[corpus.MAKE] = source[corpus.MAKE]
    stored[corpus.ORIENTATION] = source.get(corpus.ORIENTATION, 1)
    stored.get_ifd(corpus.EXIF_IFD).update(source.get_ifd(corpus.EXIF_IFD))
    return stored.tobytes()


def field(exif, tag, directory=None):
    stored = Image.Exif()
    stored.load(exif)
    return (stored.get_ifd(directory) if directory else stored).get(tag)


@pytest.mark.parametrize("turned", range(1, 9))
def test_the_orientation_is_read_and_reset(turned):
    for exif in (corpus.camera_exif(turned), swapped(corpus.camera_exif(turned))):
        assert metadata.orientation(exif, None) == turned
        upright = metadata.upright_exif(exif)
        assert metadata.orientation(upright, None) == 1
        assert field(upright, corpus.MAKE) == "Camera"


@pytest.mark.parametrize("stored", [0, 9, 65535])
def test_an_orientation_that_is_none_is_upright(stored):
    assert metadata.orientation(corpus.camera_exif(stored), None) == 1


def test_only_what_must_change_changes():
    exif = corpus.camera_exif(6)
    upright = metadata.upright_exif(exif)
    thumbnail = exif.index(b"\xff\xd8")
    assert len(upright) == thumbnail
    apart = [place for place in range(thumbnail) if exif[place] != upright[place]]
    assert len(apart) <= 1 + 4  # the orientation's value; the pointer to the thumbnail's directory
    assert corpus.NOTE in upright


def test_the_thumbnail_is_gone():
    exif = metadata.upright_exif(corpus.camera_exif())
    assert b"\xff\xd8" not in exif
    stored = Image.Exif()
    stored.load(exif)
    assert stored.get_ifd(1) == {}


def test_a_thumbnail_in_the_middle_is_blanked_and_nothing_moves():
    exif = corpus.camera_exif()
    behind = exif + b"something behind"
    upright = metadata.upright_exif(behind)
    assert len(upright) == len(behind)
    assert b"\xff\xd8" not in upright
    assert upright.endswith(b"something behind")


def test_the_pixel_dimensions_follow_the_picture():
    for exif in (corpus.camera_exif(), swapped(corpus.camera_exif())):
        sized = metadata.sized_exif(metadata.upright_exif(exif), 70_000, 321)
        assert field(sized, corpus.WIDTH_TAG, corpus.EXIF_IFD) == 70_000
        assert field(sized, corpus.HEIGHT_TAG, corpus.EXIF_IFD) == 321
        assert field(sized, corpus.MAKER_NOTE, corpus.EXIF_IFD) == corpus.NOTE


@pytest.mark.parametrize("cut", [0, 3, 6, 9, 14, 20, 30, 60])
def test_exif_cut_short_is_left_out_or_kept_but_never_an_error(cut):
    exif = corpus.camera_exif(6)[:cut]
    upright = metadata.upright_exif(exif)
    assert upright is None or metadata.orientation(upright, None) == 1
    assert metadata.orientation(exif, None) in (1, 6)
    metadata.sized_exif(exif, 5, 5)


def test_a_directory_that_points_to_itself_ends():
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8)
    exif = b"Exif\0\0" + block + struct.pack("<I", 8)
    assert metadata.orientation(exif, None) == 1
    assert metadata.upright_exif(exif)
    assert metadata.sized_exif(exif, 5, 5)


@pytest.mark.parametrize(
    "form", ['tiff:Orientation="6"', "tiff:Orientation='6'", "<tiff:Orientation>6</tiff:Orientation>"]
)
def test_xmp_turns_a_picture_that_has_no_exif(form):
    xmp = corpus.XMP.replace(b"rdf:about", form.encode() + b" rdf:about") if "=" in form else form.encode()
    assert metadata.orientation(None, xmp) == 6
    assert metadata.orientation(corpus.camera_exif(3), xmp) == 3, "EXIF counts first"
    assert metadata.orientation(None, metadata.upright_xmp(xmp)) == 1


def test_xmp_sizes_follow_the_picture_and_its_thumbnails_go():
    xmp = b'<a exif:PixelXDimension="7" tiff:ImageLength="5"/><xmp:Thumbnails>\n/9j/\n</xmp:Thumbnails><b/>'
    sized = metadata.sized_xmp(metadata.upright_xmp(xmp), 300, 200)
    assert sized == b'<a exif:PixelXDimension="300" tiff:ImageLength="200"/><b/>'


def test_xmp_without_any_of_that_keeps_every_byte():
    assert metadata.sized_xmp(metadata.upright_xmp(corpus.XMP), 9, 9) == corpus.XMP


def test_a_tiff_keeps_who_made_it_and_gives_it_to_a_jpeg():
    exif = Image.Exif()
    exif[corpus.MAKE], exif[0x013B], exif[0x0132] = "Camera", "Ünï", "2026:11:22 10:00:00"
    exif.get_ifd(corpus.EXIF_IFD)[corpus.EXPOSURE] = 0.25
    picture = Picture(corpus.texture(3, 16), exif=exif.tobytes())
    tiff = image_files.decode(corpus.file_of(picture, "a.tif"), "a.tif")
    jpeg = image_files.decode(corpus.file_of(tiff, "a.jpg", SaveOptions(bits=8)), "a.jpg")
    for made in (tiff, jpeg):
        assert field(made.exif, corpus.MAKE) == "Camera"
        assert field(made.exif, 0x0132) == "2026:11:22 10:00:00"
        assert float(field(made.exif, corpus.EXPOSURE, corpus.EXIF_IFD)) == 0.25
    assert field(jpeg.exif, 0x0100) is None, "the old size is of the TIFF's layout"


def test_png_texts_are_kept_in_every_alphabet():
    text = (("Title", "plain"), ("Comment", "Ünï 图 🙂"), ("parameters", "steps: 20\n" * 40))
    for bits in (8, 16):
        again = image_files.decode(corpus.file_of(Picture(corpus.texture(3, bits), text=text), "a.png"), "a.png")
        assert again.text == text


def test_stripping_leaves_only_pixels():
    everything = Picture(
        corpus.texture(3),
        icc=corpus.display_p3(),
        exif=corpus.camera_exif(),
        xmp=corpus.XMP,
        dpi=(300.0, 300.0),
        text=(("Comment", "mine"),),
    )
    for name in ("a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.gif", "a.bmp"):
        content = corpus.file_of(everything, name, SaveOptions(strip=True))
        bare = image_files.decode(content, name)
        assert (bare.icc, bare.exif, bare.xmp, bare.dpi, bare.text) == (None, None, None, None, ())
        for secret in (b"Camera", b"Nobody", b"mine"):
            assert secret not in content


def test_exif_too_long_for_a_jpeg_is_said(tmp_path, plain_sentence):
    exif = metadata.upright_exif(corpus.camera_exif()) + bytes(70_000)
    with pytest.raises(PictureUnwritable) as refused:
        image_files.write(Picture(corpus.texture(3), exif=exif), tmp_path / "a.jpg")
    plain_sentence(refused.value, "a.jpg", "EXIF")
    assert not list(tmp_path.iterdir())


def test_pages_keep_their_own_profile_and_resolution():
    pages = Picture(
        corpus.texture(3),
        icc=corpus.display_p3(),
        dpi=(300.0, 300.0),
        frames=(Picture(corpus.texture(1, 16), dpi=(72.0, 72.0)),),
    )
    again = image_files.decode(corpus.file_of(pages, "a.tif"), "a.tif")
    assert again.icc == pages.icc
    assert (again.dpi, again.frames[0].dpi) == ((300, 300), (72, 72))
    assert again.frames[0].icc is None
    np.testing.assert_array_equal(again.frames[0].pixels, pages.frames[0].pixels)


def test_a_second_writing_changes_nothing_more():
    first = Picture(corpus.texture(3), icc=corpus.display_p3(), exif=corpus.camera_exif(), xmp=corpus.XMP)
    for name in ("a.png", "a.webp", "a.tif"):
        once = image_files.decode(corpus.file_of(first, name), name)
        twice = image_files.decode(corpus.file_of(once, name), name)
        assert replace(once, pixels=twice.pixels) == twice
