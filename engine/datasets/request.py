"""The request of a download."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import mark, require


@dataclass(frozen=True)
class FetchRequest:
    """Download a published set.

    Attributes
    ----------
    name : "t91", "set5", "set14" or "official-weights"
    folder : where the sets lie; the program's own data folder if None
    mirror : an address (http or https) below which the files lie by their names, tried instead of the published ones
    """

    name: str
    folder: Path | None = None
    mirror: str | None = None

    def __post_init__(self) -> None:
        mirror_ok = self.mirror is None or self.mirror.startswith(("http://", "https://"))
        require(mirror_ok, mark("The mirror"), self.mirror, mark("an http or https address"))
