"""PNG files with large, damaged or unusual chunks, and animations with all operations."""

import itertools
import struct
import zlib
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms
from PIL.PngImagePlugin import iTXt

from engine.errors import ImageUnreadable
from engine.imaging.codecs import image_files
from tests import corpus
from tests.engine.imaging.codecs import reference_compositor as reference

GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
PIXELS = corpus.texture(3)
LARGE_TEXT = b'{"node":1}' * 150_000


def chunk(kind, body, damaged=False):
    checksum = zlib.crc32(kind + body) ^ damaged
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def compress_rows(samples):
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in samples))


def png(*extra, samples=PIXELS, color=RGB, behind=(), data_damaged=False, end=True):
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 8, color, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", compress_rows(samples), data_damaged), *behind]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + (chunk(b"IEND", b"") if end else b"")


def read(content):
    return image_files.decode(content, "a.png")


def large_profile():
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile += bytes(1_200_000 - len(profile))
    profile[:4] = struct.pack(">I", len(profile))
    return bytes(profile)


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"workflow\0" + LARGE_TEXT),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(LARGE_TEXT)),
        chunk(b"iTXt", b"workflow\0\0\0\0\0" + LARGE_TEXT),
        chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(LARGE_TEXT)),
    ],
    ids=["tEXt", "zTXt", "iTXt", "iTXt, compressed"],
)
@pytest.mark.parametrize("behind", [False, True], ids=["in front", "behind"])
def test_text_of_more_than_a_megabyte_is_kept(text, behind, tmp_path):
    image = read(png(behind=[text]) if behind else png(text))
    assert image.text == (("workflow", LARGE_TEXT.decode()),)
    assert image.warnings == ()
    image_files.write(image, tmp_path / "a.png")
    assert image_files.read(tmp_path / "a.png").text == image.text


def test_profile_of_more_than_a_megabyte_is_kept(tmp_path):
    profile = large_profile()
    image = read(png(chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))))
    assert image.icc == profile
    image_files.write(image, tmp_path / "a.png")
    assert image_files.read(tmp_path / "a.png").icc == profile


