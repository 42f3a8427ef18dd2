"""Which files of a folder count as pictures."""

import os

import pytest

from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in, starter_folder
from engine.errors import NoPictures, SourceUnreadable
from engine.training.patches import read_training_pictures


def names_in(folder):
    return [path.name for path in pictures_in(folder)]


def test_pictures_are_found_by_ending_in_order_of_name(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.jpeg", "d.bmp", "e.tif", "f.tiff", "g.webp", "notes.txt", "h.gif", "png"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a.jpg", "b.PNG", "c.jpeg", "d.bmp", "e.tif", "f.tiff", "g.webp", "h.gif"]


def test_what_systems_leave_behind_is_no_picture(tmp_path):
    for name in ("._a.png", ".a.png", "Thumbs.db", ".DS_Store", "desktop.ini", "a.png"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a.png"]


def test_only_the_folder_itself_is_searched(tmp_path):
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "a.png").touch()
    (tmp_path / "b.png").touch()
    assert names_in(tmp_path) == ["b.png"]


def test_a_folder_called_like_a_picture_is_no_picture(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "a.png").touch()
    assert names_in(tmp_path) == ["a.png"]


def test_a_folder_that_cannot_be_listed_says_why(tmp_path, monkeypatch):
    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceUnreadable, match="permission denied"):
        pictures_in(tmp_path)


@pytest.mark.parametrize("name", ["gone", "file.png", "empty"])
def test_without_a_picture_there_is_a_sentence(name, tmp_path):
    (tmp_path / "file.png").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoPictures) as refused:
        pictures_in(tmp_path / name)
    assert str(tmp_path / name) in str(refused.value)
    assert str(refused.value).endswith(".")


def test_the_three_sets_are_complete(data_folder):
    assert {name: len(pictures_in(data_folder / name)) for name in ("T91", "Set5", "Set14")} == {
        "T91": 91,
        "Set5": 5,
        "Set14": 14,
    }


def test_the_starter_set_is_there_and_can_be_trained_on(drive):
    events, usable = drive(read_training_pictures(pictures_in(starter_folder()), 4))
    assert not [event for event in events if isinstance(event, FileFailed)]
    assert len({picture.content for picture in usable}) >= 6
