"""Settings of a batch. They are checked when a request is created."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.errors import N_, check
from engine.imaging.codecs.formats import OutputOptions
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class BatchRequest:
    """Settings for upscaling folders of images into an output folder with the same subfolders.

    Attributes
    ----------
    sources : folders and single images
    output : folder for the results. It is created if it does not exist
    upscale : settings for upscaling each image
    recursive : whether to include subfolders
    include, exclude : patterns for the images to include or exclude, such as `*.png` or `2019/*`
    template : template for the file names of the results, see `engine.batch.naming`
    if_exists : what to do if a file exists: "skip" skips the image, "number" adds a number to the name of the result,
        and "overwrite" replaces the file
    save : options for saving the results
    reprocess : whether to process all images, including those that are already done
    journal_folder : folder for the journals, or None for the default folder
    ground_truth : folder with ground truths, by which the results are scored. None if the results are not scored
    excluded_files : absolute paths of images in the sources that are not part of the batch
    order : absolute paths of images in the order of processing. The others follow, sorted by path
    only : absolute paths of the images to process, or None for all. The other images stay queued
    formats : file formats for single images, such as "png", by absolute path. The others have the format in `save`
    """

    sources: tuple[Path, ...]
    output: Path
    upscale: UpscaleRequest
    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    template: str = "{name}_x{scale}"
    if_exists: IfExists = "number"
    save: OutputOptions = OutputOptions(keep_time=True)
    reprocess: bool = False
    journal_folder: Path | None = None
    ground_truth: Path | None = None
    excluded_files: frozenset[Path] = frozenset()
    order: tuple[Path, ...] = ()
    only: frozenset[Path] | None = None
    formats: Mapping[Path, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(bool(self.sources), N_("The batch has no input. Choose at least one folder or image."))
        check(
            self.if_exists in IF_EXISTS_CHOICES,
            N_("“{policy}” isn't a valid action for existing files. Choose one of these: {known}."),
            policy=self.if_exists,
            known=", ".join(IF_EXISTS_CHOICES),
        )
        check(not self.upscale.simulate, N_("Batches don't support simulations. Turn off the simulation."))
        naming.check_template(self.template, self.save.extension)

    def save_options(self, source: Path) -> OutputOptions:
        """Return the options for saving the result of an image."""
        file_format = self.formats.get(source)
        return replace(self.save, format=file_format) if file_format else self.save


@dataclass(frozen=True)
class WatchRequest:
    """Settings for upscaling images as they are added to folders.

    Attributes
    ----------
    batch : settings of the batch. Its sources are folders
    interval_s : time in seconds between scans of the folders. A file is processed once it has been unchanged
        for at least this time
    """

    batch: BatchRequest
    interval_s: float = 2.0

    def __post_init__(self) -> None:
        check(
            0.1 <= self.interval_s <= 3600,
            N_("The interval is {value} seconds. Choose a value from 0.1 to 3600 seconds."),
            value=self.interval_s,
        )
