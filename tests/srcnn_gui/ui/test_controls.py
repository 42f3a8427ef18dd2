"""Widgets of the side panels."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox, QVBoxLayout, QWidget

from srcnn_gui.ui import controls
from srcnn_gui.ui.controls import ScaleOrSizeButtons, scroll_area


def turn_wheel(widget, angle):
    """Turn the mouse wheel over a widget, and return whether it accepts the event."""
    middle = widget.rect().center()
    no, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    at = QPointF(widget.mapToGlobal(middle))
    event = QWheelEvent(QPointF(middle), at, QPoint(), QPoint(0, angle), no, none, phase, False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", [QSpinBox, QComboBox])
def test_the_wheel_scrolls_the_panel_unless_a_field_has_the_focus(qtbot, kind, monkeypatch):
    inside, field = QWidget(), kind()
    if kind is QComboBox:
        field.addItems(["0", "1", "2"])
    column = QVBoxLayout(inside)
    column.addWidget(field)
    column.addSpacing(2000)
    area = scroll_area(inside)
    qtbot.addWidget(area)
    area.resize(200, 200)
    area.show()
    qtbot.waitExposed(area)
    value, choose = (field.value, field.setValue) if kind is QSpinBox else (field.currentIndex, field.setCurrentIndex)
    choose(1)
    monkeypatch.setattr(kind, "hasFocus", lambda _field: False)  # the only one there is may have it
    assert not turn_wheel(field, -120)
    assert value() == 1
    monkeypatch.setattr(kind, "hasFocus", lambda _field: True)
    assert turn_wheel(field, -120)
    assert value() != 1


def test_a_scale_without_a_button_is_shown_as_a_custom_size(qtbot):
    scales = ScaleOrSizeButtons((2, 3, 4), lambda _scale: None, lambda: None)
    qtbot.addWidget(scales)
    scales.display(6, (2, 3, 4))
    assert (scales.other.text(), scales.other.isChecked()) == ("×6", True)
    assert not any(button.isChecked() for button in scales.buttons.values())
    scales.display(3, (2, 3, 4))
    assert (scales.other.text(), scales.other.isChecked()) == ("Other…", False)
    assert scales.buttons[3].isChecked()


def test_a_percent_slider_emits_only_changes_by_the_user(qtbot):
    slider = controls.PercentSlider("Cleanup")
    qtbot.addWidget(slider)
    chosen = []
    slider.chosen.connect(chosen.append)
    slider.display(40)
    assert (slider.slider.value(), slider._value.text(), chosen) == (40, "40%", [])
    QTest.keyClick(slider.slider, Qt.Key.Key_PageUp)
    assert (slider.slider.value(), slider._value.text(), chosen) == (50, "50%", [50])
