"""The check of a batch for results that cannot be saved, compared with the batch itself."""

from dataclasses import replace

import numpy as np
import pytest

from engine.batch import job as batch
from engine.batch import save_check
from engine.errors import InvalidSetting, WouldLoseData
from engine.imaging.codecs import image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.image import Image
from engine.upscaling.request import Target

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def source(tmp_path, texture):
    root = tmp_path / "in"
    root.mkdir()
    image_files.write(Image(texture(20, 30, 3, 0)), root / "plain.jpg")
    image_files.write(Image(texture(20, 30, 3, 0)), root / "plain.png")
    image_files.write(Image(texture(20, 30, 3, 0), np.full((20, 30), 99, np.uint8)), root / "alpha.png")
    image_files.write(Image(texture(20, 30, 3, 0).astype(np.uint16) * 257), root / "deep.png")
    (root / "bad.png").write_bytes(b"bad")
    return root


def unsavable(request, max_decoded=None):
    items = batch.plan(request).items
    found = [each for each in save_check.find_unsavable(request, items, max_decoded) if each is not None]
    return {items[each.index].file.path: each.error for each in found}


@pytest.mark.parametrize(
    ("save", "names"),
    [
        (OutputOptions(), set()),
        (OutputOptions("jpg"), {"alpha.png", "deep.png"}),
        (OutputOptions("jpg", bits=8), {"alpha.png"}),
        (OutputOptions("jpg", bits=8, background=(255, 255, 255)), set()),
        (OutputOptions("webp"), {"deep.png"}),
        (OutputOptions("tif"), set()),
    ],
)
def test_the_check_finds_the_images_that_the_batch_refuses(source, batch_request, drive, save, names):
    request = batch_request(save=save)
    errors = unsavable(request)
    assert set(errors) == names
    _, result = drive(batch.run(request))
    failed = {one.source.name for one in result.outcomes if one.state == "failed"}
    assert failed == names | {"bad.png"}


def test_a_remedy_is_part_of_the_error(source, batch_request):
    error = unsavable(batch_request(save=OutputOptions("jpg")))["alpha.png"]
    assert isinstance(error, WouldLoseData)
    assert error.remedies[0].changes == {"background": (255, 255, 255)}
    assert "format" in error.remedies[1].changes


def test_single_images_are_saved_in_another_format(source, batch_request, drive, tmp_path):
    request = batch_request(save=OutputOptions("jpg"))
    drive(batch.run(request))
    request = replace(request, formats=dict.fromkeys((source / "alpha.png", source / "deep.png"), "png"))
    assert unsavable(request) == {}
    _, result = drive(batch.run(request))
    assert {one.output.name for one in result.outcomes if one.state == "done"} == {"alpha_x2.png", "deep_x2.png"}
    assert image_files.read(tmp_path / "out" / "alpha_x2.png").alpha is not None
    _, result = drive(batch.run(request))
    assert not [one for one in result.outcomes if one.state == "done"], "they are not processed again"


def test_an_impossible_size_is_found(source, batch_request):
    request = batch_request()
    wide = replace(request, upscale=replace(request.upscale, target=Target(width=5000)))
    errors = unsavable(wide)
    assert set(errors) == {"plain.jpg", "plain.png", "alpha.png", "deep.png"}
    assert all(isinstance(error, InvalidSetting) for error in errors.values())


def test_the_number_of_decoded_images_is_limited(source, batch_request):
    assert len(unsavable(batch_request(save=OutputOptions("jpg")), max_decoded=1)) == 1
