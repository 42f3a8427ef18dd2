"""Read and edit XMP packets. The rest of an edited packet is preserved byte for byte.

References
----------
Adobe, XMP Specification, part 1 (2012) and part 3 (2020), section 1.1.3.1; Google, Motion Photo 1.0 and Ultra HDR 1.1.
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Literal
from xml.sax.saxutils import escape

JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
JPEG_EXTENSION_HEADER = b"http://ns.adobe.com/xmp/extension/\0"
MAX_JPEG_BYTES = 65_533 - len(JPEG_HEADER)  # maximum size of a packet in one segment
ReferencedPart = Literal["gain map", "video", "image", "extension"]

_HEAD = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
_TAIL = b"</rdf:RDF></x:xmpmeta>"
_NOTE = b"http://ns.adobe.com/xmp/note/"
_XMP = b"http://ns.adobe.com/xap/1.0/"
_CAMERA = b"http://ns.google.com/photos/1.0/camera/"
_CONTAINERS = (b"http://ns.google.com/photos/1.0/container/", b"http://ns.google.com/photos/dd/1.0/container/")
_GAIN_MAPS = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"http://ns.apple.com/HDRGainMap/1.0/")
_TEXTS = b"https://www.w3.org/TR/png/#11textinfo"  # namespace of PNG text chunks that XMP has no property for
_NAME = rb"[\w.-]+"
_EXTENSION_PART_BYTES = 65_000
_MAX_EXTENSION_BYTES = 64 << 20


def orientation(xmp: bytes | None) -> int | None:
    """Return the orientation, from 1 (upright) to 8; None if it is missing."""
    match = re.search(rb"tiff:Orientation(?:=\"|=\'|>)([1-8])\b", xmp or b"")
    return int(match[1]) if match else None


def reset_orientation(xmp: bytes | None) -> bytes | None:
    """Return an XMP packet with the orientation set to upright, and without thumbnails."""
    if not xmp:
        return None
    updated = re.sub(rb"(tiff:Orientation(?:=\"|=\'|>))[1-8]\b", rb"\g<1>1", xmp)
    for prefix in (b"xmp", *_prefixes(updated, _XMP)):
        updated = _without_elements(updated, prefix + b":Thumbnails")
    return updated


def update_size(xmp: bytes | None, width: int, height: int) -> bytes | None:
    """Return an XMP packet whose existing properties for the image size contain the given size in px."""
    if not xmp:
        return None
    for names, side in ((rb"tiff:ImageWidth|exif:PixelXDimension", width),
                        (rb"tiff:ImageLength|exif:PixelYDimension", height)):  # fmt: skip
        xmp = re.sub(rb"((?:" + names + rb")(?:=\"|=\'|>))\d+", rb"\g<1>" + str(side).encode(), xmp)
    return xmp


def declare_srgb(xmp: bytes | None) -> bytes | None:
    """Return an XMP packet whose property exif:ColorSpace, if it exists, is set to sRGB."""
    return re.sub(rb"(exif:ColorSpace(?:=\"|=\'|>))\d+", rb"\g<1>1", xmp) if xmp else None


def without_part_references(xmp: bytes | None) -> tuple[bytes | None, frozenset[ReferencedPart]]:
    """Remove references to other parts of the file, such as the video of a motion photo.

    Saved results do not contain these parts.

    Returns
    -------
    xmp : packet without the references
    parts : the parts that the packet referred to
    """
    if not xmp:
        return xmp, frozenset()
    parts: set[ReferencedPart] = set()
    for prefix in _prefixes(xmp, _CAMERA):
        xmp, found = _without_properties(xmp, prefix, rb"(?:MicroVideo|MotionPhoto)[\w.-]*")
        parts |= {"video"} if found else set()
    for prefix in {prefix for uri in _CONTAINERS for prefix in _prefixes(xmp, uri)}:
        listed = b"".join(_elements(xmp, prefix + b":Directory"))
        semantics = re.findall(rb"Semantic(?:\s*=\s*[\"']|>)\s*(?:" + _NAME + rb":)?([A-Za-z]+)", listed)
        parts |= {_listed_part(name) for name in semantics if name != b"Primary"}
        xmp = _without_elements(xmp, prefix + b":Directory")
    for prefix in {prefix for uri in _GAIN_MAPS for prefix in _prefixes(xmp, uri)}:
        xmp, found = _without_properties(xmp, prefix, _NAME)
        parts |= {"gain map"} if found else set()
    for prefix in _prefixes(xmp, _NOTE):
        xmp, found = _without_properties(xmp, prefix, rb"HasExtendedXMP")
        parts |= {"extension"} if found else set()
    return xmp, frozenset(parts)


def _listed_part(semantic: bytes) -> ReferencedPart:
    """Return the part that corresponds to the `Item:Semantic` of a container directory."""
    known: dict[bytes, ReferencedPart] = {b"GainMap": "gain map", b"MotionPhoto": "video"}
    return known.get(semantic, "image")


def merge_extension(xmp: bytes, extension: bytes) -> bytes | None:
    """Return a packet with the properties of its extension added; None if they cannot be merged."""
    main, _ = without_part_references(xmp)
    if main is not None and not _properties(main):
        return extension
    tag, end = _start_tag(extension, b"rdf:RDF"), extension.rfind(b"</rdf:RDF")
    place = (main or b"").rfind(b"</rdf:RDF")
    if main is None or tag is None or end < tag[1] or place < 0:
        return None
    declared = re.findall(rb"xmlns:" + _NAME + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", extension[: tag[1]])
    merged = main[:place] + extension[tag[1] : end] + main[place:]
    missing = [name for name in declared if not name.startswith((b"xmlns:rdf", b"xmlns:x=")) and name not in main]
    return re.sub(rb"<rdf:RDF\b", lambda _: b" ".join([b"<rdf:RDF", *missing]), merged, count=1)


def _properties(xmp: bytes) -> bytes:
    """Return the properties of a packet, without its wrapper and empty descriptions; b"" if none."""
    inner = re.sub(rb"<\?[^>]*\?>|</?x:xmpmeta\b[^>]*>|</?rdf:RDF\b[^>]*>|</rdf:Description\s*>", b"", xmp)
    empty = rb"<rdf:Description(?:\s+(?:xmlns:" + _NAME + rb"|rdf:about)\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>"
    return re.sub(empty, b"", inner).strip(b"\0 \t\r\n\xef\xbb\xbf")


def jpeg_segments(xmp: bytes) -> list[bytes]:
    """Return the data of the JPEG segments that store a packet. A large packet is stored as extended XMP."""
    if len(xmp) <= MAX_JPEG_BYTES:
        return [JPEG_HEADER + xmp]
    extension = re.sub(rb"<\?xpacket[^>]*\?>", b"", xmp).strip()
    guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    note = b'<rdf:Description rdf:about="" xmlns:xmpNote="' + _NOTE + b'" xmpNote:HasExtendedXMP="' + guid + b'"/>'
    parts = [JPEG_HEADER + _HEAD + note + _TAIL]
    for start in range(0, len(extension), _EXTENSION_PART_BYTES):
        head = JPEG_EXTENSION_HEADER + guid + struct.pack(">II", len(extension), start)
        parts.append(head + extension[start : start + _EXTENSION_PART_BYTES])
    return parts


def joined_extension(xmp: bytes, segments: Iterable[bytes]) -> bytes | None:
    """Return the extension that a packet refers to; None if the extension is missing or incomplete.

    Parameters
    ----------
    xmp : packet
    segments : data of the JPEG segments that contain extended XMP
    """
    match = re.search(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-Fa-f]{32})", xmp)
    if match is None:
        return None
    head = len(JPEG_EXTENSION_HEADER)
    parts: dict[int, bytes] = {}
    length = 0
    for body in segments:
        if body[head : head + 32].upper() == match[1].upper() and len(body) > head + 40:
            length, start = struct.unpack_from(">II", body, head + 32)
            parts[start] = body[head + 40 :]
    if not 0 < length <= _MAX_EXTENSION_BYTES:
        return None
    joined = b"".join(parts[start] for start in sorted(parts))
    starts = [0, *(start + len(part) for start, part in sorted(parts.items()))]
    return joined if len(joined) == length and starts[:-1] == sorted(parts) else None


def add_texts(xmp: bytes | None, title: str, texts: Iterable[tuple[str, str]]) -> bytes:
    """Return a packet with a title and texts from PNG text chunks added.

    Parameters
    ----------
    xmp : existing packet; None for a new packet
    title : Dublin Core title; "" adds no title
    texts : (keyword, text) of each text chunk
    """
    properties = b""
    if title:
        properties += (
            b'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">' + _escaped(title) + b"</rdf:li></rdf:Alt></dc:title>"
        )
    grouped: dict[bytes, list[bytes]] = {}
    for keyword, text in texts:
        grouped.setdefault(_element_name(keyword), []).append(_escaped(text))
    for name, values in grouped.items():
        items = b"".join(b"<rdf:li>" + value + b"</rdf:li>" for value in values)
        content = values[0] if len(values) == 1 else b"<rdf:Bag>" + items + b"</rdf:Bag>"
        properties += b"<pngtext:" + name + b">" + content + b"</pngtext:" + name + b">"
    namespaces = b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pngtext="' + _TEXTS + b'"'
    description = b'<rdf:Description rdf:about="" ' + namespaces + b">" + properties + b"</rdf:Description>"
    place = (xmp or b"").rfind(b"</rdf:RDF")
    if xmp is None or place < 0:
        return _HEAD + description + _TAIL
    return xmp[:place] + description + xmp[place:]


def has_title(xmp: bytes | None) -> bool:
    """Return whether a packet has a Dublin Core title."""
    return b"dc:title" in (xmp or b"")


def can_extend(xmp: bytes | None) -> bool:
    """Return whether properties can be added to a packet.

    The packet must be UTF-8 and use the namespace prefix "rdf".
    """
    return xmp is None or b"</rdf:RDF" in xmp


def _element_name(keyword: str) -> bytes:
    """Convert a keyword to an XML name. Characters other than ASCII letters and digits become "_"."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", keyword) or "_"
    return (name if name[0].isalpha() or name[0] == "_" else f"_{name}").encode()


