"""The main controller in the full window: failures, help, notices and regions."""

import sys

import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSystemTrayIcon

from engine.errors import N_, InvalidSetting
from engine.system import log, paths
from srcnn_gui.runtime import crash_marker
from srcnn_gui.runtime.task import Lane
from srcnn_gui.shell import about, shortcuts_dialog
from srcnn_gui.shell.about_dialog import AboutDialog
from srcnn_gui.shell.diagnostics_dialog import DiagnosticsDialog
from srcnn_gui.shell.guide_dialog import GuideDialog
from srcnn_gui.shell.shortcuts_dialog import ShortcutsDialog
from srcnn_gui.ui.menus import plain_text
from tests.srcnn_gui.canvas.canvases import GREEN, RED, flat, start_upscale
from tests.srcnn_gui.widgets import named


def dialogs(texts, kind):
    return [one for one in texts.window.findChildren(kind) if one.isVisible()]


def click_button(texts, label_texts: str) -> None:
    """Trigger an action of the Help menu."""
    next(action for action in texts.window.menus.help.actions() if plain_text(action.text()) == label_texts).trigger()


def failing_job():
    yield
    raise KeyError("surprise in a job")


def refused_job():
    yield
    raise InvalidSetting(N_("The size is {size}. Choose 2."), size=1)


# -- failures ---------------------------------------------------------------------------------------------------------


def test_an_unexpected_error_opens_one_dialog_and_the_window_stays_open(qtbot, frame):
    lane = Lane(frame.window)
    frame.controller.watch_lane(lane)
    failures = []
    lane.start(failing_job, on_result=failures.append, on_failure=failures.append)
    qtbot.waitUntil(lambda: bool(dialogs(frame, DiagnosticsDialog)))
    (dialog,) = dialogs(frame, DiagnosticsDialog)

    assert "surprise in a job" in dialog.details.toPlainText()
    assert dialog.details.height() == 200
    assert len(failures) == 1, "the page is told as ever"
    frame.controller.failures.report(ValueError("another"))
    assert dialogs(frame, DiagnosticsDialog) == [dialog]
    assert "another" in dialog.details.toPlainText()
    assert not dialog.isModal()
    lane.close()


