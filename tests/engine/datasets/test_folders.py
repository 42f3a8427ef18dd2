"""List the images of a folder."""

import os

import pytest

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images, starter_set_folder
from engine.errors import NoImages, SourceUnreadable
from engine.models import registry
from engine.training.patches import read_training_images


def names_in(folder):
    return [path.name for path in list_images(folder)]


def test_images_are_listed_by_extension_and_sorted_by_name(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.jpeg", "d.bmp", "e.tif", "f.tiff", "g.webp", "notes.txt", "h.gif", "png"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a.jpg", "b.PNG", "c.jpeg", "d.bmp", "e.tif", "f.tiff", "g.webp", "h.gif"]


def test_system_files_are_not_images(tmp_path):
    for name in ("._a.png", ".a.png", "Thumbs.db", ".DS_Store", "desktop.ini", "a.png"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a.png"]


def test_subfolders_are_not_searched(tmp_path):
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "a.png").touch()
    (tmp_path / "b.png").touch()
    assert names_in(tmp_path) == ["b.png"]


def test_folder_with_an_image_extension_is_not_an_image(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "a.png").touch()
    assert names_in(tmp_path) == ["a.png"]


def test_error_for_unreadable_folder_gives_the_reason(tmp_path, monkeypatch):
    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceUnreadable, match="Permission was denied"):
        list_images(tmp_path)


@pytest.mark.parametrize("name", ["gone", "file.png", "empty"])
def test_folder_without_images_is_refused(name, tmp_path):
    (tmp_path / "file.png").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoImages) as refused:
        list_images(tmp_path / name)
    assert str(tmp_path / name) in str(refused.value)
    assert str(refused.value).endswith(".")


def test_the_three_sets_are_complete(data_folder):
    assert {name: len(list_images(data_folder / name)) for name in ("T91", "Set5", "Set14")} == {
        "T91": 91,
        "Set5": 5,
        "Set14": 14,
    }


def test_starter_set_can_be_used_for_training(drive):
    events, usable = drive(read_training_images(list_images(starter_set_folder()), registry.parse("9-1-5", 4)))
    assert not [event for event in events if isinstance(event, FileFailed)]
    assert len({image.content_hash for image in usable}) >= 6
