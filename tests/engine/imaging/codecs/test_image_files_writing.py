"""A written file is verified. After an error, the existing file is unchanged."""

import errno
import os

import numpy as np
import pytest

from engine.errors import ImageUnwritable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import files


def no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def assert_refused(image, path, plain_sentence, *words):
    """Check that writing raises an error with the file name and leaves the folder unchanged."""
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if entry.is_file()}
    with pytest.raises(ImageUnwritable) as refused:
        image_files.write(image, path)
    plain_sentence(refused.value, path.name, "can't be written", *words)
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if entry.is_file()} == before


@pytest.fixture
def image(texture):
    return Image(texture(10, 12))


@pytest.fixture
def existing(tmp_path):
    """Return the path of an image file that exists."""
    path = tmp_path / "existing.png"
    path.write_bytes(b"an older image")
    return path


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_failed_write_keeps_the_existing_file(call, image, existing, monkeypatch, plain_sentence):
    monkeypatch.setattr(files.os, call, no_space)
    assert_refused(image, existing, plain_sentence, "Free up some space")
    assert existing.read_bytes() == b"an older image"


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_failed_write_leaves_no_new_file(call, image, tmp_path, monkeypatch, plain_sentence):
    monkeypatch.setattr(files.os, call, no_space)
    assert_refused(image, tmp_path / "new.png", plain_sentence, "Free up some space")


def test_write_replaces_the_existing_file(image, existing):
    image_files.write(image, existing)
    np.testing.assert_array_equal(image_files.read(existing).pixels, image.pixels)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_refused(image, existing, plain_sentence):
    existing.parent.chmod(0o500)
    try:
        assert_refused(image, existing, plain_sentence)
    finally:
        existing.parent.chmod(0o700)


@pytest.mark.parametrize("name", ["image.jp2", "image.xyz", "image.", "image", ".png"])
def test_unknown_extension_is_refused(name, image, tmp_path, plain_sentence):
    assert_refused(image, tmp_path / name, plain_sentence, ".png")


def test_path_of_a_folder_is_refused(image, tmp_path, plain_sentence):
    (tmp_path / "folder.png").mkdir()
    assert_refused(image, tmp_path / "folder.png", plain_sentence, "folder")


def test_missing_folder_is_refused(image, tmp_path, plain_sentence):
    with pytest.raises(ImageUnwritable) as refused:
        image_files.write(image, tmp_path / "nowhere" / "new.png")
    plain_sentence(refused.value, "new.png")
    assert not (tmp_path / "nowhere").exists()


def test_too_long_name_is_refused(image, tmp_path, plain_sentence):
    assert_refused(image, tmp_path / ("n" * 300 + ".png"), plain_sentence)


@pytest.mark.parametrize(("suffix", "side"), [(".webp", 16_384), (".jpg", 65_536)])
def test_size_over_the_format_limit_is_refused(suffix, side, tmp_path, plain_sentence):
    wide = Image(np.zeros((1, side, 1), np.uint8))
    assert_refused(wide, tmp_path / f"wide{suffix}", plain_sentence, "size")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp", ".avif", ".gif"])
def test_16_bits_are_never_truncated_to_8(suffix, channels, tmp_path, plain_sentence):
    deep = Image(np.full((5, 5, channels), 40_000, np.uint16))
    assert_refused(deep, tmp_path / f"deep{suffix}", plain_sentence, "16 bits", "8 bits per channel")


def test_file_that_cannot_be_read_back_is_not_written(image, existing, monkeypatch, plain_sentence):
    monkeypatch.setattr(image_files, "encode", lambda _image, _name, file, options: file.write(b"no image at all"))
    assert_refused(image, existing, plain_sentence)


def test_file_that_reads_back_at_another_size_is_not_written(
    image, existing, monkeypatch, texture, plain_sentence, encoded
):
    smaller = encoded(Image(texture(9, 12)), "a.png")
    monkeypatch.setattr(image_files, "encode", lambda _image, _name, file, options: file.write(smaller))
    assert_refused(image, existing, plain_sentence, "damaged")
