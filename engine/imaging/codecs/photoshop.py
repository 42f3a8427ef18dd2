"""Read and change Photoshop image resources, which can contain an IPTC record.

References
----------
Adobe, Photoshop File Formats Specification (2019), "Image Resources"; IPTC-NAA Information Interchange Model 4.2.
"""

import struct
from collections.abc import Iterator

JPEG_HEADER = b"Photoshop 3.0\0"
_IPTC, _IPTC_DIGEST = 0x0404, 0x0425
_THUMBNAILS = (0x0409, 0x040C)
_MAX_JPEG_BYTES = 65_533 - len(JPEG_HEADER)  # maximum size of the resources in one segment
_IPTC_MARKER = 0x1C


def pack_iptc_record(record: bytes) -> bytes:
    """Return image resources that contain an IPTC record."""
    return _pack(_IPTC, b"\0\0", record)


def iptc_record(resources: bytes | None) -> bytes | None:
    """Return the IPTC record of Photoshop image resources; None if there is none."""
    return next((body for kind, _, body in _parse(resources or b"") if kind == _IPTC and body), None)


def without_thumbnails(resources: bytes) -> bytes | None:
    """Return the resources except thumbnails; None if nothing else is left.

    Damaged resources are omitted.
    """
    return _join(resources, _THUMBNAILS)


def without_iptc(resources: bytes | None) -> bytes | None:
    """Return the resources except the IPTC record and its checksum; None if nothing else is left."""
    return _join(resources or b"", (_IPTC, _IPTC_DIGEST))


def with_iptc_record(resources: bytes | None, record: bytes | None) -> bytes | None:
    """Return the resources with their IPTC record replaced. If `record` is None, keep the old record."""
    if not record:
        return resources
    rest = _join(resources or b"", (_IPTC,)) or b""
    return pack_iptc_record(record) + rest


def jpeg_segments(resources: bytes) -> list[bytes]:
    """Return the data of the JPEG segments (APP13) that store the resources."""
    return [
        JPEG_HEADER + resources[start : start + _MAX_JPEG_BYTES] for start in range(0, len(resources), _MAX_JPEG_BYTES)
    ]


def to_png_text(resources: bytes) -> tuple[str, str]:
    """Return the keyword and text of a PNG text chunk that stores the resources.

    The text has the format that ImageMagick and ExifTool use.
    """
    return "Raw profile type iptc", f"\niptc\n{len(resources):8d}\n{resources.hex()}\n"


def from_raw_profile(content: bytes) -> bytes | None:
    """Return the Photoshop image resources in a raw profile from a PNG text chunk.

    If the profile is an IPTC record, it is wrapped in a resource. Other profiles give None.
    """
    content = content.removeprefix(JPEG_HEADER)
    if content.startswith(b"8BIM"):
        return without_thumbnails(content)
    return pack_iptc_record(content) if content[:1] == bytes((_IPTC_MARKER,)) else None


def normalized_iptc(stored: bytes) -> bytes | None:
    """Return the IPTC record from the tag of a TIFF file, without padding; None if it is damaged.

    Some programs store the record in 32-bit words with swapped bytes. This is undone.
    """
    swapped = b"".join(stored[at : at + 4][::-1] for at in range(0, len(stored), 4))
    for record in (stored, swapped):
        if record[:1] == bytes((_IPTC_MARKER,)):
            return record.rstrip(b"\0") if _is_padded(record) else record
    return None


def _is_padded(record: bytes) -> bool:
    """Return whether an IPTC record has padding after its last dataset."""
    at = 0
    while at + 5 <= len(record) and record[at] == _IPTC_MARKER:
        (length,) = struct.unpack_from(">H", record, at + 3)
        if length & 0x8000:  # extended dataset, whose length is stored elsewhere
            return False
        at += 5 + length
    return at <= len(record) and not record[at:].strip(b"\0") and at == len(record.rstrip(b"\0"))


def _join(resources: bytes, excluded: tuple[int, ...]) -> bytes | None:
    return b"".join(_pack(*resource) for resource in _parse(resources) if resource[0] not in excluded) or None


def _pack(kind: int, name: bytes, body: bytes) -> bytes:
    return b"8BIM" + struct.pack(">H", kind) + name + struct.pack(">I", len(body)) + body + bytes(len(body) % 2)


def _parse(resources: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (ID, stored name, content) for each resource, up to the first damaged one."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        (kind,) = struct.unpack_from(">H", resources, at + 4)
        name_end = at + 6 + (resources[at + 6] + 2) // 2 * 2  # Pascal string, padded to an even length
        if name_end + 4 > len(resources):
            return
        (length,) = struct.unpack_from(">I", resources, name_end)
        start, stop = name_end + 4, name_end + 4 + length
        if stop > len(resources):
            return
        yield kind, resources[at + 6 : name_end], resources[start:stop]
        at = stop + length % 2
