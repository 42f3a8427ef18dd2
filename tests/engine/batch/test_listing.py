"""Which files are pictures of a batch."""

import os
import sys

import pytest
from PIL import Image

from engine.batch.listing import Filter, find, size_of
from engine.errors import NoPictures
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "in"
    for path in (
        "b.PNG",
        "a.jpg",
        "._a.jpg",
        ".DS_Store",
        "Thumbs.db",
        "notes.txt",
        "png",
        "deep/er/ü 猫.webp",
        ".hid/x.png",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return root


def paths(listing):
    return [one.path for one in listing.found]


def test_pictures_are_found_with_their_tree_and_junk_is_not(tree, tmp_path):
    listing = find((tree,), tmp_path / "out", recursive=True)
    assert paths(listing) == ["a.jpg", "b.PNG", "deep/er/ü 猫.webp"]
    assert [one.source for one in listing.found][2] == tree / "deep" / "er" / "ü 猫.webp"
    assert paths(find((tree,), tmp_path / "out", recursive=False)) == ["a.jpg", "b.PNG"]


def test_the_destination_is_not_read_under_whatever_name(tree, tmp_path):
    output = tree / "out"
    output.mkdir()
    (output / "old.png").write_bytes(b"x")
    link = tmp_path / "link"
    link.symlink_to(output)
    for name in (output, link):
        assert "out/old.png" not in paths(find((tree,), name, recursive=True))
    assert "out/old.png" in paths(find((tree,), tmp_path / "other", recursive=True))


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        (("*.jpg",), (), ["a.jpg"]),
        (("*.png", "deep/*"), (), ["b.PNG", "deep/er/ü 猫.webp"]),
        ((), ("B.*", "DEEP/*"), ["a.jpg"]),
    ],
)
def test_patterns_choose(tree, tmp_path, include, exclude, left):
    assert paths(find((tree,), tmp_path / "out", recursive=True, wanted=Filter(include, exclude))) == left


def test_a_file_named_by_itself_is_taken_and_nothing_twice(tree, tmp_path):
    listing = find((tree, tree / "a.jpg", tree / "notes.txt"), tmp_path / "out", recursive=False)
    assert paths(listing) == ["a.jpg", "b.PNG", "notes.txt"]


def test_links_back_up_end_the_search(tree, tmp_path):
    (tree / "deep" / "back").symlink_to(tree)
    (tree / "nowhere.png").symlink_to(tree / "gone.png")
    assert paths(find((tree,), tmp_path / "out", recursive=True)) == [
        "a.jpg",
        "b.PNG",
        "deep/er/ü 猫.webp",
        "nowhere.png",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_found(tree, tmp_path):
    (tree / os.fsdecode(b"caf\xe9.png")).write_bytes(b"x")
    assert os.fsdecode(b"caf\xe9.png") in paths(find((tree,), tmp_path / "out", recursive=True))


def test_a_source_that_is_not_there_is_said(tmp_path, plain_sentence):
    with pytest.raises(NoPictures) as refused:
        find((tmp_path / "gone",), tmp_path / "out", recursive=True)
    assert "gone" in str(refused.value)
    assert str(refused.value).endswith("no such file or directory.")


def test_a_folder_that_cannot_be_looked_into_is_named(tree, tmp_path, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if str(path).rstrip("/").endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = find((tree,), tmp_path / "out", recursive=True)
    assert paths(listing) == ["a.jpg", "b.PNG"]
    assert listing.unreadable == ((tree / "deep", "permission denied."),)


def test_a_size_is_the_upright_one(texture, tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(texture(20, 30)).save(tmp_path / "t.jpg", exif=turned)
    image_files.write(Picture(texture(20, 30)), tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    assert size_of(tmp_path / "a.png") == (30, 20)
    assert size_of(tmp_path / "t.jpg") == (20, 30)
    assert size_of(tmp_path / "bad.png") is None
