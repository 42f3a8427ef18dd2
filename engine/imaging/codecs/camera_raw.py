"""Recognize camera raw files, which are not supported.

Most camera raw files contain a preview that Pillow and tifffile can read. Upscaling the preview instead of the photo
would be wrong, so these files are rejected.
"""

from collections.abc import Iterable

import tifffile

from engine.errors import N_, ImageUnreadable

# Fujifilm, Panasonic, Olympus, Sigma, Minolta
_SIGNATURES = (b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\0MRM")
_CANON_CRW, _CANON_CR2, _CANON_CR3 = b"HEAPCCDR", b"CR", b"ftypcrx "
_SENSOR_DATA = (32_803, 34_892)  # photometric interpretations: color filter array, linear raw
_MAKERS_COMPRESSIONS = (32_767, 32_769, 32_770, 32_772, 34_713, 65_535)  # Sony, packed, Samsung, Nikon, Pentax


def has_raw_signature(content: bytes) -> bool:
    """Return whether a file has the signature of a camera raw format that is not based on TIFF."""
    return content.startswith(_SIGNATURES) or content[6:14] == _CANON_CRW or content[4:12] == _CANON_CR3


def is_raw_tiff(content: bytes, pages: Iterable[tifffile.TiffPage]) -> bool:
    """Return whether a TIFF file is a camera raw file, such as DNG, NEF, CR2 or ARW.

    Parameters
    ----------
    content : bytes of the file
    pages : all directories of the file, including SubIFDs
    """
    return content[8:10] == _CANON_CR2 or any(
        int(page.photometric) in _SENSOR_DATA or int(page.compression) in _MAKERS_COMPRESSIONS for page in pages
    )


def unsupported_error(file_name: str) -> ImageUnreadable:
    """Return the error that says that camera raw files are not supported."""
    reason = N_("Camera raw files aren't supported. Use a raw converter to save the image as a 16-bit TIFF.")
    return ImageUnreadable(name=file_name, reason=reason)
