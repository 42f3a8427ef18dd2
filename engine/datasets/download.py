"""Download the published picture sets and the authors' weights, checked, one file at a time.

The list of addresses comes with the program; the pictures do not, since nobody states a licence for them.
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from engine.datasets.events import FileFetched
from engine.datasets.folders import STARTER, starter_folder
from engine.datasets.request import FetchRequest
from engine.errors import BadRequest, DownloadFailed, NotDownloaded, fill, mark
from engine.system import paths
from engine.system.files import reason_of

_ADDRESSES = Path(__file__).parent / "addresses.tsv"
_PATIENCE_S = 20  # without a byte before an address is given up
FOLDERS = {"t91": "T91", "set5": "Set5", "set14": "Set14", "official-weights": "official_weights"}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a set: where it belongs below the data folder, what it must be, where it can be had."""

    path: str
    size: int
    sha256: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Fetched:
    """A complete set: its folder, and how many of its files had to be downloaded."""

    folder: Path
    files: int
    downloaded: int


@cache
def files_of(name: str) -> tuple[RemoteFile, ...]:
    """The files of "t91", "set5", "set14" or "official-weights"; raises BadRequest for another name."""
    if name not in FOLDERS:
        raise BadRequest(setting=mark("The set"), value=name, allowed=", ".join(FOLDERS))
    rows = [row.split("\t") for row in _ADDRESSES.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    files = (RemoteFile(path, int(size), sha, tuple(urls.split())) for of, path, size, sha, urls in rows if of == name)
    return tuple(files)


def is_there(name: str, root: Path | None = None) -> bool:
    """Whether every file of a set is in its place with the right size; contents are checked by `run`."""
    root = root or paths.data()
    return all(_size(root / file.path) == file.size for file in files_of(name))


def folder_named(name: Path) -> Path:
    """The folder a person means: one that exists, or else the set of that name: downloaded, or the starter set.

    Raises
    ------
    NotDownloaded
        If it is the name of a set that is not here.
    """
    known = FOLDERS.get(str(name).lower())
    if str(name).lower() == STARTER and not name.exists():
        return starter_folder()
    if known is None or name.exists():
        return name
    if not is_there(str(name).lower()):  # a part of a set would give a figure under the set's name
        raise NotDownloaded(name=str(name).lower())
    return paths.data() / known


def run(request: FetchRequest) -> Generator[FileFetched, None, Fetched]:
    """Bring every file of a set into its folder; a file that is there and right is left alone.

    Stopped or failed half way, the next run goes on with the files still missing. A person's own copy of a file
    counts, if it is the same to the last bit.

    Yields
    ------
    FileFetched for every file, in the order of the list

    Raises
    ------
    BadRequest
        For an unknown set.
    DownloadFailed
        With the file, its folder and the reason, after every address of the file was tried.
    """
    files = files_of(request.name)
    root = request.folder or paths.data()
    downloaded = 0
    for done, file in enumerate(files, start=1):
        target = root / file.path
        there = _is_right(target, file)
        if not there:
            _download(file, target, request.mirror)
            downloaded += 1
        yield FileFetched(target, downloaded=not there, done=done, total=len(files))
    return Fetched(root / FOLDERS[request.name], len(files), downloaded)


def _download(file: RemoteFile, target: Path, mirror: str | None) -> None:
    """Try the addresses in turn; pooch writes to a temporary file and renames it once its checksum is right."""
    import pooch  # noqa: PLC0415 - with requests behind it a third of a second, for this command alone
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
                downloader=pooch.HTTPDownloader(timeout=_PATIENCE_S),
            )
            return
        except requests.exceptions.RequestException as error:
            reason = _short(error)
        except ValueError:  # pooch's word for a checksum that does not match
            reason = mark("what came is not the file that was published.")
        except OSError as error:
            reason = reason_of(error)
    raise DownloadFailed(name=target.name, folder=target.parent, reason=reason)


def _short(error: Exception) -> str:
    """The kind of a network error: its text is a page of nested Python."""
    from requests import exceptions  # noqa: PLC0415

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return mark("the server does not have it.")
    if status:
        return fill(mark("the server answered {status}."), status=status)
    if isinstance(error, exceptions.Timeout):
        return mark("no answer came in time.")
    if isinstance(error, exceptions.ChunkedEncodingError):
        return mark("the connection broke off.")
    if isinstance(error, exceptions.ConnectionError):  # a proxy's and a certificate's trouble too
        return mark("the server could not be reached.")
    return f"{type(error).__name__}."


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _is_right(path: Path, file: RemoteFile) -> bool:
    """Whether a file is there with the published contents."""
    return _size(path) == file.size and sha256(path.read_bytes()).hexdigest() == file.sha256
