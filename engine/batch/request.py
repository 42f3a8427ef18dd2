"""The request of a batch: frozen, and validated when it is created."""

from dataclasses import dataclass
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import COLLISIONS, Collision
from engine.errors import BadRequest, mark
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class BatchRequest:
    """Enlarge every picture of some folders into another folder, which gets the same tree.

    Attributes
    ----------
    sources : folders, and single pictures
    output : the folder for the results; made if it does not exist
    upscale : how each is enlarged
    recursive : the folders below too
    include, exclude : patterns of the pictures wanted and not wanted: `*.png`, `2019/*`
    template : what a result is called, see `engine.batch.naming`
    collision : where a file of that name lies already: "skip" the picture, "number" the result, "overwrite" it
    ending : of the results, ".png"; empty for that of each source
    metadata : keep profile, EXIF and resolution
    again : do what is done already once more
    journals : the folder of the journals; the program's own if None
    """

    sources: tuple[Path, ...]
    output: Path
    upscale: UpscaleRequest
    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    template: str = "{name}_x{scale}"
    collision: Collision = "number"
    ending: str = ""
    metadata: bool = True
    again: bool = False
    journals: Path | None = None

    def __post_init__(self) -> None:
        if not self.sources:
            raise BadRequest(setting=mark("The number of sources"), value=0, allowed=mark("at least 1"))
        if self.collision not in COLLISIONS:
            allowed = ", ".join(COLLISIONS)
            raise BadRequest(setting=mark("The collision policy"), value=self.collision, allowed=allowed)
        if self.upscale.reference:
            allowed = mark("left out: a batch has none")
            raise BadRequest(setting=mark("The ground truth"), value=mark("asked for"), allowed=allowed)
        naming.check(self.template, self.ending)
