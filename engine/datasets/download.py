"""Download the published image sets and the official weights, and verify their checksums.

The program contains only the addresses of the files, because the images have no stated license.
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from engine.datasets.events import FileFetched
from engine.datasets.folders import STARTER, starter_set_folder
from engine.datasets.request import FetchRequest
from engine.errors import N_, DownloadFailed, NotDownloaded, check, lazy_format
from engine.system import paths
from engine.system.files import os_error_reason

_ADDRESS_LIST = Path(__file__).parent / "addresses.tsv"
_TIMEOUT_S = 20  # seconds without data after which the next address is tried
# Names of the sets, and their folders in the data folder.
FOLDERS = {"t91": "T91", "set5": "Set5", "set14": "Set14", "official-weights": "official_weights"}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a published set, and the addresses to download it from.

    Attributes
    ----------
    path : path relative to the data folder
    size : size in bytes
    sha256 : SHA-256 checksum as hexadecimal text
    addresses : URLs to download the file from, in the order in which they are tried
    """

    path: str
    size: int
    sha256: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class FetchResult:
    """Result of a download, after which the set is complete.

    Attributes
    ----------
    folder : folder of the set
    file_count : number of files in the set
    downloaded_count : number of files that had to be downloaded. The others were already complete
    """

    folder: Path
    file_count: int
    downloaded_count: int


@cache
def list_files(name: str) -> tuple[RemoteFile, ...]:
    """Return the files of a published set.

    Parameters
    ----------
    name : "t91", "set5", "set14" or "official-weights"

    Raises
    ------
    InvalidSetting
        If there is no set with this name.
    """
    check(
        name in FOLDERS,
        N_("There is no set named “{name}”. Choose one of these sets: {known}."),
        name=name,
        known=", ".join(FOLDERS),
    )
    lines = _ADDRESS_LIST.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return tuple(
        RemoteFile(path, int(size), checksum, tuple(urls.split()))
        for set_name, path, size, checksum, urls in rows
        if set_name == name
    )


def is_downloaded(name: str, root: Path | None = None) -> bool:
    """Return whether all files of a set exist and have the right size. Checksums are not verified.

    Parameters
    ----------
    name : name of the set: "t91", "set5", "set14" or "official-weights"
    root : data folder that contains the folder of the set. By default, `paths.data_folder()`
    """
    root = root or paths.data_folder()
    return all(_size(root / file.path) == file.size for file in list_files(name))


def resolve_folder(name: Path) -> Path:
    """Return the folder for a command-line argument, which is a path or the name of an image set.

    An existing path takes precedence over a set of the same name. A path that does not exist and is not the name of a
    set is returned unchanged, except for the current folder, which is returned as an absolute path, because its name
    is empty.

    Raises
    ------
    NotDownloaded
        If the argument is the name of a set whose download is missing or incomplete.
    """
    folder = FOLDERS.get(str(name).lower())
    if str(name).lower() == STARTER and not name.exists():
        return starter_set_folder()
    if folder is None or name.exists():
        return name if name.name else name.resolve()
    if not is_downloaded(str(name).lower()):  # scores of an incomplete set would be misleading
        raise NotDownloaded(name=str(name).lower())
    return paths.data_folder() / folder


def run(request: FetchRequest) -> Generator[FileFetched, None, FetchResult]:
    """Download the files of a set. Files that already exist with the right checksum are kept.

    If a download is interrupted, call this function again to download the remaining files.

    Yields
    ------
    FileFetched
        For each file, including those that already exist.

    Raises
    ------
    InvalidSetting
        If there is no set with this name.
    DownloadFailed
        If a file could not be downloaded from any of its addresses.
    """
    files = list_files(request.name)
    root = request.folder or paths.data_folder()
    downloaded = 0
    for done, file in enumerate(files, start=1):
        target = root / file.path
        is_complete = _is_complete(target, file)
        if not is_complete:
            _download(file, target, request.mirror)
            downloaded += 1
        yield FileFetched(target, downloaded=not is_complete, done=done, total=len(files))
    return FetchResult(root / FOLDERS[request.name], len(files), downloaded)


def _download(file: RemoteFile, target: Path, mirror: str | None) -> None:
    """Download a file from the mirror if there is one, otherwise from the first address that provides it.

    Pooch writes a temporary file, and renames it to `target` if the checksum is right.

    Raises
    ------
    DownloadFailed
        If no address provides the file.
    """
    import pooch  # noqa: PLC0415 - importing it takes a third of a second, and only downloads need it
    import requests  # noqa: PLC0415

    pooch.get_logger().setLevel("WARNING")
    addresses = (f"{mirror.rstrip('/')}/{quote(file.path)}",) if mirror else file.addresses
    reason: str = ""
    for address in addresses:
        try:
            pooch.retrieve(
                address,
                known_hash=f"sha256:{file.sha256}",
                fname=target.name,
                path=target.parent,
                downloader=pooch.HTTPDownloader(timeout=_TIMEOUT_S),
            )
            return
        except requests.exceptions.RequestException as error:
            reason = _network_error_reason(error)
        except ValueError:  # raised by pooch for a wrong checksum
            reason = N_("The downloaded file has the wrong checksum.")
        except OSError as error:
            reason = os_error_reason(error)
    raise DownloadFailed(name=target.name, folder=target.parent, reason=reason)


def _network_error_reason(error: Exception) -> str:
    """Return a message for a network error that users understand."""
    from requests import exceptions  # noqa: PLC0415

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return N_("The file isn't on the server.")
    if status:
        return lazy_format(N_("The server responded with HTTP status {status}."), status=status)
    if isinstance(error, exceptions.Timeout):
        return N_("The server didn't respond in time.")
    if isinstance(error, exceptions.ChunkedEncodingError):
        return N_("The connection was interrupted.")
    if isinstance(error, exceptions.ConnectionError):  # includes proxy and certificate errors
        return N_("The server can't be reached. Check your internet connection.")
    return lazy_format(N_("The download failed with this error: {error}."), error=type(error).__name__)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _is_complete(path: Path, file: RemoteFile) -> bool:
    """Return whether a file exists and has the published size and checksum."""
    return _size(path) == file.size and sha256(path.read_bytes()).hexdigest() == file.sha256
