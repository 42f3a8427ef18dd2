"""Conversion of comments, PNG text, IPTC and XMP between formats.

Metadata that is not kept is reported.
"""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
import tifffile

from engine.errors import ImageUnwritable
from engine.imaging.codecs import exif, image_files, jpeg_segments, photoshop, xmp
from engine.imaging.codecs.image_files import SAME_AS_SOURCE, Image, OutputOptions
from tests import corpus

IPTC_RECORDS = b"\x1c\x02\x78\x00\x04Quay" + b"\x1c\x02\x19\x00\x04boat"  # caption and keyword
OTHER_RESOURCE = b"8BIM" + struct.pack(">H", 0x03ED) + b"\0\0" + struct.pack(">I", 4) + b"abcd"
IPTC_LOST = "IPTC metadata isn't kept, because {} can't store it."


def round_trip(image, name, options=SAME_AS_SOURCE):
    return image_files.decode(corpus.encode_image(image, name, options), name)


def warnings_on_write(image, name, tmp_path, options=SAME_AS_SOURCE):
    return [str(sentence) for sentence in image_files.check_savable(image, tmp_path / name, options)]


def jpeg(*segments, **options):
    """Return a JPEG file with further segments after its first marker."""
    buffer = BytesIO()
    PIL.Image.fromarray(corpus.texture(3)).save(buffer, "JPEG", **options)
    content = buffer.getvalue()
    return content[:2] + b"".join(jpeg_segments.pack(marker, body) for marker, body in segments) + content[2:]


def read(content):
    return image_files.decode(content, "a.jpg")


def xmp_of(attributes, content=b""):
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" ' + attributes + b">" + content + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


@pytest.mark.parametrize("name", ["a.jpg", "a.gif"])
def test_comments_are_kept(name):
    image = Image(corpus.texture(3), comments=("one", "Zoë 图 🙂", "x" * 70_000))
    assert round_trip(image, name).comments == ("one", "Zoë 图 🙂", "x" * 70_000)[: 3 if name == "a.gif" else 2] + (
        () if name == "a.gif" else ("x" * 65_533, "x" * 4_467)
    )


def test_comments_in_latin_1_are_read():
    image = read(jpeg((0xFE, "Zoë\0".encode("latin-1")), (0xFE, "Zoë".encode())))
    assert image.comments == ("Zoë", "Zoë")


def test_comments_round_trip_through_png_text():
    image = Image(corpus.texture(3), comments=("one", "two"))
    png = round_trip(image, "a.png")
    assert png.text == (("Comment", "one"), ("Comment", "two"))
    assert round_trip(png, "a.jpg").comments == ("one", "two")
    assert round_trip(png, "a.gif").comments == ("one", "two")


@pytest.mark.parametrize("name", ["a.tif", "a.webp", "a.avif", "a.jxl"])
def test_a_single_comment_becomes_the_user_comment(name):
    again = round_trip(Image(corpus.texture(3), comments=("Zoë 图",)), name)
    stored = PIL.Image.Exif()
    stored.load(again.exif)
    text = stored.get_ifd(exif.EXIF_IFD)[exif.USER_COMMENT]
    assert text.startswith(b"UNICODE\0")
    assert text[8:].decode("utf-16-be") == "Zoë 图"
    assert "Zoë 图".encode() in again.xmp


def test_an_existing_user_comment_is_not_replaced():
    block = exif.add_tags(None, (), "mine")
    again = round_trip(Image(corpus.texture(3), exif=block, text=(("parameters", "steps: 20"),)), "a.jpg")
    assert "mine".encode("utf-16-be") in again.exif
    assert "steps".encode("utf-16-be") not in again.exif
    assert b"steps: 20" in again.xmp


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.webp", "a.avif", "a.jxl"])
def test_png_text_is_written_to_exif_and_xmp(name):
    prompt = "a harbor, 港口\nSteps: 20, Sampler: Euler"
    text = (
        ("parameters", prompt),
        ("Author", "Zoë"),
        ("Description", "Quay & <boats>"),
        ("Title", "Harbor"),
        ("Software", "one"),
        ("Software", "two"),
    )
    again = round_trip(Image(corpus.texture(3), text=text), name)
    order, tags = exif.byte_order_and_tags(again.exif)
    values = {tag.number: tag.value for tag in tags}
    assert values[exif.ARTIST] == "Zoë\0".encode()
    assert values[exif.IMAGE_DESCRIPTION] == b"Quay & <boats>\0"
    assert exif.SOFTWARE not in values, "two texts with one keyword are in XMP only"
    assert prompt.encode("utf-16-le" if order == "<" else "utf-16-be") in again.exif
    assert b'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Harbor</rdf:li>' in again.xmp
    assert b"<pngtext:Description>Quay &amp; &lt;boats&gt;</pngtext:Description>" in again.xmp
    assert b"<rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag>" in again.xmp
    assert b"Steps: 20" in again.xmp


