"""Test images of all modes with all kinds of metadata, and files of read-only formats."""

import struct
from functools import cache
from io import BytesIO

import imagecodecs
import numpy as np
import PIL.Image
import tifffile

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import SAME_AS_SOURCE, Image, OutputOptions

HEIGHT, WIDTH = 20, 28
MAKE, ORIENTATION, EXIF_IFD, GPS_IFD = 0x010F, 0x0112, 0x8769, 0x8825
EXPOSURE, MAKER_NOTE, WIDTH_TAG, HEIGHT_TAG, LATITUDE_REF = 0x829A, 0x927C, 0xA002, 0xA003, 1
NOTE = bytes(range(256)) * 2
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="Nobody\'s"/>'
    b"</rdf:RDF></x:xmpmeta>"
)

# 16 x 8 pixels, stored rotated by 90 degrees counterclockwise, with the orientation in the header: black, with a red
# quarter at the left of the upper edge and a blue one at the right of the lower edge. Made with cjxl 0.7.
ROTATED_JXL = bytes.fromhex(
    "ff0ac12d10505c120802010094004b188b15001caa32c618295e20060087eb2300ca1eff6d6825199295cb1feac1cd090b7800"
)

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_DAMAGE_PROBABILITIES = (0.3, 0.15, 0.15, 0.04, 0.04, 0.2, 0.06, 0.06)  # probability of each kind of damage


def texture(channels: int, bits: int = 8, seed: int = 0) -> np.ndarray:
    """Return smooth colors with edges, suitable for lossy formats: (20, 28, channels), uint8 or uint16."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    planes = [
        0.5 + 0.4 * np.sin(rows / (3 + channel + seed)) * np.cos(columns / (5 - channel))
        for channel in range(channels)
    ]
    top = 2**bits - 1
    levels = np.dstack(planes) * top
    levels[5:9, 6:14] = top * 0.9
    return np.round(levels).astype(np.uint8 if bits == 8 else np.uint16)


def transparency(bits: int = 8) -> np.ndarray:
    """Return an alpha channel with a hole and a soft edge: (20, 28), uint8 or uint16."""
    columns = np.mgrid[:HEIGHT, :WIDTH][1]
    share = np.clip((columns - 4) / 8, 0, 1)
    return np.round(share * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def images_by_mode() -> dict[str, Image]:
    """Return an image of each mode that the program supports, by the name of the mode."""
    images = {}
    for bits in (8, 16):
        for title, channels in (("gray", 1), ("RGB", 3)):
            images[f"{title}, {bits} bits"] = Image(texture(channels, bits))
            images[f"{title} and alpha, {bits} bits"] = Image(texture(channels, bits), transparency(bits))
    for title, alpha in (("animation", None), ("animation and alpha", transparency())):
        frames = tuple(Image(texture(3, seed=seed), alpha, duration_ms=70.0 + 10 * seed) for seed in (1, 2))
        images[title] = Image(texture(3), alpha, frames=frames, duration_ms=40.0, num_plays=3)
    images["pages"] = Image(texture(3), frames=(Image(texture(1, seed=1)), Image(texture(3, seed=2))))
    return images


@cache
def profile(channels: int) -> bytes:
    """Return an ICC profile other than sRGB: gray with gamma 1.8 for one channel, else Display P3."""
    if channels == 1:
        return bytes(imagecodecs.cms_profile("gray", gamma=1.8))
    return display_p3()


@cache
def display_p3() -> bytes:
    """Return an ICC profile of Display P3 (SMPTE EG 432-1): its primaries, D65 white, the sRGB curve."""
    steps = np.linspace(0, 1, 1024)
    curve = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    primaries = [0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1]
    return bytes(
        imagecodecs.cms_profile(
            "rgb", whitepoint=[0.3127, 0.3290, 1], primaries=primaries, transferfunction=curve.astype(np.float32)
        )
    )


@cache
def adobe_rgb() -> bytes:
    """Return an ICC profile with the primaries of Adobe RGB (1998) and its gamma of 563/256."""
    return bytes(imagecodecs.cms_profile("adobergb"))


def camera_exif(orientation: int | None = None) -> bytes:
    """Return EXIF as cameras write it.

    It has nested directories, a maker note, an outdated image size, and a thumbnail.
    """
    exif = PIL.Image.Exif()
    exif[MAKE] = "Camera"
    if orientation:
        exif[ORIENTATION] = orientation
    nested = exif.get_ifd(EXIF_IFD)
    nested.update({EXPOSURE: 0.25, MAKER_NOTE: NOTE, WIDTH_TAG: 7, HEIGHT_TAG: 5})
    exif.get_ifd(GPS_IFD)[LATITUDE_REF] = "N"
    return with_thumbnail(bytes(exif.tobytes()))


def with_thumbnail(exif: bytes) -> bytes:
    """Return EXIF with an added directory for a JPEG thumbnail, as cameras write it."""
    block = bytearray(exif[6:])
    order = "<" if block[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", block, 4)[0]
    count = struct.unpack_from(order + "H", block, first)[0]
    struct.pack_into(order + "I", block, first + 2 + 12 * count, len(block))
    small = encoded(PIL.Image.new("RGB", (8, 6), (200, 30, 30)), "JPEG")
    at = len(block) + 2 + 2 * 12 + 4
    block += struct.pack(order + "H", 2)
    block += struct.pack(order + "HHII", 0x0201, 4, 1, at) + struct.pack(order + "HHII", 0x0202, 4, 1, len(small))
    block += struct.pack(order + "I", 0) + small
    return b"Exif\0\0" + bytes(block)


def encoded(image: PIL.Image.Image, kind: str, **options: object) -> bytes:
    """Return the file that Pillow writes for an image in the format `kind`."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def encode_image(image: Image, name: str, options: OutputOptions = SAME_AS_SOURCE) -> bytes:
    """Return the file that the program writes for an image in the format of the file name."""
    buffer = BytesIO()
    image_files.encode(image, name, buffer, options)
    return buffer.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    """Return the TIFF file that tifffile writes for an array."""
    buffer = BytesIO()
    tifffile.imwrite(buffer, pixels, metadata=None, **options)
    return buffer.getvalue()


