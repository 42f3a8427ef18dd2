"""Settings of a batch. They are checked when a request is created."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.errors import N_, BadRequest
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class BatchRequest:
    """Settings for upscaling the images of folders into an output folder with the same structure.

    Attributes
    ----------
    sources : folders and single images
    output : folder for the results. It is created if it does not exist
    upscale : settings for upscaling each image
    recursive : whether to include subfolders
    include, exclude : patterns of images to include or to exclude, such as `*.png` or `2019/*`
    template : template for the file names of the results, see `engine.batch.naming`
    if_exists : what to do if a file exists: "skip" the image, add a "number" to the name, or "overwrite" the file
    extension : file extension of the results, such as ".png". If it is empty, each result has the extension of its
        source
    metadata : whether to keep the color profile, EXIF and resolution
    reprocess : whether to process images again that are already done
    journals : folder for the journals, or None for the default folder
    """

    sources: tuple[Path, ...]
    output: Path
    upscale: UpscaleRequest
    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    template: str = "{name}_x{scale}"
    if_exists: IfExists = "number"
    extension: str = ""
    metadata: bool = True
    reprocess: bool = False
    journals: Path | None = None

    def __post_init__(self) -> None:
        if not self.sources:
            raise BadRequest(setting=N_("The number of sources"), value=0, allowed=N_("at least 1"))
        if self.if_exists not in IF_EXISTS_CHOICES:
            allowed = ", ".join(IF_EXISTS_CHOICES)
            raise BadRequest(setting=N_("The collision policy"), value=self.if_exists, allowed=allowed)
        if self.upscale.simulate:
            allowed = N_("left out: a batch has none")
            raise BadRequest(setting=N_("The ground truth"), value=N_("asked for"), allowed=allowed)
        naming.validate(self.template, self.extension)
