"""PGM and PPM files, plain and binary, of any depth, and PFM files."""

import numpy as np
import pytest

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files

HEIGHT, WIDTH = 6, 4


def levels(channels, white):
    return np.random.default_rng(white).integers(0, white + 1, (HEIGHT, WIDTH, channels), np.uint16)


def plain(samples, white, comment=b""):
    kind = b"P3" if samples.shape[2] == 3 else b"P2"
    rows = b"\n".join(b" ".join(str(level).encode() for level in row.ravel()) + comment for row in samples)
    return kind + b"\n# made here\n%d %d\n%d\n" % (WIDTH, HEIGHT, white) + rows + b"\n"


def binary(samples, white):
    kind = b"P6" if samples.shape[2] == 3 else b"P5"
    head = b"\n%d\t%d # size\n%d\n" % (WIDTH, HEIGHT, white)
    return kind + head + samples.astype(">u2" if white > 255 else np.uint8).tobytes()


def read(content):
    return image_files.decode(content, "a.pgm")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("white", [1, 15, 100, 255, 256, 1000, 1023, 4095, 65534, 65535])
def test_plain_and_binary_files_have_the_same_samples(white, channels):
    samples = levels(channels, white)
    top = 255 if white <= 255 else 65535
    for content in (plain(samples, white), binary(samples, white), plain(samples, white, b" # end of a row")):
        image = read(content)
        assert image.bits == (8 if white <= 255 else 16)
        assert np.abs(image.pixels - samples * (top / white)).max() <= 0.51  # rounded


@pytest.mark.parametrize("content", [plain(levels(1, 65535), 65535), binary(levels(3, 65535), 65535)])
def test_cut_files_are_refused(content, plain_sentence):
    for size in (12, len(content) // 2, len(content) - 16):
        with pytest.raises(ImageUnreadable) as error:
            read(content[:size])
        plain_sentence(error.value, "a.pgm")


def test_letters_between_numbers_are_refused():
    with pytest.raises(ImageUnreadable):
        read(plain(levels(1, 65535), 65535).replace(b"1", b"x", 40)[:20] + b"x 5 x 5 " * 40)


def pfm(samples, scale=1.0, order="<"):
    kind = b"PF" if samples.shape[2] == 3 else b"Pf"
    head = kind + b"\n%d %d\n%s\n" % (WIDTH, HEIGHT, str(-scale if order == "<" else scale).encode())
    return head + samples[::-1].astype(f"{order}f4").tobytes()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("scale", [1.0, 0.5, 1e-2])
def test_pfm_is_read_from_the_bottom_up(scale, order, channels):
    unit = np.random.default_rng(0).random((HEIGHT, WIDTH, channels)).astype(np.float32)
    image = read(pfm(unit / np.float32(scale), scale, order))
    assert image.pixels.dtype == np.uint16
    assert np.abs(image.pixels - unit * 65535.0).max() <= 0.6


@pytest.mark.parametrize("value", [-0.5, 1.5, np.nan, np.inf])
def test_pfm_out_of_range_is_refused(value, plain_sentence):
    unit = np.full((HEIGHT, WIDTH, 1), 0.5, np.float32)
    unit[1, 2] = value
    with pytest.raises(ImageUnreadable) as error:
        read(pfm(unit))
    plain_sentence(error.value, "a.pgm", "0–1")


@pytest.mark.parametrize("kind", [b"P2", b"P3", b"P5", b"P6", b"Pf", b"PF"])
def test_huge_size_is_refused(kind):
    with pytest.raises(ImageTooLarge):
        read(kind + b" 99999 99999 65535\n" + bytes(99))
