"""Read PGM and PPM files with more than 8 bits, and PFM files. Pillow reads all other Netpbm files."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.imaging.codecs import high_bit_depth
from engine.imaging.color import Pixels, quantize

_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_INTEGERS = re.compile(rb"(P[2356])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,5})(?=[\s#]|$)")
_FLOATS = re.compile(rb"(P[Ff])\s+(\d{1,9})\s+(\d{1,9})\s+([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s")
_PLAIN, _COLOR = (b"P2", b"P3"), (b"P3", b"P6", b"PF")
_HEADER_BYTES = 4096


@dataclass(frozen=True)
class NetpbmHeader:
    """Header of a PGM, PPM or PFM file.

    Attributes
    ----------
    magic : magic number, the first two bytes of the file, such as b"P6"
    width, height : size in px
    maxval : largest sample value of a PGM or PPM file
        For PFM, its absolute value is the scale of the samples, and a negative sign means little-endian.
    data_offset : offset in bytes of the samples in the file
    """

    magic: bytes
    width: int
    height: int
    maxval: float
    data_offset: int

    @property
    def channels(self) -> int:
        return 3 if self.magic in _COLOR else 1


def parse_header(content: bytes) -> NetpbmHeader | None:
    """Return the header of a PFM file, or of a PGM or PPM file with more than 8 bits; otherwise None."""
    match = _FLOATS.match(content[:_HEADER_BYTES]) or _INTEGERS.match(content[:_HEADER_BYTES])
    if match is None:
        return None
    magic, maxval = match[1], float(match[4])
    is_float = magic in (b"Pf", b"PF")
    if not is_float and not 255 < maxval <= 65535:
        return None
    data_offset = match.end() if is_float or magic in _PLAIN else match.end() + 1
    return NetpbmHeader(magic, int(match[2]), int(match[3]), maxval, data_offset)


def decode_samples(content: bytes, header: NetpbmHeader, file_name: str) -> Pixels:
    """Decode the samples of a PGM, PPM or PFM file, scaled so that white is 65535.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Returns
    -------
    (H, W, C) uint16

    Raises
    ------
    ImageUnreadable
        If samples of a PFM file are outside [0, 1].
    ValueError
        If the file is damaged or cut short.

    References
    ----------
    Netpbm, pgm(5), ppm(5) and pfm(5).
    """
    shape = header.height, header.width, header.channels
    count = header.height * header.width * header.channels
    if header.magic in (b"Pf", b"PF"):
        floats = np.frombuffer(content, "<f4" if header.maxval < 0 else ">f4", count, header.data_offset)
        upright = floats.reshape(shape)[::-1] * np.float32(abs(header.maxval))
        return high_bit_depth.to_unsigned(upright, 32, file_name)
    if header.magic in _PLAIN:
        levels = _read_plain(content[header.data_offset :], count)
    else:
        levels = np.frombuffer(content, ">u2", count, header.data_offset)
    maxval = np.float32(header.maxval)
    return np.asarray(quantize(np.minimum(levels.reshape(shape), maxval) / maxval, np.uint16))


def _read_plain(text: bytes, count: int) -> NDArray[np.generic]:
    """Parse `count` decimal integers that are separated by white space and comments."""
    if len(text) < 2 * count - 1:
        raise ValueError("cut short")
    if b"#" in text:
        text = re.sub(rb"#[^\r\n]*", b" ", text)
    if not re.fullmatch(rb"[\d\s]*", text):
        raise ValueError("not only numbers")
    numbers = np.fromstring(text.decode("ascii"), np.uint32, sep=" ")  # with a count, missing values would be random
    if len(numbers) < count:
        raise ValueError("cut short")
    return numbers[:count]
