"""The request of a batch."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import IF_EXISTS_CHOICES, IfExists
from engine.errors import N_, BadRequest
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class BatchRequest:
    """Upscale the images of folders into an output folder with the same structure.

    Attributes
    ----------
    sources : folders and single images
    output : folder of the results; created if it does not exist
    upscale : how each image is upscaled
    recursive : include subfolders
    include, exclude : patterns of images to include or exclude, such as `*.png` or `2019/*`
    template : file name of the results, see `engine.batch.naming`
    if_exists : what to do if a file exists: "skip" the image, "number" the result, or "overwrite" the file
    extension : file extension of the results, such as ".png"; empty for the extension of each source
    metadata : keep color profile, EXIF and resolution
    reprocess : process images again that are done
    journals : folder of the journals; None for the default folder
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