def netpbm(kind: bytes, levels: np.ndarray, top: int) -> bytes:
    """Return a binary PGM or PPM file with two bytes per sample and the maximum value `top`."""
    header = b"%s\n# made here\n%d %d\n%d\n" % (kind, levels.shape[1], levels.shape[0], top)
    return header + levels.astype(">u2").tobytes()


def read_only_formats() -> dict[str, tuple[str, bytes]]:
    """Return sample files of read-only formats: {description: (file name, content)}."""
    rgb, gray = PIL.Image.fromarray(texture(3)), PIL.Image.fromarray(texture(1)[:, :, 0])
    deep, inks = texture(3, 16), texture(4)
    unit = (deep / 65535).astype(np.float32)
    palette = rgb.quantize(200)
    return {
        "PNG, 1 bit": ("bits.png", encoded(gray.point(lambda level: level > 128).convert("1"), "PNG")),
        "PNG, palette": ("palette.png", encoded(palette, "PNG")),
        "PNG, palette, one color transparent": ("key.png", encoded(palette, "PNG", transparency=3)),
        "JPEG, CMYK": ("inks.jpg", encoded(PIL.Image.fromarray(inks, "CMYK"), "JPEG", quality=95)),
        "JPEG with a second view (MPO)": ("view.jpg", encoded(rgb, "MPO", save_all=True, append_images=[rgb])),
        "TIFF, 1 bit, CCITT": ("fax.tif", encoded(gray.convert("1"), "TIFF", compression="group4")),
        "TIFF, palette": ("palette.tif", encoded(palette, "TIFF")),
        "TIFF, CMYK, 8 bits": ("inks.tif", encoded(PIL.Image.fromarray(inks, "CMYK"), "TIFF")),
        "TIFF, CMYK, 16 bits": ("inks16.tif", tiff(texture(4, 16), photometric="separated")),
        "TIFF, floating point from 0 to 1": ("unit.tif", tiff(unit, photometric="rgb")),
        "TIFF, floating point beyond": ("hdr.tif", tiff(unit * 4, photometric="rgb")),
        "TIFF, 32-bit integers": ("int.tif", tiff(deep[:, :, 0].astype(np.uint32))),
        "TIFF, Lab": ("lab.tif", encoded(rgb.convert("LAB"), "TIFF")),
        "BigTIFF, 16 bits, tiled": ("big.tif", tiff(deep, photometric="rgb", bigtiff=True, tile=(16, 16))),
        "JPEG 2000, 8 bits": ("a.jp2", encoded(rgb, "JPEG2000")),
        "JPEG 2000, 16 bits": ("deep.jp2", bytes(imagecodecs.jpeg2k_encode(deep, level=0))),
        "AVIF, 10 bits": ("deep.avif", bytes(imagecodecs.avif_encode(deep >> 6, bitspersample=10, level=100))),
        "PPM, 8 bits": ("a.ppm", encoded(rgb, "PPM")),
        "PPM, 16 bits": ("deep.ppm", netpbm(b"P6", deep, 65535)),
        "PGM, 10 bits": ("deep.pgm", netpbm(b"P5", deep[:, :, :1] >> 6, 1023)),
        "PBM": ("a.pbm", encoded(gray.convert("1"), "PPM")),
        "TGA, with alpha": ("a.tga", encoded(PIL.Image.fromarray(np.dstack([texture(3), transparency()])), "TGA")),
        "ICO": ("a.ico", encoded(rgb.resize((32, 32)), "ICO", sizes=[(16, 16), (32, 32)])),
        "PCX": ("a.pcx", encoded(rgb, "PCX")),
        "SGI": ("a.sgi", encoded(rgb, "SGI")),
        "a text with an image name": ("letter.png", b"This is a letter.\n" * 40),
        "a file without content": ("empty.png", b""),
    }


def mutated(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Return a copy of a file with up to three random changes. Some of them insert bytes of `other`."""
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        if len(changed) < 2:
            break
        reach = len(changed) if rng.random() < 0.5 else min(len(changed), 400)  # headers matter most
        at = int(rng.integers(0, reach))
        match int(rng.choice(8, p=_DAMAGE_PROBABILITIES)):
            case 0:
                changed[at] ^= 1 << int(rng.integers(0, 8))
            case 1:
                changed[at] = int(rng.integers(0, 256))
            case 2:
                size = int(rng.choice([1, 2, 4, 8]))
                value = int(rng.choice(_EXTREMES)) & (256**size - 1)
                changed[at : at + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")
            case 3:
                del changed[at:]
            case 4:
                del changed[at : at + int(rng.integers(1, 64))]
            case 5:
                pass  # no change
            case 6:
                changed[at:at] = changed[at : at + int(rng.integers(1, 200))]
            case _:
                start = int(rng.integers(0, max(1, len(other))))
                changed[at : at + 40] = other[start : start + 40]
    return bytes(changed)
