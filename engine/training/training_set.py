"""What a run learns from and is measured on: patches of pictures, or a patch file, some kept apart."""

from collections.abc import Generator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.datasets.folders import STARTER, pictures_in, starter_folder
from engine.training import patch_files, patches
from engine.training.events import Gathering, PatchesBuilt
from engine.training.patches import PatchSet, TrainingPicture
from engine.training.request import TrainRequest, is_patch_file
from engine.training.validation import HeldOut, HeldOutPatches


@dataclass(frozen=True)
class TrainingSet:
    """Patches to learn from and what to measure by.

    Attributes
    ----------
    patch_set : to learn from
    held_out : to measure by
    trained_on : for the model card: the set's name, and how many "images" or "patches" of it
    kept_apart : for the model card: the names of the images, or how many "patches" at the file's end
    sha256, held_out_sha256 : of the pixels, whatever their files' names
    to_show : the pictures kept apart: the largest photograph in colour first; none of a patch file
    """

    patch_set: PatchSet
    held_out: HeldOut | HeldOutPatches
    trained_on: dict[str, str | int]
    kept_apart: list[str] | dict[str, int]
    sha256: str
    held_out_sha256: str
    to_show: tuple[Path, ...] = ()


def gather(request: TrainRequest) -> Generator[FileFailed | Gathering | PatchesBuilt, None, TrainingSet]:
    """Read what a run learns from, and keep some of it apart; what cannot be used is yielded with the reason.

    Raises
    ------
    NoPictures, PatchFileUnusable
    """
    if is_patch_file(request.source):
        return (yield from _of_file(request))
    return (yield from _of_pictures(request))


def _of_pictures(request: TrainRequest) -> Generator[FileFailed | Gathering | PatchesBuilt, None, TrainingSet]:
    """Read the pictures, keep some apart, cut the rest into patches."""
    usable = yield from patches.read_training_pictures(pictures_in(request.source), request.spec.scale)
    train, kept_apart = patches.split_held_out(usable, request.held_out, request.seed)
    patch_set = yield from patches.build(train, request.spec, request.recipe, request.seed)
    best_to_see = sorted(kept_apart, key=lambda picture: (not picture.is_colour, -picture.luma.size))
    to_show = tuple(picture.path for picture in best_to_see)
    yield PatchesBuilt(len(patch_set), len(train), len(kept_apart), to_show)
    return TrainingSet(
        patch_set,
        HeldOut(kept_apart, request.spec),
        {"name": _name_of(request.source), "images": len(train)},
        [picture.path.name for picture in kept_apart],
        _content(train),
        _content(kept_apart),
        to_show,
    )


def _of_file(request: TrainRequest) -> Generator[PatchesBuilt, None, TrainingSet]:
    """Read a patch file and keep its last patches apart.

    Neighbours overlap: a few of them, or in a shuffled file nearly all, share pixels with what is learned from, so
    that the held-out PSNR flatters.
    """
    whole = patch_files.read(request.source, request.spec)
    train, kept_apart = patches.split_last(whole, request.held_out)
    yield PatchesBuilt(len(train), None, len(kept_apart))
    return TrainingSet(
        train,
        HeldOutPatches(kept_apart, request.spec),
        {"name": request.source.name, "patches": len(train)},
        {"patches": len(kept_apart)},
        _pixels(train),
        _pixels(kept_apart),
    )


def _name_of(folder: Path) -> str:
    """What to call a folder of pictures in a model's card."""
    return STARTER if folder.resolve() == starter_folder().resolve() else folder.resolve().name


def _content(pictures: list[TrainingPicture]) -> str:
    """A hash of a set of pictures, whatever their names and order."""
    return sha256("".join(sorted(picture.content for picture in pictures)).encode()).hexdigest()


def _pixels(patch_set: PatchSet) -> str:
    """A hash of a patch set."""
    digest = sha256(patch_set.inputs.tobytes())
    digest.update(patch_set.labels.tobytes())
    return digest.hexdigest()
