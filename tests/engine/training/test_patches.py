"""The patch set: its size for the 91 training images, its values, and the validation split."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images, starter_set_folder
from engine.errors import InvalidSetting, NoImages
from engine.imaging import color
from engine.imaging.codecs import image_files as images
from engine.imaging.codecs.image_files import Image
from engine.imaging.resample import imresize
from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import patches
from engine.training.patches import TrainingImage
from engine.training.request import Recipe

X3 = registry.parse("9-1-5", 3)


def make_patch_set(train, info, seed=0, **recipe):
    """Return the patch set of training images, after a check of the number of patches."""
    patch_sets, recipe = [], Recipe(**recipe)

    def whole():
        patch_sets.append((yield from patches.build_patch_set(train, info, recipe, seed)))

    assert [event.done for event in whole()] == list(range(len(train) * (info.scale**2 if recipe.all_phases else 1)))
    assert len(patch_sets[0]) == patches.count_patches(train, info, recipe)
    return patch_sets[0]


def failures_and_result(driven):
    """Return the FileFailed events of a job, and its result."""
    events, usable = driven
    return [event for event in events if isinstance(event, FileFailed)], usable


def patch_corners(height, width):
    """Return the top left corners of the patches of an image in reading order."""
    return [(top, left) for top in range(0, height - 32, 14) for left in range(0, width - 32, 14)]


@pytest.mark.parametrize(("scale", "count"), [(2, 21_910), (3, 21_884), (4, 21_772)])
def test_91_images_give_patch_count_of_paper(scale, count, data_folder, drive):
    failed, usable = failures_and_result(
        drive(patches.read_training_images(list_images(data_folder / "T91"), registry.parse("9-1-5", scale)))
    )
    assert not failed
    assert len(usable) == 91

    patch_set = make_patch_set(usable, registry.parse("9-1-5", scale))

    assert len(patch_set) == count
    assert patch_set.inputs.shape == (count, 1, 33, 33)
    assert patch_set.labels.shape == (count, 1, 21, 21)
    assert patch_set.inputs.dtype == patch_set.labels.dtype == np.float32
    assert 0 <= patch_set.labels.min() < patch_set.labels.max() <= 1


@pytest.mark.parametrize(("arch", "side"), [("9-1-5", 21), ("9-3-5", 19), ("9-5-5", 17), ("1-1-1", 33)])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_label_is_center_of_input(arch, side, scale, training_image):
    image = training_image(81, 62)
    height, width = 81 - 81 % scale, 62 - 62 % scale
    ground_truth = image.luma[:height, :width] / 255
    blurred = imresize(imresize(ground_truth, (height // scale, width // scale)), (height, width))
    margin = (33 - side) // 2

    patch_set = make_patch_set([image], registry.parse(arch, scale))

    assert len(patch_set) == len(patch_corners(height, width))
    for index, (top, left) in enumerate(patch_corners(height, width)):
        region = (slice(top, top + 33), slice(left, left + 33))
        centre = (slice(top + margin, top + margin + side), slice(left + margin, left + margin + side))
        np.testing.assert_array_equal(patch_set.inputs[index, 0], np.float32(blurred[region]))
        np.testing.assert_array_equal(patch_set.labels[index, 0], np.float32(ground_truth[centre]))


def test_label_equals_center_of_unchanged_input(training_image, monkeypatch):
    monkeypatch.setattr(patches, "downscale_and_upscale", lambda luma, scale: luma)
    patch_set = make_patch_set([training_image(), training_image(seed=1)], registry.parse("9-1-5", 3))
    np.testing.assert_array_equal(patch_set.inputs[:, :, 6:-6, 6:-6], patch_set.labels)


def test_downscale_and_upscale_does_not_round(training_image):
    ground_truth = training_image(60, 63).luma / 255
    blurred = patches.downscale_and_upscale(ground_truth, 3)
    assert blurred.shape == ground_truth.shape
    assert blurred.dtype == ground_truth.dtype
    assert np.abs(blurred * 255 - np.round(blurred * 255)).max() > 0.4


def test_luma_is_gray_levels_or_bt601(texture):
    gray = texture(20, 20, 1)
    np.testing.assert_array_equal(color.y_channel(gray), gray[:, :, 0])
    white = color.y_channel(np.full((2, 2, 3), 255, np.uint8))
    assert white.dtype == np.uint8
    assert (white == 235).all()


def test_gray_and_rgb_give_same_patches(texture, tmp_path, drive):
    gray = texture(60, 66, 1)
    images.write(Image(gray), tmp_path / "gray.png")
    images.write(Image(np.repeat(gray, 3, axis=2)), tmp_path / "rgb.png")
    _, (one, other) = drive(patches.read_training_images([tmp_path / "gray.png", tmp_path / "rgb.png"], X3))
    np.testing.assert_array_equal(one.luma, gray[:, :, 0], "it is scored as it is")
    of_gray, of_rgb = (
        drive(patches.build_patch_set([image], ModelInfo(Srcnn(9, 1, 5), 3)))[1] for image in (one, other)
    )
    np.testing.assert_array_equal(of_gray.inputs, of_rgb.inputs)
    np.testing.assert_array_equal(of_gray.labels, of_rgb.labels)


def test_content_hash_is_of_pixels(training_image):
    assert training_image(name="a.png").content_hash == training_image(name="b.png").content_hash
    assert training_image(seed=0).content_hash != training_image(seed=1).content_hash


def test_unusable_images_are_reported_and_skipped(texture, tmp_path, plain_sentence, drive):
    images.write(Image(texture(40, 40)), tmp_path / "good.png")
    images.write(Image(texture(32, 90)), tmp_path / "small.png")
    (tmp_path / "text.png").write_text("no image")

    events, usable = failures_and_result(drive(patches.read_training_images(list_images(tmp_path), X3)))

    failed = {event.path.name: event.error for event in events}
    assert [image.path.name for image in usable] == ["good.png"]
    assert set(failed) == {"small.png", "text.png"}
    for name, reason in failed.items():
        plain_sentence(reason, name)


def test_image_too_small_after_cropping_is_skipped(texture, tmp_path, drive):
    images.write(Image(texture(35, 35)), tmp_path / "image.png")
    files = list_images(tmp_path)
    for scale, usable in ((2, 1), (3, 1), (4, 0)):  # 34, 33 and 32 px are left
        failed, found = failures_and_result(drive(patches.read_training_images(files, registry.parse("9-1-5", scale))))
        assert (len(found), len(failed)) == (usable, 1 - usable)


@pytest.mark.parametrize(("images_there", "kept"), [(2, 1), (7, 1), (8, 2), (19, 4), (20, 5), (90, 5)])
def test_default_validation_size_depends_on_image_count(images_there, kept, training_image):
    usable = [training_image(40, 40, number) for number in range(images_there)]
    assert len(patches.split_validation(usable, None, 0)[1]) == kept


def test_quantized_share_rounds_some_inputs(training_image):
    image, info = training_image(200, 200), registry.parse("9-1-5", 3)
    exact, all_of_them = (make_patch_set([image], info, quantized_share=share).inputs for share in (0.0, 1.0))
    half = make_patch_set([image], info, quantized_share=0.5, seed=1).inputs
    # 8 bits are half a level off at most, and the bicubic kernel's weights, whose sizes add up to 1.27 twice, carry it
    assert 0 < np.abs(exact - all_of_them).max() < 0.5 / 255 * 1.27**2
    as_file = [np.array_equal(*pair) for pair in zip(half, all_of_them, strict=True)]
    assert all(ours or np.array_equal(a, b) for ours, a, b in zip(as_file, half, exact, strict=True))
    assert 0.3 < np.mean(as_file) < 0.7
    assert np.array_equal(half, make_patch_set([image], info, quantized_share=0.5, seed=1).inputs)


def test_all_phases_are_patches_of_shifted_images(training_image):
    image, info = training_image(80, 61), registry.parse("9-5-5", 3)
    whole = make_patch_set([image], info, all_phases=True)
    later = [TrainingImage(image.path, image.luma[top:, left:]) for top in range(3) for left in range(3)]
    separate = [make_patch_set([shifted], info) for shifted in later]
    for kind in ("inputs", "labels"):
        np.testing.assert_array_equal(getattr(whole, kind), np.concatenate([getattr(one, kind) for one in separate]))
    assert not np.array_equal(separate[0].inputs[0], separate[1].inputs[0])


def test_patch_limit_reduces_large_images(training_image, monkeypatch):
    images_there, info = [training_image(61, 61), training_image(200, 200, 1)], registry.parse("9-1-5", 3)
    assert len(make_patch_set(images_there, info)) == 4 + 144  # whole
    monkeypatch.setattr(patches, "MAX_PATCHES", 60)
    few = make_patch_set(images_there, info)
    assert len(few) == 4 + 56
    np.testing.assert_array_equal(few.inputs[:4], make_patch_set(images_there[:1], info).inputs)


@pytest.mark.parametrize("seed", range(20))
def test_identical_images_are_in_the_same_set(seed, training_image):
    usable = [training_image(40, 40, number % 4, f"{number}.png") for number in range(10)]
    train, held_out = patches.split_validation(usable, 2, seed)
    assert {image.content_hash for image in train}.isdisjoint(image.content_hash for image in held_out)
    assert len({image.content_hash for image in held_out}) == 2
    assert sorted([*train, *held_out], key=usable.index) == usable


def test_duplicates_in_91_images_are_in_the_same_set(data_folder, drive):
    files = [data_folder / "T91" / f"t{number}.bmp" for number in (1, 2, 36, 65)]
    _, usable = drive(patches.read_training_images(files, X3))
    for seed in range(8):
        sides = [{image.path.stem for image in side} for side in patches.split_validation(usable, 1, seed)]
        assert any({"t36", "t65"} <= side for side in sides)


def test_split_depends_on_seed_not_on_order(training_image):
    usable = [training_image(40, 40, number) for number in range(12)]
    held_out = [set(map(id, patches.split_validation(usable, 3, seed)[1])) for seed in range(6)]
    assert len({frozenset(side) for side in held_out}) > 1
    assert set(map(id, patches.split_validation(usable[::-1], 3, 0)[1])) == held_out[0]


def test_split_of_large_images_does_not_depend_on_small_ones_or_recipe(training_image):
    large = [training_image(60, 60, number) for number in range(20)]
    small = [training_image(40, 40, 100 + number) for number in range(20)]
    in_color = [replace(one, rgb=np.stack([one.luma] * 3)) for one in large]
    by_rank = [{image.content_hash for image in patches.split_validation(large, count, 1)[1]} for count in (2, 5)]
    assert by_rank[0] < by_rank[1]
    assert {image.content_hash for image in patches.split_validation(in_color, 5, 1)[1]} == by_rank[1]
    of_all = patches.split_validation(large + small, 12, 1)[1]
    of_large = {image.content_hash for image in of_all if image.luma.shape == (60, 60)}
    assert of_large == {image.content_hash for image in patches.split_validation(large, len(of_large), 1)[1]}


def test_color_image_is_preferred_for_validation_of_few(training_image):
    def drawn(count):
        usable = [training_image(40, 40, number) for number in range(count)]
        with_color = [replace(one, has_color=number == 3) for number, one in enumerate(usable)]
        sides = [patches.split_validation(images, None, 0)[1] for images in (usable, with_color)]
        return [{image.content_hash for image in side} for side in sides], usable[3].content_hash

    (_, chosen), colour = drawn(7)
    assert chosen == {colour}
    (before, after), _ = drawn(20)
    assert before == after


def test_starter_set_preview_is_in_color(drive):
    _, usable = drive(patches.read_training_images(list_images(starter_set_folder()), X3))
    for seed in range(5):
        (kept,) = patches.split_validation(usable, None, seed)[1]
        assert kept.has_color
    assert [image.path.name for image in usable if not image.has_color] == [
        "brick.png",
        "camera.png",
        "text.png",
    ]


@pytest.mark.parametrize("size", [4, 50])
def test_validation_set_of_all_images_is_refused(size, training_image):
    """Two of the five images are equal."""
    usable = [training_image(seed=seed) for seed in (0, 1, 2, 3, 3)]
    patches.check_enough_images(usable, Path("photos"), 3)
    with pytest.raises(
        InvalidSetting, match=f"{size} images is too large. There are 4 different images.* Choose at most 3"
    ):
        patches.check_enough_images(usable, Path("photos"), size)


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_training_needs_two_different_images(copies, training_image):
    with pytest.raises(NoImages, match=r"photos contains .* two different images"):
        patches.check_enough_images([training_image()] * copies, Path("photos"), 1)
