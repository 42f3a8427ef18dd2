"""Settings of the download job."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import N_, check


@dataclass(frozen=True)
class FetchRequest:
    """Settings for downloading a published set.

    Attributes
    ----------
    name : "t91", "set5", "set14" or "official-weights"
    folder : data folder, in which the folder of the set is created. By default, `paths.data_folder()`
    mirror : http or https URL to download from instead of the published addresses. The paths of the files relative to
        this URL must be the same as their paths relative to the data folder
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
