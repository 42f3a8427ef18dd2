"""Training set and validation set of a run, from a folder of images or a patch file."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.datasets.folders import STARTER, list_images, starter_set_folder
from engine.errors import N_, NoImages
from engine.training import patch_files, patches
from engine.training.crops import CropSet, build_crop_set
from engine.training.events import PatchesBuilt, PreparingPatches
from engine.training.patches import PatchSet, TrainingImage
from engine.training.request import NO_DEGRADATION, TrainRequest, is_patch_file
from engine.training.validation import ValidationPatches, ValidationSet


@dataclass(frozen=True)
class TrainingSet:
    """Training data and validation data of a run, and their descriptions for the model card.

    Attributes
    ----------
    patch_set : training patches, or a set to cut random crops from
    validation_set : images or patches to validate the model on
    trained_on : description of the training data for the model card, such as {"name": "T91", "images": 86}. For a
        patch file, the key "patches" replaces "images"
    validation_source : description of the validation data for the model card: file names of the validation images, or
        {"patches": count} for a patch file
    sha256, validation_sha256 : SHA-256 of the training data and of the validation data
    test_set : images that are scored for reporting only, or None
    preview_images : paths of the validation images. Color images come first, and larger images before smaller ones.
        Empty for a patch file
    """

    patch_set: PatchSet | CropSet
    validation_set: ValidationSet | ValidationPatches
    trained_on: dict[str, str | int]
    validation_source: list[str] | dict[str, int]
    sha256: str
    validation_sha256: str
    preview_images: tuple[Path, ...] = ()
    test_set: ValidationSet | None = None


def load(request: TrainRequest) -> Generator[FileFailed | PreparingPatches | PatchesBuilt, None, TrainingSet]:
    """Load the training set and the validation set of a request.

    Yields
    ------
    PreparingPatches, FileFailed for each unusable image, and PatchesBuilt.

    Raises
    ------
    NoImages, PatchFileUnusable, InvalidSetting
    """
    test_set = None if request.test_set is None else (yield from _load_test_set(request, request.test_set))
    data = yield from (_load_patch_file if is_patch_file(request.source) else _load_images)(request)
    return replace(data, test_set=test_set)


def _load_test_set(
    request: TrainRequest, folder: Path
) -> Generator[FileFailed | PreparingPatches, None, ValidationSet]:
    """Read the test images. They are scored without degradation, as in the papers."""
    recipe = replace(request.recipe, degradation=NO_DEGRADATION, patch_size=8)  # small images can be scored too
    images = yield from patches.read_training_images(list_images(folder), request.info, recipe)
    if not images:
        reason = N_("None of its images can be used as a test image. Choose another folder.")
        raise NoImages(folder=folder, reason=reason)
    return ValidationSet(images, request.info)


def _load_images(request: TrainRequest) -> Generator[FileFailed | PreparingPatches | PatchesBuilt, None, TrainingSet]:
    """Read a folder of images, select the validation images, and cut patches from the other images."""
    files = list_images(request.source)
    yield from patches.report_subfolders(request.source)
    usable = yield from patches.read_training_images(files, request.info, request.recipe)
    patches.check_enough_images(usable, request.source, request.validation_size)
    train, validation = patches.split_validation(usable, request.validation_size, request.seed)
    build = build_crop_set if request.info.has_low_res_input else patches.build_patch_set
    patch_set: PatchSet | CropSet = yield from build(train, request.info, request.recipe, request.seed)
    by_usefulness = sorted(validation, key=lambda image: (not image.has_color, -image.luma.size))
    preview_images = tuple(image.path for image in by_usefulness)
    yield PatchesBuilt(len(patch_set), len(train), len(validation), preview_images)
    return TrainingSet(
        patch_set,
        ValidationSet(validation, request.info, request.recipe.degradation),
        {"name": _set_name(request.source), "images": len(train)},
        [image.path.name for image in validation],
        _hash_images(train),
        _hash_images(validation),
        preview_images,
    )


def _load_patch_file(request: TrainRequest) -> Generator[PatchesBuilt, None, TrainingSet]:
    """Read a patch file, and use its last patches for validation.

    Because adjacent patches overlap, some validation patches have pixels in common with training patches, and almost
    all of them do in a shuffled file. The validation PSNR is therefore too high.
    """
    patch_set = patch_files.read(request.source, request.info)
    train, validation = patches.split_validation_patches(patch_set, request.validation_size)
    yield PatchesBuilt(len(train), None, len(validation))
    return TrainingSet(
        train,
        ValidationPatches(validation, request.info),
        {"name": request.source.name, "patches": len(train)},
        {"patches": len(validation)},
        _hash_patches(train),
        _hash_patches(validation),
    )


def _set_name(folder: Path) -> str:
    """Return the name of a training set for the model card."""
    return STARTER if folder.resolve() == starter_set_folder().resolve() else folder.resolve().name


def _hash_images(images: list[TrainingImage]) -> str:
    """Return the SHA-256 of a set of images, which does not depend on their names or order."""
    return sha256("".join(sorted(image.content_hash for image in images)).encode()).hexdigest()


def _hash_patches(patch_set: PatchSet) -> str:
    """Return the SHA-256 of the inputs and labels of a patch set."""
    digest = sha256(patch_set.inputs.tobytes())
    digest.update(patch_set.labels.tobytes())
    return digest.hexdigest()
