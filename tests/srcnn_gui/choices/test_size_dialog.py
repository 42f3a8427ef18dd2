"""Dialog for a custom size: the displayed size of the result, and invalid sizes."""

import pytest

from engine.upscaling.request import Target
from srcnn_gui.choices.size_dialog import SizeDialog


def describe_size(target: Target) -> str:
    """Return the size of the result for an image of 40 x 30 px."""
    height, width = target.size(30, 40)
    return f"{width} × {height} px"


@pytest.fixture
def dialog(qtbot):
    dialog = SizeDialog(None, describe_size=describe_size)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_size_of_the_result_follows_the_input(dialog):
    assert dialog.result_label.text() == "Result: 100 × 75 px"
    dialog.factor.setValue(4)
    assert dialog.result_label.text() == "Result: 160 × 120 px"
    dialog.radio_buttons[1].setChecked(True)
    dialog.width_px.setValue(80)
    assert dialog.result_label.text() == "Result: 80 × 60 px"


def test_an_impossible_size_is_explained_and_cannot_be_accepted(qtbot, dialog):
    dialog.radio_buttons[1].setChecked(True)
    dialog.width_px.setValue(5000)
    assert "scale factor of 125" in dialog.result_label.text()
    assert not dialog.ok.isEnabled()
    explanation = dialog.result_label
    qtbot.waitUntil(lambda: explanation.height() >= explanation.heightForWidth(explanation.width()))
    assert dialog.width_px.value() == 5000, "the value is kept, so that it can be corrected"
    dialog.width_px.setValue(80)
    assert dialog.ok.isEnabled()


def test_without_an_image_any_size_can_be_entered(qtbot):
    dialog = SizeDialog(Target(width=60000))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.ok.isEnabled()
    assert not dialog.result_label.isVisible()
