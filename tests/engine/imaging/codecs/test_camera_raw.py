"""Camera raw files are refused with the name of their format. Their previews are not read instead."""

import struct
from io import BytesIO

import numpy as np
import pytest
import tifffile

from engine.errors import ImageUnreadable
from engine.imaging.codecs import image_files

PREVIEW = np.full((50, 75, 3), 90, np.uint8)
SENSOR = np.zeros((100, 150), np.uint16)
CFA, LINEAR_RAW = 32803, 34892


def raw_file(photometric=CFA, below=True, order="<", compression="zlib"):
    """Return a raw file whose first page is a preview.

    The sensor data is in a subdirectory or on the next page.
    """
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer, byteorder=order) as writer:
        writer.write(PREVIEW, photometric="rgb", subfiletype=1, subifds=int(below), metadata=None)
        tags = [(33_421, 3, 2, (2, 2), True), (33_422, 1, 4, bytes((0, 1, 1, 2)), True)]
        sensor = np.dstack([SENSOR] * 3) if photometric == LINEAR_RAW else SENSOR
        writer.write(sensor, photometric=photometric, metadata=None, compression=compression, extratags=tags)
    return buffer.getvalue()


def nikon_file():
    """Return a raw file whose sensor data has a proprietary compression."""
    buffer = BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(PREVIEW, photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        writer.write(SENSOR, photometric="minisblack", metadata=None)
    content = buffer.getvalue()
    with tifffile.TiffFile(BytesIO(content)) as file:
        tag = file.pages[0].pages[0].tags[259]
    return content[: tag.valueoffset] + (34713).to_bytes(2, "little") + content[tag.valueoffset + 2 :]


def canon_file():
    """Return a gray TIFF of 2 x 2 px with the signature of a CR2 file after its header."""
    tags = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 12, 277: 1, 278: 2, 279: 4}
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", 16) + b"CR\2\0" + bytes(4) + struct.pack("<H", len(tags)) + entries + bytes(4)


FILES = {
    "a.dng": raw_file(),
    "behind.dng": raw_file(below=False),
    "linear.dng": raw_file(LINEAR_RAW),
    "big-endian.dng": raw_file(order=">"),
    "a.nef": nikon_file(),
    "a.cr2": canon_file(),
    "a.cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(64),
    "a.raf": b"FUJIFILMCCD-RAW 0201FF1505" + bytes(64),
    "a.rw2": b"IIU\0\x18\0\0\0" + bytes(64),
    "a.orf": b"IIRO\x08\0\0\0" + bytes(64),
    "a.x3f": b"FOVb\0\0\2\0" + bytes(64),
    "a.crw": b"II\x1a\0\0\0HEAPCCDR" + bytes(64),
}


@pytest.mark.parametrize("name", FILES)
def test_error_for_raw_file_names_its_format(name, plain_sentence):
    with pytest.raises(ImageUnreadable) as error:
        image_files.decode(FILES[name], name)
    plain_sentence(error.value, name, "Camera raw")


def test_tiff_without_raw_signature_is_read():
    content = canon_file().replace(b"CR\2\0", bytes(4))
    assert image_files.decode(content, "a.tif").pixels.shape == (2, 2, 1)
