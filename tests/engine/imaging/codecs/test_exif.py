"""EXIF blocks and TIFF directories: values are copied byte for byte, or changed in place."""

import struct
from io import BytesIO

import PIL.Image
import pytest
import tifffile

from engine.imaging.codecs import exif as exif_tags
from engine.imaging.codecs import image_files
from engine.imaging.codecs.exif import Tag
from engine.imaging.codecs.image_files import Image
from tests import corpus

ARTIST, DESCRIPTION, COMMENT = 0x013B, 0x010E, 0x9286


def swap_byte_order(exif):
    """Return the same EXIF in the other byte order."""
    stored = PIL.Image.Exif()
    stored.endian = ">"
    stored.load(b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    source = PIL.Image.Exif()
    source.load(exif)
    stored[corpus.MAKE] = source[corpus.MAKE]
    stored[corpus.ORIENTATION] = source.get(corpus.ORIENTATION, 1)
    stored.get_ifd(corpus.EXIF_IFD).update(source.get_ifd(corpus.EXIF_IFD))
    return stored.tobytes()


def field(exif, tag, directory=None):
    stored = PIL.Image.Exif()
    stored.load(exif)
    return (stored.get_ifd(directory) if directory else stored).get(tag)


@pytest.mark.parametrize("turned", range(1, 9))
def test_orientation_is_read_and_reset(turned):
    for exif in (corpus.camera_exif(turned), swap_byte_order(corpus.camera_exif(turned))):
        assert exif_tags.orientation(exif) == turned
        upright = exif_tags.reset_orientation(exif)
        assert exif_tags.orientation(upright) == 1
        assert field(upright, corpus.MAKE) == "Camera"


@pytest.mark.parametrize("stored", [0, 9, 65535])
def test_invalid_orientation_is_upright(stored):
    assert exif_tags.orientation(corpus.camera_exif(stored)) in (None, 1)


def test_unrelated_exif_bytes_are_unchanged():
    exif = corpus.camera_exif(6)
    upright = exif_tags.reset_orientation(exif)
    thumbnail = exif.index(b"\xff\xd8")
    assert len(upright) == thumbnail
    changed = [place for place in range(thumbnail) if exif[place] != upright[place]]
    assert len(changed) <= 1 + 4  # the orientation's value; the pointer to the thumbnail's directory
    assert corpus.NOTE in upright


def test_thumbnail_is_removed():
    exif = exif_tags.reset_orientation(corpus.camera_exif())
    assert b"\xff\xd8" not in exif
    stored = PIL.Image.Exif()
    stored.load(exif)
    assert stored.get_ifd(1) == {}


def test_thumbnail_in_the_middle_is_blanked_in_place():
    exif = corpus.camera_exif()
    behind = exif + b"something behind"
    upright = exif_tags.reset_orientation(behind)
    assert len(upright) == len(behind)
    assert b"\xff\xd8" not in upright
    assert upright.endswith(b"something behind")


def test_exif_size_is_updated():
    for exif in (corpus.camera_exif(), swap_byte_order(corpus.camera_exif())):
        sized = exif_tags.update_size(exif_tags.reset_orientation(exif), 70_000, 321)
        assert field(sized, corpus.WIDTH_TAG, corpus.EXIF_IFD) == 70_000
        assert field(sized, corpus.HEIGHT_TAG, corpus.EXIF_IFD) == 321
        assert field(sized, corpus.MAKER_NOTE, corpus.EXIF_IFD) == corpus.NOTE


@pytest.mark.parametrize("cut", [0, 3, 6, 9, 14, 20, 30, 60])
def test_truncated_exif_never_raises(cut):
    exif = corpus.camera_exif(6)[:cut]
    upright = exif_tags.reset_orientation(exif)
    assert upright is None or exif_tags.orientation(upright) in (None, 1)
    assert exif_tags.orientation(exif) in (None, 1, 6)
    exif_tags.update_size(exif, 5, 5)


def test_cyclic_directory_terminates():
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8)
    exif = b"Exif\0\0" + block + struct.pack("<I", 8)
    assert exif_tags.orientation(exif) is None
    assert exif_tags.reset_orientation(exif)
    assert exif_tags.update_size(exif, 5, 5)


