"""Reports as CSV, JSON and HTML."""

import csv
import json
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from math import inf
from pathlib import Path

import PIL.Image
import pytest

from engine.batch import html_report, report
from engine.batch.outcome import Outcome
from engine.errors import InvalidSetting, ReportUnwritable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.metrics import Score

OUTCOMES = (
    Outcome(Path("in/ü, 猫.png"), Path("out/ü.png"), "done", "", 90, 60, 1234, 0.12345, ("One.", "Two.")),
    Outcome(
        Path("in/scored.png"),
        Path("out/scored.png"),
        "done",
        model="compact-s-x2",
        model_reason="It is chosen.",
        score=Score(inf, 0.98765432),
        bicubic_score=Score(30.123456, 0.9),
    ),
    Outcome(Path("in/b.png"), Path("out/b.png"), "failed", 'b.png said "no".'),
    Outcome(Path("in/c.png"), Path("out/c.png"), "queued"),
)


def test_csv_and_json_are_equivalent(tmp_path):
    for name in ("r.csv", "r.json"):
        report.write(OUTCOMES, tmp_path / name)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert rows["counts"] == {"done": 2, "skipped": 0, "failed": 1, "queued": 1}
    assert rows["files"][0]["warnings"] == ["One.", "Two."]
    flat = [one | {"warnings": " ".join(one["warnings"])} for one in rows["files"]]
    assert [{key: "" if value is None else str(value) for key, value in one.items()} for one in flat] == table
    assert (table[1]["psnr"], table[1]["ssim"], table[1]["bicubic_psnr"]) == ("inf", "0.987654", "30.1235")
    assert (table[1]["model"], table[1]["model_reason"]) == ("compact-s-x2", "It is chosen.")
    assert rows["mean"] == {"psnr": "inf", "ssim": 0.987654, "bicubic_psnr": 30.1235, "bicubic_ssim": 0.9}
    assert (table[0]["source"], table[0]["seconds"]) == (str(Path("in/ü, 猫.png")), "0.123")
    assert table[2]["reason"] == 'b.png said "no".'


class _Elements(HTMLParser):
    """Parser that collects the attributes of all elements, and the text."""

    def __init__(self, document):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def images(self):
        """Return the embedded images."""
        sources = [attributes["src"] for tag, attributes in self.elements if tag == "img"]
        assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
        return [PIL.Image.open(BytesIO(b64decode(source.partition(",")[2]))) for source in sources]


@pytest.fixture
def upscaled(tmp_path, texture):
    """Return the outcome of an image with transparency and 16 bits, named like a tag."""
    source, output = tmp_path / "a <b> & c.png", tmp_path / "result.png"
    pixels = texture(120, 200).astype("uint16") * 257
    image_files.write(Image(pixels, pixels[:, :, 0]), source)
    image_files.write(Image(pixels.repeat(2, 0).repeat(2, 1)), output)
    return Outcome(source, output, "done", "", 400, 240, 5, 1.5, ("<One> is lost.",))


def test_html_report_embeds_thumbnails_and_escapes_text(tmp_path, upscaled):
    missing = Outcome(tmp_path / "gone.png", tmp_path / "gone_x2.png", "done")
    report.write((*OUTCOMES, upscaled, missing), tmp_path / "r.html")
    page = _Elements((tmp_path / "r.html").read_text("utf-8"))
    assert [image.size for image in page.images()] == [(160, 96), (80, 80), (160, 160)]
    assert "a <b> & c.png" in page.text
    assert "<One> is lost." in page.text
    assert 'b.png said "no".' in page.text
    assert "∞ dB, SSIM 0.9877" in page.text
    assert "It is chosen." in page.text
    loaded = [attributes for _tag, attributes in page.elements if {"href", "src"} & set(attributes)]
    assert len(loaded) == 3, "only the thumbnails have an address"


def test_thumbnails_are_limited(upscaled, monkeypatch):
    monkeypatch.setattr(html_report, "MAX_THUMBNAILS", 1)
    assert len(_Elements(html_report.render((upscaled, upscaled))).images()) == 3


def test_unknown_extension_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        report.write(OUTCOMES, tmp_path / "r.txt")
    plain_sentence(refused.value, "r.txt", ".csv", ".json", ".html")


def test_unwritable_report_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(ReportUnwritable) as refused:
        report.write(OUTCOMES, tmp_path / "gone" / "r.csv")
    plain_sentence(refused.value, "r.csv")
