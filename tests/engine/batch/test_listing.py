"""The files that a batch selects from its sources."""

import os
import sys

import PIL.Image
import pytest

from engine.batch.listing import Filter, find_images, read_image_size
from engine.errors import NoImages
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image


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
    return [one.path for one in listing.files]


def test_images_are_listed_without_other_files(tree, tmp_path):
    listing = find_images((tree,), tmp_path / "out", recursive=True)
    assert paths(listing) == ["a.jpg", "b.PNG", "deep/er/ü 猫.webp"]
    assert [one.source for one in listing.files][2] == tree / "deep" / "er" / "ü 猫.webp"
    assert paths(find_images((tree,), tmp_path / "out", recursive=False)) == ["a.jpg", "b.PNG"]


def test_output_folder_is_skipped_under_any_name(tree, tmp_path):
    output = tree / "out"
    output.mkdir()
    (output / "old.png").write_bytes(b"x")
    link = tmp_path / "link"
    link.symlink_to(output)
    for name in (output, link):
        assert "out/old.png" not in paths(find_images((tree,), name, recursive=True))
    assert "out/old.png" in paths(find_images((tree,), tmp_path / "other", recursive=True))


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        (("*.jpg",), (), ["a.jpg"]),
        (("*.png", "deep/*"), (), ["b.PNG", "deep/er/ü 猫.webp"]),
        ((), ("B.*", "DEEP/*"), ["a.jpg"]),
    ],
)
def test_include_and_exclude_patterns_select_images(tree, tmp_path, include, exclude, names):
    assert paths(find_images((tree,), tmp_path / "out", recursive=True, selection=Filter(include, exclude))) == names


def test_single_files_are_listed_once(tree, tmp_path):
    listing = find_images((tree, tree / "a.jpg", tree / "notes.txt"), tmp_path / "out", recursive=False)
    assert paths(listing) == ["a.jpg", "b.PNG", "notes.txt"]


def test_link_cycles_are_skipped(tree, tmp_path):
    (tree / "deep" / "back").symlink_to(tree)
    (tree / "nowhere.png").symlink_to(tree / "gone.png")
    assert paths(find_images((tree,), tmp_path / "out", recursive=True)) == [
        "a.jpg",
        "b.PNG",
        "deep/er/ü 猫.webp",
        "nowhere.png",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_file_name_with_invalid_encoding_is_listed(tree, tmp_path):
    (tree / os.fsdecode(b"caf\xe9.png")).write_bytes(b"x")
    assert os.fsdecode(b"caf\xe9.png") in paths(find_images((tree,), tmp_path / "out", recursive=True))


def test_missing_source_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(NoImages) as refused:
        find_images((tmp_path / "gone",), tmp_path / "out", recursive=True)
    assert "gone" in str(refused.value)
    assert str(refused.value).endswith("doesn't exist. Check the path.")


def test_unreadable_folder_is_listed(tree, tmp_path, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if str(path).rstrip("/").endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = find_images((tree,), tmp_path / "out", recursive=True)
    assert paths(listing) == ["a.jpg", "b.PNG"]
    assert listing.unreadable == (
        (tree / "deep", "Permission was denied. Check the permissions or choose another folder."),
    )


def test_image_size_follows_the_orientation(texture, tmp_path):
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    PIL.Image.fromarray(texture(20, 30)).save(tmp_path / "t.jpg", exif=turned)
    image_files.write(Image(texture(20, 30)), tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    assert read_image_size(tmp_path / "a.png") == (30, 20)
    assert read_image_size(tmp_path / "t.jpg") == (20, 30)
    assert read_image_size(tmp_path / "bad.png") is None
