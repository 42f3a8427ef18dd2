"""The self test of the window and its report."""

import json
from time import time

import pytest

from engine import __version__
from srcnn_gui.pages.compare.state import State
from srcnn_gui.runtime import resources

PySide6 = pytest.importorskip("PySide6.QtWidgets")


@pytest.fixture
def studio(qtbot, qapp, tmp_path):
    from PySide6.QtCore import QSettings

    from srcnn_gui.app import Studio

    studio = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(studio.window)
    yield studio
    studio.close()


def test_the_report_contains_what_the_window_shows(qtbot, studio, tmp_path):
    from srcnn_gui.shell.self_test import SelfTest

    report, ended = tmp_path / "bericht ü.json", []
    SelfTest(studio.window, lambda: studio.presenter.state, report, time(), ended.append)
    studio.show([resources.sample_path("cat.png")])
    qtbot.waitUntil(lambda: bool(ended), timeout=60_000)

    document = json.loads(report.read_text(encoding="utf-8"))
    scores = studio.presenter.state.readout.whole_scores
    assert ended == [0]
    assert document["problem"] == ""
    assert document["version"] == __version__
    assert document["image"] == "cat.png"
    assert document["psnr_db"]["model"] == scores.psnr[1]
    assert float(document["psnr_db"]["model"]) > float(document["psnr_db"]["bicubic"])
    assert 0 < document["seconds"]["window"] <= document["seconds"]["upscaled"]


def test_an_unreadable_image_is_reported_with_a_nonzero_status(qtbot, studio, tmp_path):
    from srcnn_gui.shell.self_test import SelfTest

    broken, report, ended = tmp_path / "broken.png", tmp_path / "report.json", []
    broken.write_bytes(b"\x89PNG nothing")
    SelfTest(studio.window, lambda: studio.presenter.state, report, time(), ended.append)
    studio.show([broken])
    qtbot.waitUntil(lambda: bool(ended), timeout=60_000)

    assert ended == [1]
    assert "broken.png" in json.loads(report.read_text(encoding="utf-8"))["problem"]


def test_an_unwritable_report_gives_a_nonzero_status(qtbot, tmp_path, capsys):
    from PySide6.QtWidgets import QWidget

    from srcnn_gui.shell.self_test import SelfTest

    window, ended = QWidget(), []
    qtbot.addWidget(window)
    SelfTest(window, lambda: State(notice="It did not work."), tmp_path / "no folder" / "r.json", time(), ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=10_000)

    assert ended == [1]
    assert "No such file" in capsys.readouterr().err
