"""Malicious and special files are refused quickly, with little memory and a clear error."""

import errno
import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile

from engine.errors import EngineError, ImageTooLarge, ImageUnreadable, ImageUnwritable, NotEnoughMemory
from engine.imaging.codecs import decoding, image_files
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.system import memory
from tests import corpus

resource = pytest.importorskip("resource", reason="pipes, devices and limits are POSIX's")
ROOT = Path(__file__).parents[4]


def assert_refused(path, plain_sentence, kind=ImageUnreadable):
    with pytest.raises(kind) as error:
        image_files.read(path)
    plain_sentence(error.value, path.name)
    return str(error.value)


def test_pipe_is_refused_without_waiting(tmp_path, plain_sentence):
    os.mkfifo(tmp_path / "pipe.png")
    assert "isn't a file" in assert_refused(tmp_path / "pipe.png", plain_sentence)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_link_to_a_device_is_refused(device, tmp_path, plain_sentence):
    (tmp_path / "link.png").symlink_to(device)
    assert "isn't a file" in assert_refused(tmp_path / "link.png", plain_sentence)


def test_broken_and_cyclic_links_are_refused(tmp_path, plain_sentence):
    (tmp_path / "nothing.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "circle.png").symlink_to(tmp_path / "circle.png")
    assert "doesn't exist" in assert_refused(tmp_path / "nothing.png", plain_sentence)
    assert os.strerror(errno.ELOOP) in assert_refused(tmp_path / "circle.png", plain_sentence)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_unreadable_file_is_refused(tmp_path, plain_sentence):
    (tmp_path / "secret.png").touch(mode=0)
    assert "Permission" in assert_refused(tmp_path / "secret.png", plain_sentence)


def test_invalid_file_name_is_refused(tmp_path, plain_sentence):
    assert_refused(tmp_path / "null\0.png", plain_sentence)
    with pytest.raises(ImageUnwritable):
        image_files.write(Image(corpus.texture(3)), tmp_path / "null\0.png")


def test_file_of_five_gigabytes_is_refused(tmp_path, plain_sentence):
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(5 << 30)  # takes no room on the disk
    assert "larger" in assert_refused(tmp_path / "huge.png", plain_sentence)


@pytest.mark.parametrize("title", corpus.read_only_formats())
@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_truncated_file_is_decoded_or_raises_an_engine_error(title, fraction, plain_sentence):
    name, content = corpus.read_only_formats()[title]
    try:
        result = image_files.decode(content[: int(len(content) * fraction)], name)
    except EngineError as error:
        plain_sentence(error, name)
    else:
        assert result.pixels.size, "some formats have all that counts at the beginning"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, body, *more, depth=8, color=2):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(body, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(more) + data + chunk(b"IEND", b"")


def tagged(pixels, values, **options):
    """Return a TIFF file with some tag values replaced."""
    buffer = BytesIO(corpus.tiff(pixels, photometric="rgb", **options))
    with tifffile.TiffFile(buffer, mode="r+") as file:
        for tag, value in values.items():
            file.pages[0].tags[tag].overwrite(value, dtype="H" if tag == 277 else "I")
    return buffer.getvalue()


BOMBS = {
    "a PNG that is smaller than its size allows": lambda: png(19_000, 20_000, b"\0" * 1000),
    "a 16-bit PNG of that kind": lambda: png(19_000, 20_000, b"\0" * 1000, depth=16),
    "a damaged 2 x 2 PNG with a text that unpacks to 128 MB": lambda: png(
        2, 2, b"", chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 27), 9))
    ),
    "a damaged 2 x 2 PNG with a profile that unpacks to 128 MB": lambda: png(
        2, 2, b"", chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 27), 9))
    ),
    "a GIF of 60,000 x 60,000": lambda: b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\0\0\0\x2c" + bytes(99),
    "a BMP of 2^31 a side": lambda: b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24,
                                                       0, 0, 0, 0, 0, 0),
    "a TIFF with a tile of 2^60 px": lambda: tagged(corpus.texture(3, 16), dict.fromkeys((322, 323), 1 << 30),
                                                    tile=(16, 16)),
    "a TIFF of 2^32 rows": lambda: tagged(corpus.texture(3), {257: 2**32 - 1}),
    "a TIFF of 60,000 samples a pixel": lambda: tagged(corpus.texture(3, 16), {277: 60_000}),
    "a PPM of a billion pixels": lambda: b"P6 99999 99999 65535\n" + bytes(99),
}  # fmt: skip