def test_png_text_is_added_to_existing_xmp_and_exif():
    image = Image(corpus.texture(3), exif=corpus.camera_exif(), xmp=corpus.XMP, text=(("parameters", "20 steps"),))
    again = round_trip(image, "a.jpg")
    stored = PIL.Image.Exif()
    stored.load(again.exif)
    assert stored[corpus.MAKE]
    assert stored.get_ifd(exif.EXIF_IFD)[corpus.EXPOSURE]
    assert again.xmp.startswith(corpus.XMP[: corpus.XMP.rfind(b"</rdf:RDF")])
    assert b"20 steps" in again.xmp


def test_text_too_long_for_exif_is_written_to_extended_xmp(tmp_path):
    workflow = "node " * 40_000
    image = Image(corpus.texture(3), text=(("Comment", "short"), ("parameters", workflow), ("Author", "Zoë")))
    assert warnings_on_write(image, "a.jpg", tmp_path) == []
    content = corpus.encode_image(image, "a.jpg")
    assert b"HasExtendedXMP" in content
    again = read(content)
    assert b"node node" in again.xmp
    assert len(again.xmp) > 200_000
    assert b"HasExtendedXMP" not in again.xmp
    assert "Zoë".encode() in again.exif
    assert again.not_kept == ()


def test_text_that_cannot_be_stored_is_reported(tmp_path):
    image = Image(corpus.texture(3), text=(("parameters", "a"), ("Comment", "b"), ("parameters", "c")))
    assert warnings_on_write(image, "a.gif", tmp_path) == ["This text metadata isn't kept: parameters."]
    assert warnings_on_write(image, "a.bmp", tmp_path) == ["This text metadata isn't kept: parameters, Comment."]
    utf_16 = replace(image, xmp="<x/>".encode("utf-16"))
    assert warnings_on_write(utf_16, "a.jpg", tmp_path) == ["This text metadata isn't kept: parameters."]
    assert round_trip(utf_16, "a.jpg").xmp == utf_16.xmp


def test_iptc_is_kept_in_jpeg_png_and_tiff():
    resources = photoshop.pack_iptc_record(IPTC_RECORDS) + OTHER_RESOURCE
    image = read(jpeg((0xED, photoshop.JPEG_HEADER + resources)))
    assert image.photoshop == resources
    for name in ("a.jpg", "a.png", "a.tif"):
        again = round_trip(image, name)
        assert again.photoshop == resources, name
        assert again.text == ()
        assert again.not_kept == ()
        assert round_trip(again, "b.jpg").photoshop == resources


def test_iptc_over_several_segments_is_kept():
    long = photoshop.pack_iptc_record(IPTC_RECORDS + b"\x1c\x02\x78\x7f\x00" + b"x" * 0x7F00) + OTHER_RESOURCE * 9000
    assert round_trip(Image(corpus.texture(3), photoshop=long), "a.jpg").photoshop == long


@pytest.mark.parametrize("kind", [1, 4, 7])
def test_iptc_of_each_type_is_read_from_tiff(kind):
    record = IPTC_RECORDS + bytes(-len(IPTC_RECORDS) % 4)
    value = struct.unpack(f"<{len(record) // 4}I", record) if kind == 4 else record
    tag = (33723, kind, len(value), value, True)
    buffer = BytesIO()
    tifffile.imwrite(buffer, corpus.texture(3), photometric="rgb", byteorder="<", metadata=None, extratags=[tag])
    assert photoshop.iptc_record(image_files.decode(buffer.getvalue(), "a.tif").photoshop) == IPTC_RECORDS