@pytest.mark.parametrize(("kind", "head"), [(b"zTXt", b"a\0\0"), (b"iCCP", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0")])
def test_decompression_bomb_in_metadata_is_skipped(kind, head):
    image = read(png(chunk(kind, head + zlib.compress(bytes(1 << 26), 9))))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert (image.icc, image.text) == (None, ())
    assert [("too large" in str(warning)) for warning in image.warnings] == [True]


def test_text_chunks_have_a_common_size_limit():
    texts = [chunk(b"zTXt", b"%d\0\0" % index + zlib.compress(bytes(12 << 20))) for index in range(5)]
    image = read(png(*texts))
    assert [key for key, _ in image.text] == ["0", "1"]
    assert len(image.warnings) == 1


@pytest.mark.parametrize(
    "damaged",
    [
        chunk(b"zTXt", b"a\0\0junk"),
        chunk(b"zTXt", b"a\0\0" + zlib.compress(b"text")[:-3]),
        chunk(b"iTXt", b"a\0\1"),
        chunk(b"iTXt", b"a\0\0\0\0\0\xff\xfe"),
        chunk(b"tEXt", b"no keyword"),
        chunk(b"iCCP", b"a\0\0junk"),
        chunk(b"iCCP", b""),
        *(chunk(kind, b"body", damaged=True) for kind in (b"tEXt", b"iCCP", b"gAMA", b"pHYs", b"eXIf", b"prVt")),
    ],
)
@pytest.mark.parametrize("behind", [False, True], ids=["in front", "behind"])
def test_damaged_metadata_is_skipped_with_a_warning(damaged, behind):
    image = read(png(behind=[damaged]) if behind else png(damaged))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert len(image.warnings) == 1
    assert "was ignored" in str(image.warnings[0])


@pytest.mark.parametrize("kind", [b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"bKGD", b"sBIT", b"hIST", b"tIME", b"cICP"])
def test_metadata_chunks_of_wrong_length_are_ignored(kind):
    np.testing.assert_array_equal(read(png(chunk(kind, b"\1"))).pixels, PIXELS)


def test_wrong_checksum_of_complete_image_data_is_a_warning():
    image = read(png(data_damaged=True))
    np.testing.assert_array_equal(image.pixels, PIXELS)
    assert ["checksum" in str(warning) for warning in image.warnings] == [True]


def test_wrong_checksum_of_damaged_image_data_is_refused(plain_sentence):
    content = bytearray(png())
    content[content.index(b"IDAT") + 40] ^= 0x10
    with pytest.raises(ImageUnreadable) as error:
        read(bytes(content))
    plain_sentence(error.value, "a.png", "checksum")


@pytest.mark.parametrize("bits", [8, 16])
def test_missing_end_is_a_warning(bits):
    content = corpus.encode_image(image_files.Image(corpus.texture(3, bits)), "a.png")
    for cut in (4, 8, 12):
        image = read(content[:-cut])
        np.testing.assert_array_equal(image.pixels, corpus.texture(3, bits))
        assert len(image.warnings) == 1


def test_repeated_keywords_and_languages_are_read():
    image = read(
        png(chunk(b"tEXt", b"Comment\0one"), chunk(b"iTXt", b"Comment\0\0\0fr\0Commentaire\0d\xc3\xa9j\xc3\xa0"))
    )
    assert image.text == (("Comment", "one"), ("Comment", "déjà"))
    second = image.text[1][1]
    assert isinstance(second, iTXt)
    assert (second.lang, second.tkey) == ("fr", "Commentaire")


def apng(frames, color=RGBA, extra=(), plays=0, default=None):
    """Return an APNG file.

    A frame is (samples, left, top, dispose, blend, delay numerator, delay denominator).
    """
    height, width = (frames[0][0] if default is None else default).shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"acTL", struct.pack(">II", len(frames), plays)), *extra]
    if default is not None:
        parts.append(chunk(b"IDAT", compress_rows(default)))
    sequence = 0
    for samples, left, top, dispose, blend, *delay in frames:
        rows, columns = samples.shape[:2]
        control = struct.pack(">5I2H2B", sequence, columns, rows, left, top, *(delay or (1, 10)), dispose, blend)
        parts.append(chunk(b"fcTL", control))
        sequence += 1
        if sequence == 1 and default is None:
            parts.append(chunk(b"IDAT", compress_rows(samples)))
        else:
            parts.append(chunk(b"fdAT", struct.pack(">I", sequence) + compress_rows(samples)))
            sequence += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IEND", b"")])


def rgba_noise(height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    noise[:, : width // 3, 3] = 0
    noise[:, width // 3 : 2 * width // 3, 3] = 255
    return noise


def frames_of(image):
    """Return all frames as RGBA, with the colors of fully transparent pixels set to 0."""
    made = []
    for frame in (image, *image.frames):
        color = np.broadcast_to(frame.pixels, (*frame.pixels.shape[:2], 3))
        alpha = np.full(color.shape[:2], 255, np.uint8) if frame.alpha is None else frame.alpha
        made.append(np.where(alpha[:, :, None] > 0, np.dstack([color, alpha]), 0))
    return made


@pytest.mark.parametrize(("first", "second", "blend"), list(itertools.product((0, 1, 2), (0, 1, 2), (0, 1))))
def test_apng_frames_match_the_reference_compositor(first, second, blend):
    frames = [
        (rgba_noise(12, 18, 1), 0, 0, first, 0),
        (rgba_noise(6, 9, 2), 3, 2, second, blend),
        (rgba_noise(7, 7, 3), 8, 4, first, blend),
        (rgba_noise(4, 12, 4), 6, 0, 0, 1),
    ]
    image = read(apng(frames))
    expected = reference.compose(frames, 18, 12)
    made = frames_of(image)
    assert len(made) == len(expected) == 4
    for one, other in zip(made, expected, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1
        np.testing.assert_array_equal(one[:, :, 3], other[:, :, 3])


def test_apng_palette_and_gray_frames_are_read():
    palette = bytes(np.random.default_rng(0).integers(0, 256, 24, np.uint8))
    colors = np.frombuffer(palette, np.uint8).reshape(8, 3)
    indices = np.random.default_rng(1).integers(0, 8, (2, 6, 5), np.uint8)
    extra = [chunk(b"PLTE", palette)]
    image = read(apng([(indices[0], 0, 0, 0, 0), (indices[1], 0, 0, 0, 0)], PALETTE, extra))
    np.testing.assert_array_equal(image.pixels, colors[indices[0]])
    np.testing.assert_array_equal(image.frames[0].pixels, colors[indices[1]])
    image = read(apng([(indices[0], 0, 0, 0, 0), (indices[1], 0, 0, 0, 0)], GRAY))
    assert image.is_gray
    np.testing.assert_array_equal(image.frames[0].pixels[:, :, 0], indices[1])
    transparent = [chunk(b"PLTE", palette), chunk(b"tRNS", bytes((0, 255, 128)))]
    image = read(apng([(indices[0], 0, 0, 0, 0), (indices[1], 0, 0, 0, 0)], PALETTE, transparent))
    np.testing.assert_array_equal(image.alpha, np.array((0, 255, 128, *(255,) * 5), np.uint8)[indices[0]])


def test_apng_delays_and_loop_count_are_read_and_default_image_is_skipped():
    frames = [(rgba_noise(4, 6, seed), 0, 0, 0, 0, *delay) for seed, delay in enumerate(((1, 0), (3, 60), (7, 1000)))]
    image = read(apng(frames, plays=5, default=rgba_noise(4, 6, 9)))
    assert [frame.duration_ms for frame in (image, *image.frames)] == [10, 50, 7]
    assert image.num_plays == 5
    np.testing.assert_array_equal(image.alpha, frames[0][0][:, :, 3])


def test_apng_of_one_frame_is_a_still_image():
    default, only = rgba_noise(4, 6, 1), rgba_noise(4, 6, 2)
    image = read(apng([(only, 0, 0, 0, 0)], default=default))
    assert not image.frames
    assert image.num_plays is None
    np.testing.assert_array_equal(image.alpha, only[:, :, 3])


@pytest.mark.parametrize("place", [(100, 0), (0, 100), (2**31, 0)])
def test_apng_frame_outside_the_image_is_refused(place, plain_sentence):
    with pytest.raises(ImageUnreadable) as error:
        read(apng([(rgba_noise(4, 6, 1), 0, 0, 0, 0), (rgba_noise(4, 6, 1), *place, 0, 0)]))
    plain_sentence(error.value, "a.png")


def test_pillow_reads_the_same_png_text():
    """Pillow reads the text chunks that the program writes, in the same order."""
    image = read(png(chunk(b"tEXt", b"Title\0gr\xfc\xdfe"), chunk(b"zTXt", b"Author\0\0" + zlib.compress(b"me"))))
    with PIL.Image.open(BytesIO(corpus.encode_image(image, "a.png"))) as stored:
        stored.load()
        assert stored.text == {"Title": "grüße", "Author": "me"}