@pytest.mark.parametrize("title", BOMBS)
def test_decompression_bomb_is_refused_with_little_memory(title, tmp_path):
    """The process has a memory limit of 0.5 GB and must report an engine error."""
    (tmp_path / "bomb.bin").write_bytes(BOMBS[title]())
    program = (
        "import resource, sys\n"
        "from engine.errors import EngineError\n"
        "from engine.imaging.codecs import image_files as images\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    made = images.decode(open(sys.argv[1], 'rb').read(), 'bomb.png')\n"
        "except EngineError as error:\n    print(error)\n"
        "else:\n    print('read', made.width)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bomb.bin")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    message, megabytes = ran.stdout.strip().splitlines()
    assert message.startswith("bomb.png"), message
    assert message.endswith(".")
    assert int(megabytes) < 300


def test_image_larger_than_free_memory_is_refused_before_decoding(monkeypatch, plain_sentence):
    content = corpus.encode_image(Image(np.zeros((4000, 5000, 1), np.uint8)), "a.png")
    monkeypatch.setattr(memory, "available_memory", lambda: 50_000_000)
    with pytest.raises(NotEnoughMemory) as error:
        image_files.decode(content, "a.png")
    plain_sentence(error.value, "4000", "5000", "160", "50")


def test_limit_applies_to_the_sum_of_frames(monkeypatch):
    frames = corpus.images_by_mode()["animation"]
    monkeypatch.setattr(decoding, "MAX_MEGAPIXELS", 2 * corpus.HEIGHT * corpus.WIDTH / 1e6)
    for name in ("a.png", "a.gif", "a.webp"):
        with pytest.raises(ImageTooLarge):
            image_files.decode(corpus.encode_image(frames, name), name)
    with pytest.raises(ImageTooLarge):
        image_files.decode(corpus.encode_image(corpus.images_by_mode()["pages"], "a.tif"), "a.tif")


def test_out_of_memory_in_a_codec_is_an_engine_error(monkeypatch, plain_sentence):
    def fails(*_, **__):
        raise MemoryError

    monkeypatch.setattr(decoding.PIL.Image, "open", fails)
    with pytest.raises(ImageUnreadable, match="isn't enough memory") as error:
        image_files.decode(corpus.encode_image(Image(corpus.texture(3)), "a.png"), "a.png")
    plain_sentence(error.value, "a.png")


@pytest.mark.parametrize("length", [200, 236, 250, 255])
@pytest.mark.parametrize("letter", ["n", "ü", "图"])
def test_names_near_the_length_limit_are_written_and_shortened(length, letter, tmp_path):
    stem = letter * ((length - 4) // len(letter.encode()))
    path = tmp_path / f"{stem}.png"
    image_files.write(Image(corpus.texture(3)), path)
    assert image_files.read(path).width == corpus.WIDTH
    larger = tmp_path / image_files.default_file_name(path.name, "x3")
    image_files.write(Image(corpus.texture(3)), larger)
    assert larger.name.endswith("_x3.png")
    assert len(larger.name.encode()) <= 255
    assert larger.stem.removesuffix("_x3") == stem[: len(larger.stem) - 3]
    assert len(list(tmp_path.iterdir())) == 2


def test_writing_to_a_pipe_or_a_missing_folder_is_refused(tmp_path, plain_sentence):
    with pytest.raises(ImageUnwritable) as error:
        image_files.check_writable(tmp_path / "gone" / "a.png", OutputOptions())
    plain_sentence(error.value, "a.png")
    (tmp_path / "file").touch()
    with pytest.raises(ImageUnwritable) as error:
        image_files.write(Image(corpus.texture(3)), tmp_path / "file" / "a.png")
    plain_sentence(error.value, "a.png")
