"""Archives in a batch: names, order and copies, limits, and interrupted runs."""

import struct
import zipfile
from dataclasses import replace

import pytest

from engine.batch import archives, report, save_check
from engine.batch import job as batch
from engine.batch.events import ArchiveDone, FileDone
from engine.batch.planning import ALREADY_DONE, LARGE_ENOUGH
from engine.datasets.events import FileFailed
from engine.errors import ImageUnreadable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.codecs.image_files import Image
from engine.upscaling import job as upscale_job
from engine.upscaling.request import Target

pytestmark = pytest.mark.usefixtures("one_thread")
NAMES = ["pages/", "pages/b.png", "pages/a.jpg", "info.xml", "../../up.png", "bad.png", "__MACOSX/._b.png"]


@pytest.fixture
def comic(tmp_path, texture, encoded):
    """Create an archive with three images, a damaged one and other files."""
    path = tmp_path / "in" / "comic.cbz"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"about"
        archive.mkdir("pages")
        for number, name in enumerate(NAMES[1:3]):
            archive.writestr(name, encoded(Image(texture(20 + number, 30, 3, number)), name))
        archive.writestr(zipfile.ZipInfo("info.xml", (2001, 2, 3, 4, 5, 6)), "<x/>" * 100, zipfile.ZIP_DEFLATED)
        archive.writestr("../../up.png", encoded(Image(texture(20, 30)), "up.png"))
        archive.writestr("bad.png", b"no image")
        archive.writestr("__MACOSX/._b.png", b"junk")
    return path


@pytest.fixture
def comic_request(comic, batch_request):
    return lambda **changes: batch_request(**({"sources": (comic,)} | changes))


