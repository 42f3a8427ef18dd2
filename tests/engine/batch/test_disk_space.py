"""Estimate of the disk space that a batch needs."""

import zipfile
from dataclasses import replace

import pytest

from engine.batch import disk_space
from engine.batch import job as batch
from engine.errors import DiskTooSmall
from engine.imaging.codecs import image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.codecs.image_files import Image
from engine.system import memory
from engine.upscaling.request import Target

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def folder(tmp_path, texture):
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.jpg", "c.bmp"):
        image_files.write(Image(texture(120, 160, 3)), tmp_path / "in" / name)
    return tmp_path / "in"


@pytest.mark.parametrize("extension", [None, "png", "jpg", "bmp", "webp", "tif", "avif"])
def test_estimate_is_low_but_not_too_low(folder, batch_request, drive, tmp_path, extension):
    request = batch_request(save=OutputOptions(extension))
    needed = disk_space.estimate(batch.plan(request), request)
    drive(batch.run(request))
    written = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert written / 20 < needed < written


def test_finished_images_need_no_space(folder, batch_request, drive):
    drive(batch.run(batch_request()))
    assert disk_space.estimate(batch.plan(batch_request()), batch_request()) == 0


def test_scale_factor_and_quality_change_the_estimate(folder, batch_request):
    request = batch_request(include=("a.png",))
    upscale = request.upscale
    sizes = {}
    for name, target in (("x2", Target(2)), ("x4", Target(4)), ("longest", Target(longest=640))):
        changed = replace(request, upscale=replace(upscale, target=target))
        sizes[name] = disk_space.estimate(batch.plan(changed), changed)
    assert sizes["x4"] == sizes["longest"] == pytest.approx(4 * sizes["x2"], rel=0.01)
    small = replace(request, save=OutputOptions("jpg", 10))
    assert disk_space.estimate(batch.plan(small), small) < sizes["x2"] / 10


def test_archive_needs_its_space_twice(folder, batch_request, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(folder / "a.png", "a.png")
    alone = batch_request(sources=(folder / "a.png",))
    packed = batch_request(sources=(tmp_path / "a.zip",))
    needed = [disk_space.estimate(batch.plan(request), request) for request in (alone, packed)]
    assert needed[1] == 2 * needed[0]


def test_batch_that_cannot_fit_writes_nothing(folder, batch_request, tmp_path, monkeypatch, plain_sentence):
    monkeypatch.setattr(memory, "free_disk_space", lambda _folder: 2000)
    with pytest.raises(DiskTooSmall) as refused:
        next(batch.run(batch_request()))
    plain_sentence(refused.value, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(memory, "free_disk_space", lambda _folder: None)
    next(batch.run(batch_request()))


def test_free_space_is_that_of_the_next_existing_folder(tmp_path):
    free = disk_space.free_space(tmp_path / "new" / "folder")
    assert free == pytest.approx(memory.free_disk_space(tmp_path), rel=0.1)
