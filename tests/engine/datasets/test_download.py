"""Downloads, from a server on this machine: complete, cut short, wrong, missing, resumed."""

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
from engine.errors import BadRequest, DownloadFailed, NotDownloaded


class Server:
    """Serves what `answers` says for a path: bytes, a status, or "cut" for a connection that breaks off."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | int | str] = {}
        self.asked: list[str] = []
        self.folder: Path | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(self.path).lstrip("/")
                server.asked.append(path)
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
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


CONTENT = {"Set5/a.bmp": b"first picture", "Set5/b (1).bmp": b"second picture"}


@pytest.fixture
def small_set(server, monkeypatch) -> None:
    """A published set of two files, each with a good address and an alternate."""

    def files_of(_name: str) -> tuple[RemoteFile, ...]:
        return tuple(
            RemoteFile(path, len(content), sha256(content).hexdigest(), addresses(path))
            for path, content in CONTENT.items()
        )

    def addresses(path: str) -> tuple[str, ...]:
        name = path.replace(" ", "%20")
        return f"{server.address}/first/{name}", f"{server.address}/second/{name}"

    monkeypatch.setattr(download, "files_of", files_of)
    for path, content in CONTENT.items():
        server.answers[f"first/{path}"] = content
        server.answers[f"second/{path}"] = content


def run(folder: Path, **more: str) -> tuple[list, download.Fetched]:
    job = download.run(FetchRequest("set5", folder, **more))
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


def test_a_set_is_fetched_whole(small_set, server, tmp_path):
    events, result = run(tmp_path)
    assert {path: (tmp_path / path).read_bytes() for path in CONTENT} == CONTENT
    assert [(event.done, event.total, event.downloaded) for event in events] == [(1, 2, True), (2, 2, True)]
    assert (result.folder, result.downloaded) == (tmp_path / "Set5", 2)
    assert not [path for path in server.asked if path.startswith("second")]


def test_what_is_there_and_right_is_not_asked_for(small_set, server, tmp_path):
    (tmp_path / "Set5").mkdir()
    (tmp_path / "Set5" / "a.bmp").write_bytes(CONTENT["Set5/a.bmp"])
    events, _result = run(tmp_path)
    assert [event.downloaded for event in events] == [False, True]
    assert server.asked == ["first/Set5/b (1).bmp"]


def test_a_damaged_file_is_fetched_again(small_set, tmp_path):
    (tmp_path / "Set5").mkdir()
    (tmp_path / "Set5" / "a.bmp").write_bytes(b"x" * len(CONTENT["Set5/a.bmp"]))
    run(tmp_path)
    assert (tmp_path / "Set5" / "a.bmp").read_bytes() == CONTENT["Set5/a.bmp"]


def translated(error: DownloadFailed) -> list[str]:
    """The words of ours that another language has to know."""
    asked: list[str] = []
    error.sentence(lambda words: asked.append(words) or words)
    return asked


@pytest.mark.parametrize("trouble", [404, 500, "cut", b"other bytes"])
def test_trouble_at_the_first_address_is_mended_by_the_second(small_set, server, tmp_path, trouble):
    server.answers["first/Set5/a.bmp"] = trouble
    run(tmp_path)
    assert (tmp_path / "Set5" / "a.bmp").read_bytes() == CONTENT["Set5/a.bmp"]
    assert "second/Set5/a.bmp" in server.asked


@pytest.mark.parametrize(
    ("trouble", "says"),
    [(404, "does not have it"), (500, "500"), ("cut", "broke off"), (b"other bytes", "not the file")],
)
def test_trouble_everywhere_names_file_folder_and_reason(small_set, server, tmp_path, trouble, says):
    for place in ("first", "second"):
        server.answers[f"{place}/Set5/b (1).bmp"] = trouble
    with pytest.raises(DownloadFailed) as failed:
        run(tmp_path)
    said = str(failed.value)
    assert says in said
    assert any(says in words.format_map({"status": 500} | failed.value.facts) for words in translated(failed.value))
    assert "b (1).bmp" in said
    assert str(tmp_path / "Set5") in said
    assert [path.name for path in (tmp_path / "Set5").iterdir()] == ["a.bmp"], "no half file, and the good one stays"
    for place in ("first", "second"):
        server.answers[f"{place}/Set5/b (1).bmp"] = CONTENT["Set5/b (1).bmp"]
    server.asked.clear()
    run(tmp_path)
    assert server.asked == ["first/Set5/b (1).bmp"], "the next run goes on where this one ended"


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
def test_nobody_there_is_a_sentence(small_set, tmp_path, monkeypatch, proxy):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(DownloadFailed, match="could not be reached") as failed:
        run(tmp_path, mirror="http://127.0.0.1:9")
    assert "the server could not be reached." in translated(failed.value)


def test_the_real_list_fetches_set5_from_a_mirror(server, data_folder, tmp_path):
    server.folder = data_folder
    _events, result = run(tmp_path, mirror=server.address)
    assert result.files == 5
    for path in sorted((tmp_path / "Set5").iterdir()):
        assert path.read_bytes() == (data_folder / "Set5" / path.name).read_bytes()


def test_the_list_is_complete_and_has_public_addresses():
    counts = {name: len(download.files_of(name)) for name in download.FOLDERS}
    assert counts == {"t91": 91, "set5": 5, "set14": 14, "official-weights": 8}
    for name in download.FOLDERS:
        for file in download.files_of(name):
            assert file.addresses
            assert all(address.startswith("https://") for address in file.addresses)
            assert len(file.sha256) == 64
            assert file.size > 0


def test_the_list_of_addresses_is_read_once(monkeypatch):
    first = download.files_of("set5")
    monkeypatch.setattr(download, "_ADDRESSES", Path("/nonexistent/addresses.tsv"))
    assert download.files_of("set5") == first


def test_another_name_or_mirror_is_refused():
    with pytest.raises(BadRequest, match="set5"):
        next(download.run(FetchRequest("set6")))
    with pytest.raises(BadRequest, match="mirror"):
        FetchRequest("set5", mirror="file:///etc")


def test_a_set_is_found_by_its_name_once_it_is_whole(small_set, tmp_path, monkeypatch):
    monkeypatch.setattr(download.paths, "data", lambda: tmp_path)
    monkeypatch.chdir("/")
    with pytest.raises(NotDownloaded, match="srcnn data fetch set5"):
        download.folder_named(Path("set5"))
    run(tmp_path)
    assert download.folder_named(Path("set5")) == tmp_path / "Set5"
    assert download.folder_named(Path("elsewhere")) == Path("elsewhere")
    assert (download.folder_named(Path("starter")) / "cat.png").is_file()
