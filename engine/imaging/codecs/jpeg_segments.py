"""Parse and create the metadata segments of JPEG files.

References
----------
ITU-T T.81, annex B; JFIF 1.02; CIPA DC-007 (MPF).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.imaging.codecs import photoshop, xmp

APP0, APP1, APP2, APP11, APP13, COMMENT = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xFE
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_KNOWN = (
    b"JFIF\0", b"JFXX\0", b"Exif\0", xmp.JPEG_HEADER, xmp.JPEG_EXTENSION_HEADER, b"ICC_PROFILE\0", b"Adobe",
    b"MPF\0", b"Ducky", b"urn:iso:std:iso:ts:21496:-1\0", photoshop.JPEG_HEADER,
)  # fmt: skip
_MAX_COMMENT_BYTES = 65_533


@dataclass
class JpegFile:
    """Metadata segments of a JPEG file that Pillow does not report.

    Attributes
    ----------
    xmp, extensions : XMP packet, and the data of the segments that contain its extension
    resources : Photoshop image resources
    comments : content of the comment segments
    pixel_density : (horizontal, vertical) pixel density without a unit if the pixels are not square; otherwise None
    has_gain_map : whether the file contains an ISO 21496-1 gain map
    num_images : number of images in the file, according to its MPF index
    has_content_credentials : whether the file contains content credentials (C2PA)
    has_other_data : whether there are segments of unknown types
    """

    xmp: bytes | None = None
    extensions: list[bytes] = field(default_factory=list)
    resources: bytes = b""
    comments: list[bytes] = field(default_factory=list)
    pixel_density: tuple[int, int] | None = None
    has_gain_map: bool = False
    num_images: int = 1
    has_content_credentials: bool = False
    has_other_data: bool = False


def parse(content: bytes) -> JpegFile:
    """Return the metadata segments of a JPEG file, up to the first damaged segment."""
    file = JpegFile()
    for marker, body in iter_segments(content):
        if marker == COMMENT:
            file.comments.append(body)
        elif marker == APP0 and body.startswith(b"JFIF\0") and len(body) >= 12:
            unit, across, down = struct.unpack_from(">BHH", body, 7)
            file.pixel_density = (across, down) if unit == 0 and across and down and across != down else None
        elif marker == APP1 and body.startswith(xmp.JPEG_HEADER):
            file.xmp = file.xmp or body[len(xmp.JPEG_HEADER) :]
        elif marker == APP1 and body.startswith(xmp.JPEG_EXTENSION_HEADER):
            file.extensions.append(body)
        elif marker == APP2:
            _parse_app2(file, body)
        elif marker == APP13 and body.startswith(photoshop.JPEG_HEADER):
            file.resources += body[len(photoshop.JPEG_HEADER) :]
        elif marker == APP11 and body.startswith(b"JP"):
            file.has_content_credentials = True
        elif APP0 <= marker <= 0xEF and not body.startswith(_KNOWN):
            file.has_other_data = True
    return file


def _parse_app2(file: JpegFile, body: bytes) -> None:
    """Add the number of images (MPF) and the presence of a gain map to `file`."""
    if body.startswith(b"MPF\0"):
        file.num_images = max(file.num_images, _count_images(body[4:]))
    elif body.startswith(b"urn:iso:std:iso:ts:21496:-1\0"):
        file.has_gain_map = True
    elif not body.startswith(b"ICC_PROFILE\0"):
        file.has_other_data = True


def _count_images(index: bytes) -> int:
    """Return the number of images in an MPF index; 1 if the index is damaged."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(index[:4])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", index, 4)
        (count,) = struct.unpack_from(order + "H", index, first)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHII", index, first + 2 + 12 * number)
            if tag == 0xB001:  # NumberOfImages
                return min(int(value), 1000)
    except struct.error:
        pass
    return 1


def iter_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (second byte of the marker, segment data) for each segment before the image data."""
    at = 2
    while content[at : at + 1] == b"\xff" and at + 4 <= len(content):
        marker = content[at + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= _START:  # fill bytes, and markers without a body
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (_END, _SCAN):
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2 or at + 2 + length > len(content):
            return
        yield marker, content[at + 4 : at + 2 + length]
        at += 2 + length


def pack(marker: int, body: bytes) -> bytes:
    """Return a segment as bytes: the marker, the length, and the data.

    Parameters
    ----------
    marker : second byte of the marker, such as `APP1`
    body : data of the segment
    """
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def pack_comment(text: str) -> bytes:
    """Return a comment as UTF-8 in one or more COM segments."""
    body = text.encode("utf-8", "replace")
    return b"".join(
        pack(COMMENT, body[at : at + _MAX_COMMENT_BYTES]) for at in range(0, max(1, len(body)), _MAX_COMMENT_BYTES)
    )