@pytest.mark.parametrize(
    ("name", "title"),
    [("a.webp", "WebP"), ("a.avif", "AVIF"), ("a.jxl", "JPEG XL"), ("a.bmp", "BMP"), ("a.gif", "GIF")],
)
def test_iptc_that_cannot_be_stored_is_reported(name, title, tmp_path):
    image = Image(corpus.texture(3), photoshop=photoshop.pack_iptc_record(IPTC_RECORDS))
    assert warnings_on_write(image, name, tmp_path) == [IPTC_LOST.format(title)]
    assert warnings_on_write(replace(image, photoshop=OTHER_RESOURCE), name, tmp_path) == [
        f"Photoshop metadata isn't kept, because {title} can't store it."
    ]
    assert warnings_on_write(image, name, tmp_path, OutputOptions(strip=True)) == []


def test_thumbnails_of_photoshop_are_removed():
    thumbnail = b"8BIM" + struct.pack(">H", 0x040C) + b"\0\0" + struct.pack(">I", 3) + b"jpg\0"
    image = read(jpeg((0xED, photoshop.JPEG_HEADER + thumbnail + photoshop.pack_iptc_record(IPTC_RECORDS))))
    assert image.photoshop == photoshop.pack_iptc_record(IPTC_RECORDS)
    assert read(jpeg((0xED, photoshop.JPEG_HEADER + thumbnail))).photoshop is None


def test_damaged_resources_do_not_prevent_reading():
    for damaged in (b"", b"8BIM", b"8BIM\x04\x04\0\0\xff\xff\xff\xff", b"8BIM\x04\x04\xff"):
        assert read(jpeg((0xED, photoshop.JPEG_HEADER + damaged))).photoshop is None


def test_extended_xmp_is_merged_and_written_again():
    packet = xmp_of(
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"', b"<dc:description>" + b"long " * 30_000 + b"</dc:description>"
    )
    segments = [(0xE1, body) for body in xmp.jpeg_segments(packet)]
    assert len(segments) == 4
    image = read(jpeg(segments[0], *reversed(segments[1:])))
    assert image.xmp == packet
    assert image.not_kept == ()
    assert round_trip(image, "a.jpg").xmp == packet
    assert round_trip(image, "a.png").xmp == packet


