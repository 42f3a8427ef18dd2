"""The paper's patch set: its size for the 91 images, its values, and the hold-out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in, starter_folder
from engine.errors import NoPictures
from engine.imaging import color
from engine.imaging.codecs import image_files as pictures
from engine.imaging.codecs.image_files import Picture
from engine.imaging.resample import imresize
from engine.models.catalog import ModelSpec
from engine.training import patches
from engine.training.patches import TrainingPicture
from engine.training.request import Recipe


def built(train, spec, seed=0, **recipe):
    """The patch set, of as many patches as were counted beforehand."""
    made, recipe = [], Recipe(**recipe)

    def whole():
        made.append((yield from patches.build(train, spec, recipe, seed)))

    assert [event.done for event in whole()] == list(range(len(train) * (spec.scale**2 if recipe.phases else 1)))
    assert len(made[0]) == patches.count(train, spec, recipe)
    return made[0]


def left_out(driven):
    """What could not be used, and the rest."""
    events, usable = driven
    return [event for event in events if isinstance(event, FileFailed)], usable


@pytest.fixture
def training_picture(texture):
    def make(height=80, width=61, seed=0, name=None):
        luma = texture(height, width, 1, seed)[:, :, 0]
        return TrainingPicture(Path(name or f"{height}x{width}-{seed}.png"), luma)

    return make


def corners(height, width):
    """Where the patches of a cropped picture begin, in reading order."""
    return [(top, left) for top in range(0, height - 32, 14) for left in range(0, width - 32, 14)]


@pytest.mark.parametrize(("scale", "count"), [(2, 21_910), (3, 21_884), (4, 21_772)])
def test_the_91_images_give_the_papers_number_of_patches(scale, count, data_folder, drive):
    failed, usable = left_out(drive(patches.read_training_pictures(pictures_in(data_folder / "T91"), scale)))
    assert not failed
    assert len(usable) == 91

    patch_set = built(usable, ModelSpec.parse("9-1-5", scale))

    assert len(patch_set) == count
    assert patch_set.inputs.shape == (count, 1, 33, 33)
    assert patch_set.labels.shape == (count, 1, 21, 21)
    assert patch_set.inputs.dtype == patch_set.labels.dtype == np.float32
    assert 0 <= patch_set.labels.min() < patch_set.labels.max() <= 1


@pytest.mark.parametrize(("arch", "side"), [("9-1-5", 21), ("9-3-5", 19), ("9-5-5", 17), ("1-1-1", 33)])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_label_is_the_centre_of_its_inputs_region(arch, side, scale, training_picture):
    picture = training_picture(81, 62)
    height, width = 81 - 81 % scale, 62 - 62 % scale
    truth = picture.luma[:height, :width] / 255
    blurred = imresize(imresize(truth, (height // scale, width // scale)), (height, width))
    margin = (33 - side) // 2

    patch_set = built([picture], ModelSpec.parse(arch, scale))

    assert len(patch_set) == len(corners(height, width))
    for index, (top, left) in enumerate(corners(height, width)):
        region = (slice(top, top + 33), slice(left, left + 33))
        centre = (slice(top + margin, top + margin + side), slice(left + margin, left + margin + side))
        np.testing.assert_array_equal(patch_set.inputs[index, 0], np.float32(blurred[region]))
        np.testing.assert_array_equal(patch_set.labels[index, 0], np.float32(truth[centre]))


def test_without_blur_the_label_is_the_inputs_own_centre(training_picture, monkeypatch):
    monkeypatch.setattr(patches, "degrade", lambda luma, scale: luma)
    patch_set = built([training_picture(), training_picture(seed=1)], ModelSpec.parse("9-1-5", 3))
    np.testing.assert_array_equal(patch_set.inputs[:, :, 6:-6, 6:-6], patch_set.labels)


def test_degrading_reduces_and_enlarges_without_rounding(training_picture):
    truth = training_picture(60, 63).luma / 255
    blurred = patches.degrade(truth, 3)
    assert blurred.shape == truth.shape
    assert blurred.dtype == truth.dtype
    assert np.abs(blurred * 255 - np.round(blurred * 255)).max() > 0.4


def test_luma_is_gray_as_it_is_and_rgb_by_bt601(texture):
    gray = texture(20, 20, 1)
    np.testing.assert_array_equal(color.luma_levels(gray), gray[:, :, 0])
    white = color.luma_levels(np.full((2, 2, 3), 255, np.uint8))
    assert white.dtype == np.uint8
    assert (white == 235).all()


def test_gray_teaches_what_the_same_image_as_rgb_teaches(texture, tmp_path, drive):
    gray = texture(60, 66, 1)
    pictures.write(Picture(gray), tmp_path / "gray.png")
    pictures.write(Picture(np.repeat(gray, 3, axis=2)), tmp_path / "rgb.png")
    _, (one, other) = drive(patches.read_training_pictures([tmp_path / "gray.png", tmp_path / "rgb.png"], 3))
    np.testing.assert_array_equal(one.luma, gray[:, :, 0], "it is scored as it is")
    of_gray, of_rgb = (drive(patches.build([picture], ModelSpec(9, 1, 5, 3)))[1] for picture in (one, other))
    np.testing.assert_array_equal(of_gray.inputs, of_rgb.inputs)
    np.testing.assert_array_equal(of_gray.labels, of_rgb.labels)


def test_a_picture_is_known_by_its_pixels(training_picture):
    assert training_picture(name="a.png").content == training_picture(name="b.png").content
    assert training_picture(seed=0).content != training_picture(seed=1).content


def test_what_cannot_be_used_is_named_and_left_out(texture, tmp_path, plain_sentence, drive):
    pictures.write(Picture(texture(40, 40)), tmp_path / "good.png")
    pictures.write(Picture(texture(32, 90)), tmp_path / "small.png")
    (tmp_path / "text.png").write_text("no picture")

    events, usable = left_out(drive(patches.read_training_pictures(pictures_in(tmp_path), 3)))

    failed = {event.path.name: event.error for event in events}
    assert [picture.path.name for picture in usable] == ["good.png"]
    assert set(failed) == {"small.png", "text.png"}
    for name, reason in failed.items():
        plain_sentence(reason, name)


def test_a_picture_is_too_small_if_cropping_makes_it_so(texture, tmp_path, drive):
    pictures.write(Picture(texture(35, 35)), tmp_path / "picture.png")
    files = pictures_in(tmp_path)
    for scale, usable in ((2, 1), (3, 1), (4, 0)):  # 34, 33 and 32 px are left
        failed, found = left_out(drive(patches.read_training_pictures(files, scale)))
        assert (len(found), len(failed)) == (usable, 1 - usable)


@pytest.mark.parametrize(("pictures_there", "kept"), [(2, 1), (7, 1), (8, 2), (19, 4), (20, 5), (90, 5)])
def test_unless_told_five_are_held_out_or_a_quarter_of_a_few(pictures_there, kept, training_picture):
    usable = [training_picture(40, 40, number) for number in range(pictures_there)]
    assert len(patches.split_held_out(usable, None, 0)[1]) == kept


def test_a_share_of_the_small_pictures_goes_through_8_bits(training_picture):
    picture, spec = training_picture(200, 200), ModelSpec.parse("9-1-5", 3)
    exact, all_of_them = (built([picture], spec, rounded=share).inputs for share in (0.0, 1.0))
    half = built([picture], spec, rounded=0.5, seed=1).inputs
    # 8 bits are half a level off at most, and the bicubic kernel's weights, whose sizes add up to 1.27 twice, carry it
    assert 0 < np.abs(exact - all_of_them).max() < 0.5 / 255 * 1.27**2
    as_file = [np.array_equal(*pair) for pair in zip(half, all_of_them, strict=True)]
    assert all(ours or np.array_equal(a, b) for ours, a, b in zip(as_file, half, exact, strict=True))
    assert 0.3 < np.mean(as_file) < 0.7
    assert np.array_equal(half, built([picture], spec, rounded=0.5, seed=1).inputs)


def test_every_phase_is_the_set_of_the_picture_begun_later(training_picture):
    picture, spec = training_picture(80, 61), ModelSpec.parse("9-5-5", 3)
    whole = built([picture], spec, phases=True)
    later = [TrainingPicture(picture.path, picture.luma[top:, left:]) for top in range(3) for left in range(3)]
    alone = [built([shifted], spec) for shifted in later]
    for kind in ("inputs", "labels"):
        np.testing.assert_array_equal(getattr(whole, kind), np.concatenate([getattr(one, kind) for one in alone]))
    assert not np.array_equal(alone[0].inputs[0], alone[1].inputs[0])


def test_of_too_many_patches_the_large_pictures_give_up_theirs(training_picture, monkeypatch):
    pictures_there, spec = [training_picture(61, 61), training_picture(200, 200, 1)], ModelSpec.parse("9-1-5", 3)
    assert len(built(pictures_there, spec)) == 4 + 144  # whole
    monkeypatch.setattr(patches, "MOST_PATCHES", 60)
    few = built(pictures_there, spec)
    assert len(few) == 4 + 56
    np.testing.assert_array_equal(few.inputs[:4], built(pictures_there[:1], spec).inputs)


@pytest.mark.parametrize("seed", range(20))
def test_copies_never_straddle_the_hold_out(seed, training_picture):
    usable = [training_picture(40, 40, number % 4, f"{number}.png") for number in range(10)]
    train, held_out = patches.split_held_out(usable, 2, seed)
    assert {picture.content for picture in train}.isdisjoint(picture.content for picture in held_out)
    assert len({picture.content for picture in held_out}) == 2
    assert sorted([*train, *held_out], key=usable.index) == usable


def test_the_twins_of_the_91_images_stay_together(data_folder, drive):
    files = [data_folder / "T91" / f"t{number}.bmp" for number in (1, 2, 36, 65)]
    _, usable = drive(patches.read_training_pictures(files, 3))
    for seed in range(8):
        sides = [{picture.path.stem for picture in side} for side in patches.split_held_out(usable, 1, seed)]
        assert any({"t36", "t65"} <= side for side in sides)


def test_the_hold_out_follows_the_seed_and_not_the_order(training_picture):
    usable = [training_picture(40, 40, number) for number in range(12)]
    held_out = [set(map(id, patches.split_held_out(usable, 3, seed)[1])) for seed in range(6)]
    assert len({frozenset(side) for side in held_out}) > 1
    assert set(map(id, patches.split_held_out(usable[::-1], 3, 0)[1])) == held_out[0]


def test_of_a_few_pictures_one_in_colour_is_held_out_and_of_many_whatever_is_drawn(training_picture):
    def drawn(count):
        usable = [training_picture(40, 40, number) for number in range(count)]
        with_colour = [replace(one, is_colour=number == 3) for number, one in enumerate(usable)]
        sides = [patches.split_held_out(pictures, None, 0)[1] for pictures in (usable, with_colour)]
        return [{picture.content for picture in side} for side in sides], usable[3].content

    (_, chosen), colour = drawn(7)
    assert chosen == {colour}
    (before, after), _ = drawn(20)
    assert before == after


def test_a_person_who_starts_with_the_starter_set_sees_a_photograph_in_colour(drive):
    _, usable = drive(patches.read_training_pictures(pictures_in(starter_folder()), 3))
    for seed in range(5):
        (kept,) = patches.split_held_out(usable, None, seed)[1]
        assert kept.is_colour
    assert [picture.path.name for picture in usable if not picture.is_colour] == [
        "brick.png",
        "camera.png",
        "text.png",
    ]


def test_a_picture_is_left_to_learn_from(training_picture):
    train, held_out = patches.split_held_out([training_picture(seed=seed) for seed in range(3)], 50, 0)
    assert (len(train), len(held_out)) == (1, 2)


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_training_needs_two_different_pictures(copies, training_picture):
    with pytest.raises(NoPictures, match="two different pictures"):
        patches.split_held_out([training_picture()] * copies, 1, 0)
