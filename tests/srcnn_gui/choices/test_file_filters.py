"""File filters of the dialogs that open and save files."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from srcnn_gui.choices import file_filters


@pytest.mark.parametrize(
    ("name", "kind", "becomes"),
    [
        ("mine", "PyTorch (*.pth *.pt)", "mine.pth"),
        ("mine", "SRCNN Studio (*.safetensors)", "mine.safetensors"),
        ("mine.mat", "PyTorch (*.pth *.pt)", "mine.mat"),
        ("mine", "All files (*)", "mine"),
    ],
)
def test_a_missing_extension_is_added_from_the_filter(name, kind, becomes):
    assert file_filters.add_extension(Path("models") / name, kind) == Path("models") / becomes


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_a_name_with_an_added_extension_asks_before_overwriting(parent, tmp_path):
    """The file dialog checked the name without the extension, which does not exist."""
    (tmp_path / "mine.pth").write_bytes(b"of value")
    questions = []

    def answer(role):
        box = QApplication.activeModalWidget()
        questions.append(box.text())
        next(one for one in box.buttons() if box.buttonRole(one) == role).click()

    for role, expected in (
        (QMessageBox.ButtonRole.RejectRole, None),
        (QMessageBox.ButtonRole.DestructiveRole, tmp_path / "mine.pth"),
    ):
        QTimer.singleShot(50, lambda role=role: answer(role))
        assert file_filters.confirm_overwrite(parent, tmp_path / "mine", tmp_path / "mine.pth") == expected
    assert questions == ["mine.pth already exists. Overwrite it?"] * 2


def test_no_question_for_a_confirmed_or_new_file(parent, tmp_path):
    (tmp_path / "mine.pth").write_bytes(b"of value")
    for settings, path in (("mine.pth", "mine.pth"), ("new", "new.pth")):
        assert file_filters.confirm_overwrite(parent, tmp_path / settings, tmp_path / path) == tmp_path / path