def test_extended_xmp_is_merged_with_the_main_packet():
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    main = xmp_of(
        b'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="' + guid + b'"'
        b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"'
    )
    extension = xmp_of(b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="film"')
    segment = xmp.JPEG_EXTENSION_HEADER + guid + struct.pack(">II", len(extension), 0) + extension
    image = read(jpeg((0xE1, xmp.JPEG_HEADER + main), (0xE1, segment)))
    assert b'xmp:Rating="5"' in image.xmp
    assert b'dc:source="film"' in image.xmp
    assert b"HasExtendedXMP" not in image.xmp
    assert image.not_kept == ()
    missing = read(jpeg((0xE1, xmp.JPEG_HEADER + main), (0xE1, segment[:-1])))
    assert b"HasExtendedXMP" not in missing.xmp
    assert [str(sentence) for sentence in missing.not_kept] == ["Part of the XMP metadata is missing from the file."]


GAIN_MAP = xmp_of(
    b'xmlns:Container="http://ns.google.com/photos/1.0/container/"'
    b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
    b' xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" xmlns:a="b:c" a:kept="yes"',
    b"<Container:Directory><rdf:Seq>"
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"/></rdf:li>'
    b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="334"/></rdf:li></rdf:Seq>'
    b"</Container:Directory>",
)
VIDEO = xmp_of(
    b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" GCamera:MicroVideoOffset="5000"'
    b' xmlns:a="b:c" a:kept="yes"'
)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize(
    ("packet", "gone", "sentence"),
    [
        (GAIN_MAP, (b"GainMap", b"hdrgm:Version"), "The HDR gain map isn't kept."),
        (VIDEO, (b"MicroVideo",), "The video of the motion photo isn't kept."),
    ],
)
def test_xmp_does_not_refer_to_data_that_is_not_kept(name, packet, gone, sentence):
    image = round_trip(Image(corpus.texture(3), xmp=packet), name)  # written as it is, read without the references
    assert b'a:kept="yes"' in image.xmp
    assert not any(text in image.xmp for text in gone)
    assert [str(message) for message in image.not_kept] == [sentence]


def test_other_data_in_a_jpeg_file_is_reported():
    cases = {
        "The HDR gain map isn't kept.": (0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
        "Content credentials aren't kept, because they are valid only for the unchanged image.": (0xEB, b"JP\0\1"),
        "Unrecognized data that a camera or another program added isn't kept.": (0xE4, b"anything"),
    }
    for sentence, segment in cases.items():
        assert [str(message) for message in read(jpeg(segment)).not_kept] == [sentence]
    both, image = BytesIO(), PIL.Image.fromarray(corpus.texture(3))
    image.save(both, "MPO", save_all=True, append_images=[image])
    assert [str(message) for message in read(both.getvalue()).not_kept] == [
        "Additional images in the file aren't kept."
    ]
    assert read(jpeg()).not_kept == ()
    assert read(jpeg(dpi=(300, 300), icc_profile=corpus.display_p3(), exif=corpus.camera_exif())).not_kept == ()


def test_lost_pixel_aspect_ratio_is_reported():
    sentence = "The pixel aspect ratio isn't kept. The result has square pixels."
    content = bytearray(jpeg())
    content[13:18] = struct.pack(">BHH", 0, 2, 1)  # density without a unit
    png = corpus.encode_image(Image(corpus.texture(3)), "a.png")
    pixels_per_unit = b"pHYs" + struct.pack(">IIB", 2, 1, 0)
    with_chunk = (
        png[:33] + struct.pack(">I", 9) + pixels_per_unit + struct.pack(">I", zlib.crc32(pixels_per_unit)) + png[33:]
    )
    tiff = BytesIO()
    PIL.Image.fromarray(corpus.texture(3)).save(tiff, "TIFF", resolution_unit=1, x_resolution=2, y_resolution=1)
    gif = bytearray(corpus.encode_image(Image(corpus.texture(3)), "a.gif"))
    gif[12] = 113  # (113 + 15) / 64 = 2
    for name, stored in (("a.jpg", content), ("a.png", with_chunk), ("a.tif", tiff.getvalue()), ("a.gif", gif)):
        image = image_files.decode(bytes(stored), name)
        assert [str(message) for message in image.not_kept] == [sentence], name


def test_metadata_too_long_for_jpeg_is_refused_before_upscaling(tmp_path, plain_sentence):
    block = exif.add_tags(None, [exif.text_tag(exif.ARTIST, "x" * 70_000)])
    with pytest.raises(ImageUnwritable) as error:
        image_files.check_savable(Image(corpus.texture(3), exif=block), tmp_path / "a.jpg")
    plain_sentence(error.value)
    assert "EXIF metadata is too large for JPEG" in str(error.value)
    assert image_files.check_savable(Image(corpus.texture(3), exif=block), tmp_path / "a.png") == ()
    assert image_files.check_savable(Image(corpus.texture(3), xmp=b"<x>" + b" " * 70_000), tmp_path / "a.jpg") == ()


def test_pages_keep_their_own_comments():
    pages = Image(corpus.texture(3), comments=("one",), frames=(Image(corpus.texture(3), comments=("two",)),))
    again = round_trip(pages, "a.tif")
    assert b"one" in again.xmp
    assert b"two" not in again.xmp
    assert b"two" in again.frames[0].xmp


def test_pixels_do_not_depend_on_metadata():
    plain = Image(corpus.texture(3))
    rich = replace(
        plain, comments=("one",), photoshop=photoshop.pack_iptc_record(IPTC_RECORDS), text=(("parameters", "x"),)
    )
    for name in ("a.jpg", "a.png", "a.tif", "a.webp", "a.gif"):
        assert np.array_equal(round_trip(plain, name).pixels, round_trip(rich, name).pixels), name