def _escaped(text: str) -> bytes:
    """Escape a text for XML, and remove control characters that XML does not allow."""
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", text)).encode()


def _prefixes(xmp: bytes, uri: bytes) -> list[bytes]:
    """Return the prefixes that a packet declares for a namespace."""
    found = re.findall(rb"xmlns:(" + _NAME + rb")\s*=\s*[\"']" + re.escape(uri) + rb"[\"']", xmp)
    return sorted(set(found))


def _without_properties(xmp: bytes, prefix: bytes, names: bytes) -> tuple[bytes, bool]:
    """Return a packet without the given properties, and whether any were found.

    Properties can be XML attributes or elements. `names` is a regular expression.
    """
    prefix = re.escape(prefix)
    rest = re.sub(rb"\s" + prefix + rb":" + names + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xmp)
    for name in set(re.findall(rb"<(" + prefix + rb":" + names + rb")[\s/>]", rest)):
        rest = _without_elements(rest, name)
    return rest, rest != xmp


def _elements(xmp: bytes, name: bytes) -> Iterator[bytes]:
    """Yield each element with the given name."""
    for start, end in _element_spans(xmp, name):
        yield xmp[start:end]


def _without_elements(xmp: bytes, name: bytes) -> bytes:
    """Return a packet without the elements that have the given name."""
    kept, at = [], 0
    for start, end in _element_spans(xmp, name):
        kept.append(xmp[at:start])
        at = end
    return b"".join([*kept, xmp[at:]]) if at else xmp


def _element_spans(xmp: bytes, name: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each element with the given name, in linear time."""
    at = 0
    while (tag := _start_tag(xmp, name, at)) is not None:
        start, at = tag
        if xmp[at - 2 : at] != b"/>":
            close = xmp.find(b"</" + name, at)
            end = xmp.find(b">", close)
            if close < 0 or end < 0:
                return
            at = end + 1
        yield start, at


def _start_tag(xmp: bytes, name: bytes, at: int = 0) -> tuple[int, int] | None:
    """Return (start, end) of the first start tag with a name, searched from offset `at`, or None."""
    while (start := xmp.find(b"<" + name, at)) >= 0:
        at = start + 1 + len(name)
        if xmp[at : at + 1] in (b" ", b"\t", b"\r", b"\n", b"/", b">"):
            end = xmp.find(b">", at)
            return None if end < 0 else (start, end + 1)
    return None
