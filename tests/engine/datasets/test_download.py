"""Downloads from a local server: complete, truncated, wrong, missing, resumed."""

import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from engine.datasets import download
from engine.datasets.download import RemoteFile
from engine.datasets.request import FetchRequest
from engine.errors import DownloadFailed, InvalidSetting, NotDownloaded


class Server:
    """HTTP server with an answer for each path: bytes, an error status, or "cut" for a broken connection."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | int | str] = {}
        self.requests: list[str] = []
        self.folder: Path | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(self.path).lstrip("/")
                server.requests.append(path)
                answer = server.answers.get(path, 404)
                if server.folder is not None:
                    answer = (server.folder / path).read_bytes()
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                body = b"half of it" if answer == "cut" else answer
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) * 2 if answer == "cut" else len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Do not log."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    test_server = Server()
    thread = threading.Thread(target=test_server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield test_server
    test_server.http.shutdown()
    test_server.http.server_close()
    thread.join()


CONTENT = {"Set5/a.bmp": b"first image", "Set5/b (1).bmp": b"second image"}


@pytest.fixture
def small_set(server, monkeypatch) -> None:
    """Replace the list of published sets with one set of two files, each with two addresses."""

    def list_files(_name: str) -> tuple[RemoteFile, ...]:
        return tuple(
            RemoteFile(path, len(content), sha256(content).hexdigest(), addresses(path))
            for path, content in CONTENT.items()
        )

    def addresses(path: str) -> tuple[str, ...]:
        name = path.replace(" ", "%20")
        return f"{server.address}/first/{name}", f"{server.address}/second/{name}"

    monkeypatch.setattr(download, "list_files", list_files)
    for path, content in CONTENT.items():
        server.answers[f"first/{path}"] = content
        server.answers[f"second/{path}"] = content


def run_download(folder: Path, **more: str) -> tuple[list, download.FetchResult]:
    job = download.run(FetchRequest("set5", folder, **more))
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


def test_complete_set_is_downloaded(small_set, server, tmp_path):
    events, result = run_download(tmp_path)
    assert {path: (tmp_path / path).read_bytes() for path in CONTENT} == CONTENT
    assert [(event.done, event.total, event.downloaded) for event in events] == [(1, 2, True), (2, 2, True)]
    assert (result.folder, result.downloaded_count) == (tmp_path / "Set5", 2)
    assert not [path for path in server.requests if path.startswith("second")]


def test_complete_files_are_not_downloaded_again(small_set, server, tmp_path):
    (tmp_path / "Set5").mkdir()
    (tmp_path / "Set5" / "a.bmp").write_bytes(CONTENT["Set5/a.bmp"])
    events, _result = run_download(tmp_path)
    assert [event.downloaded for event in events] == [False, True]
    assert server.requests == ["first/Set5/b (1).bmp"]


def test_damaged_file_is_downloaded_again(small_set, tmp_path):
    (tmp_path / "Set5").mkdir()
    (tmp_path / "Set5" / "a.bmp").write_bytes(b"x" * len(CONTENT["Set5/a.bmp"]))
    run_download(tmp_path)
    assert (tmp_path / "Set5" / "a.bmp").read_bytes() == CONTENT["Set5/a.bmp"]


def message_ids(error: DownloadFailed) -> list[str]:
    """Return the untranslated messages of an error, in the order of their lookup."""
    requested: list[str] = []
    error.translated_message(lambda text: requested.append(text) or text)
    return requested


@pytest.mark.parametrize("failure", [404, 500, "cut", b"other bytes"])
def test_second_address_is_tried_after_a_failure(small_set, server, tmp_path, failure):
    server.answers["first/Set5/a.bmp"] = failure
    run_download(tmp_path)
    assert (tmp_path / "Set5" / "a.bmp").read_bytes() == CONTENT["Set5/a.bmp"]
    assert "second/Set5/a.bmp" in server.requests


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(404, "isn't on the server"), (500, "500"), ("cut", "was interrupted"), (b"other bytes", "checksum")],
)
def test_failure_of_all_addresses_names_file_folder_and_reason(small_set, server, tmp_path, failure, expected):
    for place in ("first", "second"):
        server.answers[f"{place}/Set5/b (1).bmp"] = failure
    with pytest.raises(DownloadFailed) as failed:
        run_download(tmp_path)
    message = str(failed.value)
    assert expected in message
    assert any(expected in text.format_map({"status": 500} | failed.value.facts) for text in message_ids(failed.value))
    assert "b (1).bmp" in message
    assert str(tmp_path / "Set5") in message
    assert [path.name for path in (tmp_path / "Set5").iterdir()] == ["a.bmp"], "no half file, and the good one stays"
    for place in ("first", "second"):
        server.answers[f"{place}/Set5/b (1).bmp"] = CONTENT["Set5/b (1).bmp"]
    server.requests.clear()
    run_download(tmp_path)
    assert server.requests == ["first/Set5/b (1).bmp"], "the next run goes on where this one ended"


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
def test_unreachable_server_is_an_engine_error(small_set, tmp_path, monkeypatch, proxy):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(DownloadFailed, match="can't be reached") as failed:
        run_download(tmp_path, mirror="http://127.0.0.1:9")
    assert "The server can't be reached. Check your internet connection." in message_ids(failed.value)


def test_set5_is_downloaded_from_a_mirror(server, data_folder, tmp_path):
    server.folder = data_folder
    _events, result = run_download(tmp_path, mirror=server.address)
    assert result.file_count == 5
    for path in sorted((tmp_path / "Set5").iterdir()):
        assert path.read_bytes() == (data_folder / "Set5" / path.name).read_bytes()


def test_address_list_is_complete_and_public():
    counts = {name: len(download.list_files(name)) for name in download.FOLDERS}
    assert counts == {"t91": 91, "set5": 5, "set14": 14, "official-weights": 8}
    for name in download.FOLDERS:
        for file in download.list_files(name):
            assert file.addresses
            assert all(address.startswith("https://") for address in file.addresses)
            assert len(file.sha256) == 64
            assert file.size > 0


def test_address_list_is_read_once(monkeypatch):
    first = download.list_files("set5")
    monkeypatch.setattr(download, "_ADDRESS_LIST", Path("/nonexistent/addresses.tsv"))
    assert download.list_files("set5") == first


def test_unknown_set_and_invalid_mirror_are_refused():
    with pytest.raises(InvalidSetting, match="set5"):
        next(download.run(FetchRequest("set6")))
    with pytest.raises(InvalidSetting, match="mirror"):
        FetchRequest("set5", mirror="file:///etc")


def test_downloaded_set_is_found_by_its_name(small_set, tmp_path, monkeypatch):
    monkeypatch.setattr(download.paths, "data_folder", lambda: tmp_path)
    monkeypatch.chdir("/")
    with pytest.raises(NotDownloaded, match="set5"):
        download.resolve_folder(Path("set5"))
    run_download(tmp_path)
    assert download.resolve_folder(Path("set5")) == tmp_path / "Set5"
    assert download.resolve_folder(Path("elsewhere")) == Path("elsewhere")
    assert download.resolve_folder(Path()) == Path.cwd()
    assert (download.resolve_folder(Path("starter")) / "cat.png").is_file()