def exif_with_strings(order):
    """Return an EXIF block with strings in UTF-8 and a comment in UTF-16 (Exif 3.0, section 4.6)."""
    comment = b"UNICODE\0" + "猫の写真".encode("utf-16-be" if order == ">" else "utf-16-le")
    artist, description = "Zoë Müller".encode() + b"\0", "港口".encode() + b"\0"
    first, nested = 8, 8 + 2 + 3 * 12 + 4
    at = nested + 2 + 12 + 4
    block = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, first)
    block += struct.pack(order + "HHHII", 3, DESCRIPTION, 2, len(description), at)
    block += struct.pack(order + "HHII", ARTIST, 2, len(artist), at + len(description))
    block += struct.pack(order + "HHIII", corpus.EXIF_IFD, 4, 1, nested, 0)
    block += struct.pack(order + "HHHIII", 1, COMMENT, 7, len(comment), at + len(description) + len(artist), 0)
    return b"Exif\0\0" + block + description + artist + comment


def tags_of_tiff(content):
    """Return the bytes of the ASCII and UNDEFINED tags in a TIFF file by tag number, and the byte order."""
    with tifffile.TiffFile(BytesIO(content)) as file:
        order, page = file.byteorder, file.pages[0]
        texts = [tag for tag in page.tags if tag.dtype == 2]
        found = {tag.code: content[tag.valueoffset : tag.valueoffset + tag.count] for tag in texts}
        at = page.tags[corpus.EXIF_IFD].valueoffset if corpus.EXIF_IFD in page.tags else None
    if at is not None:
        for index in range(struct.unpack_from(order + "H", content, at)[0]):
            code, kind, count, value = struct.unpack_from(order + "HHII", content, at + 2 + 12 * index)
            if kind in (2, 7) and count > 4:
                found[code] = content[value : value + count]
    return found, order


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["a.tif", "a.jpg", "a.png", "a.webp", "a.avif", "a.jxl"])
def test_strings_outside_ascii_keep_their_bytes(order, name):
    image = Image(corpus.texture(3), exif=exif_with_strings(order), dpi=(300.0, 300.0))
    content = corpus.encode_image(image, name)
    if name == "a.tif":
        found, its_order = tags_of_tiff(content)
        assert its_order == order
        assert found[ARTIST] == "Zoë Müller".encode() + b"\0"
        assert found[DESCRIPTION] == "港口".encode() + b"\0"
        assert found[COMMENT][8:].decode("utf-16-be" if order == ">" else "utf-16-le") == "猫の写真"
    again = image_files.decode(content, name)
    its_order, tags = exif_tags.byte_order_and_tags(again.exif)
    values = {tag.number: tag.value for tag in tags} | {
        child.number: child.value for tag in tags for child in tag.children or ()
    }
    assert its_order == order
    assert values[ARTIST] == "Zoë Müller".encode() + b"\0"
    assert values[COMMENT] == b"UNICODE\0" + "猫の写真".encode("utf-16-be" if order == ">" else "utf-16-le")
    assert again.dpi == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tags_of_every_type_survive_in_a_tiff(order, big):
    """tifffile writes the tags, and reads them again from the result."""
    values = {
        65001: (1, (7, 8, 9)), 65003: (3, (1, 65535)), 65004: (4, (1, 2**32 - 1)), 65006: (6, (-1, 5)),
        65008: (8, (-2, 300)), 65009: (9, (-70000, 4)), 65011: (11, (0.5, 0.25)), 65012: (12, (0.1, 1e300)),
        65005: (5, (1, 3, 2, 7)), 65010: (10, (-1, 3, 2, 7)),
    }  # fmt: skip
    count = {5: 2, 10: 2}
    extra = [
        (tag, kind, len(value) // count.get(kind, 1), value, True) for tag, (kind, value) in sorted(values.items())
    ]
    source = corpus.tiff(
        corpus.texture(3), photometric="rgb", extratags=extra, byteorder=order, bigtiff=big, software="Scanner"
    )
    content = corpus.encode_image(image_files.decode(source, "a.tif"), "a.tif")
    with tifffile.TiffFile(BytesIO(content)) as result, tifffile.TiffFile(BytesIO(source)) as first:
        for tag in (*values, 305):
            assert result.pages[0].tags[tag].value == first.pages[0].tags[tag].value
            assert result.pages[0].tags[tag].dtype == first.pages[0].tags[tag].dtype


def test_every_page_keeps_its_own_tags():
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for title in (b"front\0", b"back side\0"):
            tag = (DESCRIPTION, 2, len(title), title, True)
            writer.write(corpus.texture(3), photometric="rgb", metadata=None, extratags=[tag])
    content = corpus.encode_image(image_files.decode(buffer.getvalue(), "a.tif"), "a.tif")
    with tifffile.TiffFile(BytesIO(content)) as result:
        assert [page.tags[DESCRIPTION].value for page in result.pages] == ["front", "back side"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_resolution_is_changed_without_moving_other_values(order):
    stored = exif_with_strings(order)
    changed = exif_tags.set_dpi(stored, (300.0, 150.0))
    assert changed[14 : len(stored)] == stored[14:], "only the pointer to the first directory may change"
    assert exif_tags.dpi(changed) == (300, 150)
    assert exif_tags.set_dpi(changed, (300.0, 150.0)) == changed
    assert float(field(changed, 0x011A)) == 300
    assert field(changed, 0x0128) == 2
    assert exif_tags.dpi(exif_tags.set_dpi(changed, (72.0, 72.0))) == (72, 72)


@pytest.mark.parametrize("exif", [None, b"", b"Exif\0\0MM\0*", b"Exif\0\0II*\0\xff\xff\xff\xff", b"junk" * 9])
def test_resolution_is_added_to_a_missing_or_damaged_block(exif):
    assert exif_tags.dpi(exif_tags.set_dpi(exif, (240.0, 240.0))) == (240, 240)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_and_a_comment_are_added(order):
    for exif in (exif_with_strings(order), None):
        added = exif_tags.add_tags(exif, [exif_tags.text_tag(0x0131, "Ünï")], "prompt 图")
        its_order, tags = exif_tags.byte_order_and_tags(added)
        found = {tag.number: tag for tag in tags}
        assert found[0x0131].value == "Ünï".encode() + b"\0"
        (comment,) = [child for child in found[corpus.EXIF_IFD].children if child.number == COMMENT]
        assert comment.value[8:].decode("utf-16-le" if its_order == "<" else "utf-16-be") == "prompt 图"
        assert exif is None or found[ARTIST].value == "Zoë Müller".encode() + b"\0"


def interop(index, space=65535, order=">"):
    """Return EXIF with a color space and an interoperability index, as cameras write it (DCF 2.0)."""
    index_tags = (Tag(1, 2, 4, index),)
    nested = (Tag(0xA001, 3, 1, struct.pack(order + "H", space)), Tag(0xA005, 4, 1, b"", index_tags))
    return exif_tags.pack_block([Tag(corpus.EXIF_IFD, 4, 1, b"", nested)], order)


@pytest.mark.parametrize(
    ("index", "space", "expected"),
    [(b"R03\0", 65535, True), (b"R98\0", 1, False), (b"R98\0", 65535, False), (b"R03\0", 1, True)],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_adobe_rgb_is_recognized_by_its_index(index, space, expected, order):
    exif = interop(index, space, order)
    with PIL.Image.open(BytesIO(corpus.encoded(PIL.Image.new("RGB", (8, 8)), "JPEG", exif=exif))) as opened:
        assert opened.getexif().get_ifd(0xA005)[1].encode() == index[:3], "Pillow reads the same index"
    assert exif_tags.is_adobe_rgb(exif) == expected
    assert not exif_tags.is_adobe_rgb(exif_tags.declare_srgb(exif))


def test_malicious_directories_need_little_memory():
    """65,535 directory entries refer to one value of 1 MB. Separate copies would take 64 GB."""
    size = 1 << 20
    entries = b"".join(struct.pack("<HHII", number, 7, size, 0) for number in range(65_535))
    block = b"II*\0" + struct.pack("<IH", 8, 65_535) + entries + bytes(4 + size)
    tags = exif_tags.read_tags(block, 8, "<")
    assert sum(len(tag.value) for tag in tags) <= len(block)
