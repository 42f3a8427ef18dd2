"""The request to download a set."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import N_, check


@dataclass(frozen=True)
class FetchRequest:
    """Download a published set.

    Attributes
    ----------
    name : "t91", "set5", "set14" or "official-weights"
    folder : the data folder; None for the default
    mirror : an http or https address to use instead of the published ones, with the same relative paths below it
    """

    name: str
    folder: Path | None = None
    mirror: str | None = None

    def __post_init__(self) -> None:
        mirror_ok = self.mirror is None or self.mirror.startswith(("http://", "https://"))
        check(mirror_ok, N_("The mirror"), self.mirror, N_("an http or https address"))