def test_engine_errors_do_not_open_a_dialog(qtbot, frame):
    lane, failures = Lane(frame.window), []
    frame.controller.watch_lane(lane)
    lane.start(refused_job, on_result=failures.append, on_failure=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    lane.close()

    assert dialogs(frame, DiagnosticsDialog) == []


def test_copied_diagnostics_contain_the_error(qtbot, frame):
    frame.controller.settings.change_settings(quality=77)
    frame.controller.failures.report(ValueError("the thing"))
    (dialog,) = dialogs(frame, DiagnosticsDialog)
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()

    for expected in ("ValueError: the thing", "torch: ", "quality: 77", "PySide6-Essentials: ", "screens: ", "Log"):
        assert expected in copied
    assert dialog.copy.text() == "Copied"


def test_help_shows_the_diagnostics_and_closing_deletes_the_dialog(qtbot, frame):
    click_button(frame, "Diagnostics")
    (dialog,) = dialogs(frame, DiagnosticsDialog)
    assert "SRCNN Studio" in dialog.details.toPlainText()
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert dialogs(frame, DiagnosticsDialog) == []


def test_an_earlier_crash_shows_a_notice_with_diagnostics(qtbot, frame, monkeypatch):
    monkeypatch.setattr(crash_marker, "take_crash_reports", lambda: ["Fatal Python error: Segmentation fault"])
    frame.controller.show_crash_notice()
    notice = frame.window.notice
    assert notice.isVisible()
    assert "quit unexpectedly" in notice.accessibleName()
    qtbot.mouseClick(named(notice, QPushButton, "Diagnostics…"), Qt.MouseButton.LeftButton)

    assert "Segmentation fault" in dialogs(frame, DiagnosticsDialog)[0].details.toPlainText()
    assert not notice.isVisible()


def test_the_log_is_opened(frame, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(paths, "log_folder", lambda: tmp_path / "log")
    monkeypatch.setattr(log, "path", lambda: None)  # an earlier test may have opened a log
    monkeypatch.setattr("srcnn_gui.shell.main_controller.QDesktopServices.openUrl", opened.append)
    click_button(frame, "Open Log")

    assert [url.toLocalFile() for url in opened] == [str(tmp_path / "log")]


# -- help -------------------------------------------------------------------------------------------------------------


def test_the_shortcuts_dialog_lists_the_shortcuts_of_the_actions(studio):
    shortcuts = dict(shortcuts_dialog.collect_shortcuts(studio.window))
    keys = {line.text: line.keys for lines in shortcuts.values() for line in lines}

    assert list(shortcuts)[:2] == ["Global", "Compare"]
    assert keys["Keyboard Shortcuts"] == ("F1",)
    assert keys["Save Result"] == ("Ctrl+S", "Ctrl+Return")
    assert keys["Settings"] == ("Ctrl+,",)
    assert ("Stop",) not in keys.values()
    assert all(all(one) for one in keys.values()), "actions without keys are not listed"
    assert keys["Ground Truth: None"] == ("Ctrl+Alt+T",)
    assert keys["Scale Factor: ×2"] == ("Alt+2",)
    assert {"Start Training"} <= {line.text for line in shortcuts["Train"]}
    texts = {key for lines in shortcuts.values() for line in lines for key in line.keys}
    for action in studio.window.menus.view.actions():
        for key in action.shortcuts():
            assert key.toString(QKeySequence.SequenceFormat.NativeText) in texts


def test_the_menus_have_the_conventional_order_and_items(studio):
    titles = [plain_text(action.text()) for action in studio.window.menuBar().actions()]
    assert titles == ["File", "Edit", "View", "Image", "Batch", "Train", "Benchmark", "Help"]
    edit = [plain_text(action.text()) for action in studio.window.menus.edit.actions() if not action.isSeparator()]
    assert edit[-4:] == ["Clear Selection", "Upscale Only Region", "Show Whole Image", "Settings"]


def test_shortcuts_are_filtered_by_the_query(qtbot, studio):
    click_button(studio, "Keyboard Shortcuts")
    click_button(studio, "Keyboard Shortcuts")
    (dialog,) = dialogs(studio, ShortcutsDialog)
    qtbot.keyClicks(dialog.search, "full scr")

    texts = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert texts == ["Global", "Full Screen", "F11"]


def test_the_canvas_shortcuts_work(qtbot, canvas, monkeypatch):
    canvas.show_image(flat(RED))
    start_upscale(canvas, flat(RED), flat(GREEN))
    canvas.zoom_to(8)
    plain, shift, control = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("No", "Shift", "Control"))
    keys_held = []
    monkeypatch.setattr(canvas, "set_swapped", keys_held.append)

    def key_distances(modifier) -> tuple[float, float]:
        """Return how far a key moves the image and the split line."""
        before = canvas.viewport, canvas.divider
        qtbot.keyClick(canvas, Qt.Key.Key_Right, modifier)
        return abs(canvas.viewport.x - before[0].x), abs(canvas.divider - before[1])

    near, far, split = key_distances(plain), key_distances(shift), key_distances(control)
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    assert [line.text for line in shortcuts_dialog.canvas_shortcuts()] == [
        "Pan the image",
        "Pan ten times as far",
        "Move the divider of the split view",
        "Hold to show the other image",
        "Move the region while selecting",
        "Resize the region while selecting",
        "Select the region",
    ]
    assert near[0] > 0
    assert far[0] == pytest.approx(10 * near[0])
    assert (near[1], split[0]) == (0, 0)
    assert split[1] > 0
    assert keys_held == [True, False]


def test_the_guide_needs_no_network(frame):
    click_button(frame, "Guide")
    (dialog,) = dialogs(frame, GuideDialog)
    assert "Compare: one image" in dialog.browser.toPlainText()


def test_about_dialog_lists_the_paper_and_every_library_with_its_license(frame):
    click_button(frame, "About SRCNN Studio")
    (dialog,) = dialogs(frame, AboutDialog)
    label_texts = {label.text() for label in dialog.findChildren(QLabel)}

    assert about.format_version() in label_texts
    assert {"PyTorch", "BSD 3-Clause", "Qt for Python", "LGPL 3"} <= label_texts
    assert any("Dong" in text for text in label_texts)


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_notifications_are_sent_only_if_enabled_and_the_window_is_inactive(studio, monkeypatch):
    texts = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _tray, *words: texts.append(words[:2]))
    monkeypatch.setattr(type(studio.window), "isActiveWindow", lambda _window: False)
    studio.batch_page.notify("Batch done", "4 done")
    assert texts == [("Batch done", "4 done")]
    studio.controller.settings.change_settings(notifications=False)
    studio.batch_page.notify("Batch done", "5 done")
    studio.controller.settings.change_settings(notifications=True)
    monkeypatch.setattr(type(studio.window), "isActiveWindow", lambda _window: True)
    studio.batch_page.notify("Batch done", "6 done")
    assert len(texts) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="the program here is a shell script")
def test_without_a_tray_notify_send_is_used(studio, monkeypatch, tmp_path):
    """As on GNOME. A test program replaces notify-send and records its arguments."""
    program, output_file = tmp_path / "notify-send", tmp_path / "said.txt"
    program.write_text(
        f"#!/bin/sh\nprintf '%s|' \"$@\" > '{output_file}.part' && mv '{output_file}.part' '{output_file}'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    monkeypatch.setattr(type(studio.window), "isActiveWindow", lambda _window: False)
    studio.controller.notifications.notify("Batch done", "a<b & c\\n: -x is no option")
    deadline = QDeadlineTimer(10_000)
    while not output_file.exists() and not deadline.hasExpired():
        QApplication.processEvents()
    assert output_file.read_text().split("|")[-4:-1] == [
        "--",
        "Batch done",
        "a&lt;b &amp; c\\\\n: -x is no option",
    ]


def test_a_search_without_matches_shows_a_message(qtbot, studio):
    dialog = ShortcutsDialog(studio.window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.search.setText("xyzzy")
    assert dialog.no_match.isVisible()
    dialog.search.setText("open")
    assert not dialog.no_match.isVisible()
