"""Writing a picture: it succeeds and reads back, or what was there before is untouched."""

import errno
import os

import numpy as np
import pytest

from engine.errors import PictureUnwritable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.system import files


def no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def assert_refused(picture, path, plain_sentence, *words):
    """Writing raises, names the file, and leaves the folder as it was."""
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if entry.is_file()}
    with pytest.raises(PictureUnwritable) as refused:
        image_files.write(picture, path)
    plain_sentence(refused.value, path.name, "could not be written", *words)
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if entry.is_file()} == before


@pytest.fixture
def picture(texture):
    return Picture(texture(10, 12))


@pytest.fixture
def taken(tmp_path):
    """A file that is there already."""
    path = tmp_path / "taken.png"
    path.write_bytes(b"an older picture")
    return path


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_failure_leaves_the_older_file_and_no_other(call, picture, taken, monkeypatch, plain_sentence):
    monkeypatch.setattr(files.os, call, no_space)
    assert_refused(picture, taken, plain_sentence, "space")
    assert taken.read_bytes() == b"an older picture"


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_failure_leaves_nothing_under_a_new_name(call, picture, tmp_path, monkeypatch, plain_sentence):
    monkeypatch.setattr(files.os, call, no_space)
    assert_refused(picture, tmp_path / "new.png", plain_sentence, "space")


def test_success_replaces_the_older_file(picture, taken):
    image_files.write(picture, taken)
    np.testing.assert_array_equal(image_files.read(taken).pixels, picture.pixels)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(picture, taken, plain_sentence):
    taken.parent.chmod(0o500)
    try:
        assert_refused(picture, taken, plain_sentence)
    finally:
        taken.parent.chmod(0o700)


@pytest.mark.parametrize("name", ["picture.jp2", "picture.xyz", "picture.", "picture", ".png"])
def test_an_unknown_ending_is_refused(name, picture, tmp_path, plain_sentence):
    assert_refused(picture, tmp_path / name, plain_sentence, ".png")


def test_a_name_that_a_folder_has_is_refused(picture, tmp_path, plain_sentence):
    (tmp_path / "folder.png").mkdir()
    assert_refused(picture, tmp_path / "folder.png", plain_sentence, "folder")


def test_a_folder_that_does_not_exist_is_refused(picture, tmp_path, plain_sentence):
    with pytest.raises(PictureUnwritable) as refused:
        image_files.write(picture, tmp_path / "nowhere" / "new.png")
    plain_sentence(refused.value, "new.png")
    assert not (tmp_path / "nowhere").exists()


def test_a_name_too_long_is_refused(picture, tmp_path, plain_sentence):
    assert_refused(picture, tmp_path / ("n" * 300 + ".png"), plain_sentence)


@pytest.mark.parametrize(("suffix", "side"), [(".webp", 16_384), (".jpg", 65_536)])
def test_a_side_that_the_format_cannot_hold_is_refused(suffix, side, tmp_path, plain_sentence):
    wide = Picture(np.zeros((1, side, 1), np.uint8))
    assert_refused(wide, tmp_path / f"wide{suffix}", plain_sentence, "size")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp", ".avif", ".gif"])
def test_16_bits_are_never_cut_to_8(suffix, channels, tmp_path, plain_sentence):
    deep = Picture(np.full((5, 5, channels), 40_000, np.uint16))
    assert_refused(deep, tmp_path / f"deep{suffix}", plain_sentence, "16 bits", "ask for 8 bits")


def test_a_file_that_would_not_read_back_is_not_written(picture, taken, monkeypatch, plain_sentence):
    monkeypatch.setattr(image_files, "encode", lambda _picture, _name, file, options: file.write(b"no picture at all"))
    assert_refused(picture, taken, plain_sentence)


def test_a_file_that_reads_back_at_another_size_is_not_written(
    picture, taken, monkeypatch, texture, plain_sentence, encoded
):
    smaller = encoded(Picture(texture(9, 12)), "a.png")
    monkeypatch.setattr(image_files, "encode", lambda _picture, _name, file, options: file.write(smaller))
    assert_refused(picture, taken, plain_sentence, "size")
