"""Read and create the color space chunks of PNG files: cICP, sRGB, gAMA, cHRM, mDCV and cLLI.

References
----------
W3C, Portable Network Graphics (Third Edition), section 11.3.2.
"""

import struct

from engine.imaging.codecs.png_reading import PngFile
from engine.imaging.codecs.png_writing import Chunk
from engine.imaging.color_space import ColorSpace

_CHUNK_BYTES = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"mDCV": 24, b"cLLI": 8}


def read_color_space(file: PngFile) -> ColorSpace | None:
    """Return the color space that the chunks of a PNG file declare; None if there is none.

    If the file has an ICC profile but no cICP chunk, the profile takes precedence, and the result is None.
    """
    found: dict[bytes, bytes] = {}
    for kind, body in file.chunks:
        if kind == b"IDAT":
            break
        if len(body) == _CHUNK_BYTES.get(kind):
            found.setdefault(kind, bytes(body))
    primaries = transfer = None
    full_range = True
    if b"cICP" in found and found[b"cICP"][2] == 0 and found[b"cICP"][3] <= 1:
        primaries, transfer, _, flag = found[b"cICP"]
        full_range = flag == 1
    elif b"iCCP" in {kind for kind, _ in file.chunks}:
        return None
    rendering_intent = found[b"sRGB"][0] if b"sRGB" in found and found[b"sRGB"][0] <= 3 else None
    gamma = int.from_bytes(found.get(b"gAMA", b""), "big") or None
    chromaticities = struct.unpack(">8I", found[b"cHRM"]) if b"cHRM" in found else None
    space = ColorSpace(
        primaries,
        transfer,
        full_range,
        rendering_intent,
        chromaticities,
        gamma,
        found.get(b"mDCV"),
        found.get(b"cLLI"),
    )
    return None if space == ColorSpace() else space


def chunks(space: ColorSpace | None, *, has_profile: bool) -> list[Chunk]:
    """Return the chunks that declare a color space.

    Parameters
    ----------
    has_profile : whether the file also has an ICC profile; the sRGB chunk is then omitted
    """
    if space is None:
        return []
    made: list[Chunk] = []
    if space.code_points is not None:
        made.append((b"cICP", bytes((*space.code_points, 0, space.full_range))))
    if space.mastering_display is not None:
        made.append((b"mDCV", space.mastering_display))
    if space.light_level is not None:
        made.append((b"cLLI", space.light_level))
    if space.gamma is not None:
        made.append((b"gAMA", struct.pack(">I", space.gamma)))
    if space.chromaticities is not None:
        made.append((b"cHRM", struct.pack(">8I", *space.chromaticities)))
    if space.rendering_intent is not None and not has_profile:
        made.append((b"sRGB", bytes((space.rendering_intent,))))
    return made
