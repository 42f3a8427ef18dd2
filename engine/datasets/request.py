"""Settings of the job that downloads a published set."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import N_, check


@dataclass(frozen=True)
class FetchRequest:
    """Settings for downloading a published set.

    Attributes
    ----------
    name : "t91", "set5", "set14" or "official-weights"
    folder : data folder; None for the default
    mirror : http or https address to download from instead of the published addresses; None for those
        The files must have the same paths below this address as below the data folder.
    """

    name: str
    folder: Path | None = None
    mirror: str | None = None

    def __post_init__(self) -> None:
        mirror_ok = self.mirror is None or self.mirror.startswith(("http://", "https://"))
        check(
            mirror_ok,
            N_("The mirror {address} isn't a web address. Use an address that starts with http:// or https://."),
            address=self.mirror,
        )
