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


@pytest.fixture
def in_cm(dialog):
    """Return the dialog with a print size selected, in cm."""
    dialog.print_size.unit.setCurrentIndex(dialog.print_size.unit.findData("cm"))
    dialog.radio_buttons[4].setChecked(True)
    return dialog


@pytest.mark.parametrize(
    ("side", "length", "unit", "dpi", "target"),
    [
        ("width", 30, "cm", 300, Target(width=3543, dpi=300)),  # 30 / 2.54 * 300 = 3543.3
        ("height", 8, "in", 150, Target(height=1200, dpi=150)),
        ("longest", 0.01, "cm", 1, Target(longest=1, dpi=1)),
    ],
)
def test_a_print_size_is_converted_to_pixels(in_cm, side, length, unit, dpi, target):
    fields = in_cm.print_size
    fields.side.setCurrentIndex(fields.side.findData(side))
    fields.unit.setCurrentIndex(fields.unit.findData(unit))
    fields.length.setValue(length)
    fields.dpi.setValue(dpi)
    assert in_cm.target == target


def test_a_different_unit_keeps_the_print_size(in_cm):
    fields = in_cm.print_size
    fields.length.setValue(25.4)
    fields.unit.setCurrentIndex(fields.unit.findData("in"))
    assert fields.length.value() == 10
    fields.unit.setCurrentIndex(fields.unit.findData("cm"))
    assert fields.length.value() == 25.4


def test_a_print_with_too_many_pixels_is_explained_and_cannot_be_accepted(in_cm):
    in_cm.print_size.length.setValue(1000)
    assert "118110 px" in in_cm.result_label.text()
    assert not in_cm.ok.isEnabled()
    assert in_cm.print_size.length.value() == 1000


def test_a_print_size_is_shown_again(qtbot):
    dialog = SizeDialog(Target(height=1200, dpi=150))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.radio_buttons[4].isChecked()
    assert dialog.target == Target(height=1200, dpi=150)
    assert dialog.result_label.text() == "Result: 1200 px high"
