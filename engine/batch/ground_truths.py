"""Ground truths of the images in a batch: search by name, and checks of their size."""

import unicodedata
from pathlib import Path, PurePosixPath

from engine.batch import listing
from engine.errors import N_, EngineError, LazyMessage, Message, NoImages, SizeMismatch, lazy_format
from engine.imaging.codecs import image_files
from engine.imaging.image import Image
from engine.upscaling import low_res

NOT_FOUND = N_("The result isn't scored, because no ground truth has the name of the image.")
TOO_SMALL = N_("The result isn't scored, because the image is too small for scores.")


class GroundTruths:
    """The ground truths in a folder and its subfolders.

    An image and its ground truth have the same name, apart from the file extension and from case.

    Parameters
    ----------
    folder : folder with the ground truths

    Raises
    ------
    NoImages
        The folder contains no images.
    SourceUnreadable
        The folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        files = listing.find_images((folder,)).files
        if not files:
            reason = N_("Choose a folder with image files that aren't hidden.")
            raise NoImages(folder=folder, reason=reason)
        self._by_path: dict[str, Path] = {}
        self._by_name: dict[str, list[Path]] = {}
        for file in files:
            self._by_path.setdefault(_key(file.path), file.source)
            self._by_name.setdefault(_key(PurePosixPath(file.path).name), []).append(file.source)

    def find(self, path: str) -> Path | None:
        """Return the ground truth of an image, or None if there is none.

        If no ground truth has the same path relative to its folder, one with the same file name is used, provided
        that no other ground truth has this name.

        Parameters
        ----------
        path : path of the image relative to the input folder
        """
        if (exact := self._by_path.get(_key(path))) is not None:
            return exact
        named = self._by_name.get(_key(PurePosixPath(path).name), [])
        return named[0] if len(named) == 1 else None

    def read(self, path: str) -> Image | LazyMessage | Message:
        """Return the ground truth of an image, or a sentence about why there is none."""
        source = self.find(path)
        if source is None:
            return NOT_FOUND
        try:
            return image_files.read(source)
        except EngineError as error:
            return _not_scored(error)


def check_size(ground_truth: Image, size: tuple[int, int], scale_factor: float) -> LazyMessage | None:
    """Return a sentence about why a ground truth does not match a result, or None if it matches.

    Parameters
    ----------
    size : (height, width) of the result in px
    scale_factor : scale factor of the result
    """
    try:
        low_res.crop_to_result(ground_truth.pixels, size, scale_factor)
    except SizeMismatch as error:
        return _not_scored(error)
    return None


def _not_scored(error: EngineError) -> LazyMessage:
    reason = lazy_format(error.message, **error.facts)
    return lazy_format(N_("The result isn't scored. {reason}"), reason=reason)


def _key(path: str) -> str:
    """Return a path without its extension, in a form that is equal for paths that differ only in case."""
    return unicodedata.normalize("NFC", str(PurePosixPath(path).with_suffix(""))).casefold()
