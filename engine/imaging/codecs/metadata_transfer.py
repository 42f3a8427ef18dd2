"""Move metadata to fields that a file format supports, and report what the format cannot store.

References
----------
W3C, Portable Network Graphics (Third Edition), section 11.3.3.2 (keywords); CIPA DC-008 (Exif 3.0), section 4.6.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from engine.errors import N_, LazyMessage, lazy_format
from engine.imaging.codecs import exif, photoshop, xmp
from engine.imaging.codecs.formats import Format
from engine.imaging.image import Image

Text = tuple[str, str]  # keyword, text
_COMMENT, _TITLE = "Comment", "Title"
_EXIF_TAGS = {
    "Description": exif.IMAGE_DESCRIPTION,
    "Author": exif.ARTIST,
    "Copyright": exif.COPYRIGHT,
    "Software": exif.SOFTWARE,
}
_USER_COMMENTS = ("parameters", _COMMENT)  # image generators store their prompt as "parameters"


def transfer(image: Image, file_format: Format) -> Image:
    """Return an image whose metadata uses only fields that a format supports.

    Comments, PNG text chunks and IPTC are moved to related fields if the format has no fields for them. `not_kept` of
    the result also names what the format cannot store. EXIF, XMP and the resolution are not checked.
    """
    frames = tuple(transfer(frame, file_format) for frame in image.frames)
    if "text" in file_format.metadata:
        return replace(_move_to_texts(image), frames=frames)
    moved = _move_texts(image, file_format)
    if moved.photoshop and "photoshop" not in file_format.metadata:
        sentence = (
            N_("IPTC metadata isn't kept, because {format} can't store it.")
            if photoshop.iptc_record(moved.photoshop)
            else N_("Photoshop metadata isn't kept, because {format} can't store it.")
        )
        moved = _without(replace(moved, photoshop=None), lazy_format(sentence, format=file_format.title))
    return replace(moved, frames=frames)


def _without(image: Image, sentence: LazyMessage) -> Image:
    """Return a copy of an image with a sentence added to `not_kept`."""
    return replace(image, not_kept=(*image.not_kept, sentence))


def _move_to_texts(image: Image) -> Image:
    """Move the comments and Photoshop resources of an image to PNG text chunks."""
    texts = [*image.text, *((_COMMENT, comment) for comment in image.comments)]
    if image.photoshop:
        texts.append(photoshop.to_png_text(image.photoshop))
    return replace(image, text=tuple(dict.fromkeys(texts)), comments=(), photoshop=None)


def _move_texts(image: Image, file_format: Format) -> Image:
    """Move the PNG text chunks of an image to its comments, EXIF and XMP."""
    if "comments" in file_format.metadata:
        comments = [*image.comments, *(text for keyword, text in image.text if keyword == _COMMENT)]
        texts = [text for text in image.text if text[0] != _COMMENT]
        image = replace(image, comments=tuple(dict.fromkeys(comments)))
    else:
        texts = [*image.text, *((_COMMENT, comment) for comment in image.comments)]
        image = replace(image, comments=())
    image = replace(image, text=())
    if not texts:
        return image
    if not {"exif", "xmp"} <= file_format.metadata or not xmp.can_extend(image.xmp):
        keywords = ", ".join(dict.fromkeys(keyword for keyword, _ in texts))
        return _without(image, lazy_format(N_("This text metadata isn't kept: {keywords}."), keywords=keywords))
    return replace(image, exif=_add_to_exif(image.exif, texts, file_format), xmp=_add_to_xmp(image.xmp, texts))


def _add_to_exif(block: bytes | None, texts: Iterable[Text], file_format: Format) -> bytes | None:
    """Add texts that correspond to EXIF tags to an EXIF block. Existing tags are not replaced."""
    counts = Counter(keyword for keyword, _ in texts)
    single = {keyword: text for keyword, text in texts if counts[keyword] == 1}
    tags = [
        exif.text_tag(tag, single[keyword])
        for keyword, tag in _EXIF_TAGS.items()
        if keyword in single and not exif.has_tag(block, tag)
    ]
    comment = None
    if not exif.has_tag(block, exif.USER_COMMENT, exif.EXIF_IFD):
        comment = next((single[keyword] for keyword in _USER_COMMENTS if keyword in single), None)
    for chosen in ((tags, comment), (tags, None)):  # texts that are too long for EXIF are stored only in XMP
        added = exif.add_tags(block, *chosen)
        if len(added or b"") <= file_format.max_exif_bytes:
            return added
    return block


def _add_to_xmp(packet: bytes | None, texts: Iterable[Text]) -> bytes:
    """Add all texts to an XMP packet. "Title" becomes the Dublin Core title if the packet has none."""
    title = next((text for keyword, text in texts if keyword == _TITLE), "")
    if xmp.has_title(packet):
        title = ""
    return xmp.add_texts(
        packet, title, ((keyword, text) for keyword, text in texts if (keyword, text) != (_TITLE, title))
    )