def contents(path):
    """Return the content of each file in an archive, in its order."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_new_archive_keeps_names_order_and_other_files(comic, comic_request, drive, tmp_path):
    events, result = drive(batch.run(comic_request()))
    before, after = contents(comic), contents(tmp_path / "out" / "comic.cbz")
    assert list(after) == NAMES
    assert files(tmp_path / "out") == ["comic.cbz"]
    for name in ("info.xml", "bad.png", "__MACOSX/._b.png"):
        assert after[name] == before[name]
    for name in ("pages/a.jpg", "pages/b.png", "../../up.png"):
        (tmp_path / name[-5:]).write_bytes(before[name])
        alone = tmp_path / f"alone{name[-5:]}"
        drive(upscale_job.upscale_file(tmp_path / name[-5:], alone, replace(comic_request().upscale, compare=False)))
        assert after[name] == alone.read_bytes(), name
    with zipfile.ZipFile(tmp_path / "out" / "comic.cbz") as archive:
        assert archive.comment == b"about"
        assert archive.getinfo("info.xml").date_time == (2001, 2, 3, 4, 5, 6)
    assert report.count_states(result.outcomes) == {"done": 3, "skipped": 0, "failed": 1, "queued": 0}
    done = [event for event in events if isinstance(event, FileDone)]
    assert [event.output for event in done] == [
        tmp_path / "out" / "comic.cbz" / name for name in ("pages/b.png", "pages/a.jpg", "up.png")
    ]
    assert isinstance(events[-1], ArchiveDone)
    assert events[-1].images == 3


def test_finished_archive_is_skipped_until_it_changes(comic, comic_request, drive, tmp_path):
    drive(batch.run(comic_request()))
    written = (tmp_path / "out" / "comic.cbz").stat().st_mtime_ns
    _, result = drive(batch.run(comic_request()))
    assert [(outcome.state, outcome.reason) for outcome in result.outcomes] == [("skipped", ALREADY_DONE)]
    assert (tmp_path / "out" / "comic.cbz").stat().st_mtime_ns == written
    with zipfile.ZipFile(comic, "a") as archive:
        archive.writestr("new.txt", "new")
    drive(batch.run(comic_request()))
    assert list(contents(tmp_path / "out" / "comic.cbz")) == [*NAMES, "new.txt"]
    assert files(tmp_path / "out") == ["comic.cbz"]


def test_interrupted_archive_continues(comic_request, drive, tmp_path):
    job = batch.run(comic_request())
    first = next(event for event in job if isinstance(event, FileDone))
    job.close()
    assert not (tmp_path / "out" / "comic.cbz").exists()
    events, result = drive(batch.run(comic_request()))
    assert first.path not in [event.path for event in events if isinstance(event, FileDone)]
    assert report.count_states(result.outcomes)["skipped"] >= 1
    assert files(tmp_path / "out") == ["comic.cbz"]
    drive(batch.run(comic_request(output=tmp_path / "whole")))
    assert contents(tmp_path / "out" / "comic.cbz") == contents(tmp_path / "whole" / "comic.cbz")


def test_failed_write_leaves_no_archive_and_is_repeated(comic_request, drive, tmp_path, monkeypatch):
    def fail(_path):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(archives, "_verify", fail)
        events, result = drive(batch.run(comic_request()))
    assert report.count_states(result.outcomes) == {"done": 0, "skipped": 0, "failed": 4, "queued": 0}
    assert not [event for event in events if isinstance(event, ArchiveDone)]
    assert not (tmp_path / "out" / "comic.cbz").exists()
    assert not list((tmp_path / "out").glob("*.part"))
    events, _ = drive(batch.run(comic_request()))
    assert not [event for event in events if isinstance(event, FileDone)], "the results are still there"
    assert isinstance(events[-1], ArchiveDone)


def test_existing_file_and_source_are_not_replaced(comic, comic_request, drive):
    before = comic.read_bytes()
    drive(batch.run(comic_request(output=comic.parent)))
    assert comic.read_bytes() == before
    assert files(comic.parent) == ["comic (2).cbz", "comic.cbz"]


def test_format_changes_the_extension_without_duplicates(batch_request, drive, tmp_path, texture, encoded):
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "a.zip", "w") as archive:
        for name in ("a.png", "a.bmp"):
            archive.writestr(name, encoded(Image(texture(20, 30)), name))
    drive(batch.run(batch_request(sources=(tmp_path / "in" / "a.zip",), save=OutputOptions("png"))))
    assert list(contents(tmp_path / "out" / "a.zip")) == ["a.png", "a (2).png"]


def test_large_images_are_copied(comic, comic_request, drive, tmp_path, texture, encoded):
    large = encoded(Image(texture(50, 90)), "large.png")
    with zipfile.ZipFile(comic, "a") as archive:
        archive.writestr("large.png", large)
    request = comic_request()
    request = replace(request, upscale=replace(request.upscale, target=Target(longest=90)))
    _, result = drive(batch.run(request))
    assert [outcome.reason for outcome in result.outcomes if outcome.state == "skipped"] == [LARGE_ENOUGH]
    after = contents(tmp_path / "out" / "comic.cbz")
    assert after["large.png"] == large
    assert image_files.decode(after["pages/b.png"], "b.png").width == 90


def zip_file(path, name, content, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content, compression)
    return path


def test_bombs_are_refused_before_they_are_unpacked(batch_request, drive, tmp_path, monkeypatch):
    bomb = zip_file(tmp_path / "bomb.zip", "a.png", bytes(20_000_000))
    assert bomb.stat().st_size < 30_000
    monkeypatch.setattr(archives, "read_file", None)
    _, result = drive(batch.run(batch_request(sources=(bomb,))))
    (outcome,) = result.outcomes
    assert outcome.state == "failed"
    assert "200 times larger" in outcome.reason
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILES", 6), ("MAX_BYTES", 1000), ("MAX_FILE_BYTES", 500)])
def test_limits_on_number_and_size(comic, monkeypatch, limit, value, plain_sentence):
    assert archives.list_images(comic)
    monkeypatch.setattr(archives, limit, value)
    with pytest.raises(ImageUnreadable) as refused:
        archives.list_images(comic)
    plain_sentence(refused.value, "comic.cbz")


def test_size_is_checked_while_unpacking(tmp_path, monkeypatch):
    """The directory of the archive states a small size, but the data is large."""
    path = zip_file(tmp_path / "a.zip", "a.png", bytes(50_000_000))
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\1\2")
    struct.pack_into("<L", content, start + 24, 1000)  # uncompressed size
    path.write_bytes(content)
    assert archives.list_images(path)[0].size == 1000
    with pytest.raises(ImageUnreadable):
        archives.read_file(path, 0)
    path = zip_file(tmp_path / "b.zip", "b.png", bytes(2_000_000))
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 1_500_000)
    with pytest.raises(ImageUnreadable):
        archives.read_file(path, 0)


def test_damaged_archives_are_errors(batch_request, drive, tmp_path):
    (tmp_path / "text.zip").write_bytes(b"text")
    zip_file(tmp_path / "empty.zip", "a.txt", b"")
    locked = bytearray(zip_file(tmp_path / "locked.zip", "a.png", b"x").read_bytes())
    locked[locked.index(b"PK\1\2") + 8] |= 1  # the flag of encryption
    (tmp_path / "locked.zip").write_bytes(locked)
    names = ("text.zip", "empty.zip", "locked.zip")
    _, result = drive(batch.run(batch_request(sources=tuple(tmp_path / name for name in names))))
    assert {outcome.source.name: (outcome.state, outcome.reason.split(".")[0]) for outcome in result.outcomes} == {
        "text.zip": ("failed", "It isn't a ZIP archive, or it is damaged"),
        "empty.zip": ("failed", "The archive contains no images"),
        "locked.zip": ("failed", "The archive is encrypted"),
    }


def test_damaged_file_fails_alone(comic, comic_request, drive, tmp_path):
    content = bytearray(comic.read_bytes())
    content[content.index(b"pages/b.png") + 200] ^= 255
    comic.write_bytes(content)
    events, _ = drive(batch.run(comic_request()))
    failed = [event.path.name for event in events if isinstance(event, FileFailed)]
    assert "b.png" in failed


def test_names_keep_their_bytes_and_never_lead_elsewhere(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("caf\xe9.png", b"x")
        archive.writestr("猫.png", b"x")
    content = path.read_bytes().replace("café".encode(), b"caf\x82\xff")
    content = content.replace(b"PK\1\2\x14\x03\x14\x00\x00\x08", b"PK\1\2\x14\x03\x14\x00\x00\x00", 1)
    path.write_bytes(content.replace(b"PK\3\4\x14\x00\x00\x08", b"PK\3\4\x14\x00\x00\x00", 1))
    archives.pack(path, tmp_path / "b.zip", {})
    assert b"caf\x82\xff.png" in (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.namelist()[1] == "猫.png"
    assert archives.display_path("../..\\C:/x/./y.png") == "C_/x/y.png"
    assert archives.display_path("/etc/a.png") == "etc/a.png"


def test_results_that_cannot_be_saved_are_found_before_the_start(comic, comic_request, texture, encoded):
    pixels = texture(20, 30)
    with zipfile.ZipFile(comic, "a") as archive:
        archive.writestr("alpha.png", encoded(Image(pixels, pixels[:, :, 0]), "alpha.png"))
    request = comic_request(save=OutputOptions("jpg"))
    items = batch.plan(request).items
    found = [each for each in save_check.find_unsavable(request, items) if each is not None]
    assert [items[each.index].file.path for each in found] == ["alpha.png"]
