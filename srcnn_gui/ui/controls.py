"""Labels, buttons, fields and scroll areas of the side panels."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme


class PropertyCard(QFrame):
    """Card with rows that consist of a muted label and a value."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 8, 10, 8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def display(self, rows: tuple[tuple[str, str], ...], *, bold: bool = False) -> None:
        """Show (label, value) rows, or hide the card if there are none. `bold` shows the values in bold."""
        while len(self._rows) < len(rows):
            pair = label("caption"), label("section" if bold else "body")
            pair[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            pair[1].setWordWrap(True)
            for column, part in enumerate(pair):
                self._grid.addWidget(part, len(self._rows), column)
            self._rows.append(pair)
        for index, pair in enumerate(self._rows):
            texts = rows[index] if index < len(rows) else ("", "")
            for part, text in zip(pair, texts, strict=True):
                part.setText(text)
                part.setVisible(index < len(rows))
        self.setVisible(bool(rows))


class SegmentedControl(QWidget):
    """Row of buttons, one of which is checked."""

    def __init__(
        self, items: Iterable[tuple[int, str, str]], on_clicked: Callable[[int], None], description: str = ""
    ) -> None:
        """Create the buttons.

        Parameters
        ----------
        items : number, text and accessible name of each button
        on_clicked : called with the number of the button that is clicked
        description : accessible description of every button
        """
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.buttons: dict[int, QToolButton] = {}
        self.group = QButtonGroup(self)
        items = list(items)
        for position, (number, text, name) in enumerate(items):
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setAccessibleName(name)
            button.setAccessibleDescription(description)
            button.setSizePolicy(
                QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
            )  # the buttons share the width
            theme.set_role(button, "segment")
            theme.set_role(button, True, "tight")
            theme.set_role(button, {0: "first", len(items) - 1: "last"}.get(position, "middle"), "place")
            button.clicked.connect(lambda _checked, number=number: on_clicked(number))
            self.group.addButton(button)
            self._row.addWidget(button, 1)
            self.buttons[number] = button

    def check_button(self, button_id: int) -> None:
        """Check the button that has this number, if there is one."""
        if button_id in self.buttons:
            self.buttons[button_id].setChecked(True)


class ScaleButtons(SegmentedControl):
    """Row of buttons for the scale factors, such as ×2, ×3 and ×4."""

    def __init__(self, scales: Iterable[int], on_clicked: Callable[[int], None]) -> None:
        super().__init__([_scale_item(scale) for scale in scales], on_clicked, _("Scale factor"))


class ScaleOrSizeButtons(SegmentedControl):
    """Row of buttons for the scale factors, and a button to enter a different size."""

    def __init__(
        self, scales: Iterable[int], on_scale_clicked: Callable[[int], None], on_other_clicked: Callable[[], None]
    ) -> None:
        other_size = (0, _("Other…"), _("Custom size"))
        choose = lambda scale: on_scale_clicked(scale) if scale else on_other_clicked()  # noqa: E731
        super().__init__([*(_scale_item(scale) for scale in scales), other_size], choose, _("Scale factor"))
        self.other = self.buttons.pop(0)
        self.other.setAccessibleDescription(_("Sets a custom scale factor, width, or height"))
        self._row.setStretch(len(self.buttons), 2)

    def display(self, scale: int, available_scales: Iterable[int], size: str = "", *, locked: bool = False) -> None:
        """Show the selected scale factor or size.

        Parameters
        ----------
        scale : selected scale factor; if there is no button for it, the last button shows it
        available_scales : scale factors that can be selected
        size : text of the selected size, or "" if a scale factor is selected
        locked : whether all buttons are disabled
        """
        available = set(available_scales)
        if not size and scale not in self.buttons:
            size = f"×{scale}"
        for number, button in self.buttons.items():
            button.setEnabled(not locked and number in available)
            button.setChecked(number == scale and not size)
        self.other.setEnabled(not locked)
        self.other.setChecked(bool(size))
        self.other.setText(size or _("Other…"))


class PercentSlider(QWidget):
    """Slider from 0 to 100% with a label and its value. `chosen` is emitted when the handle is released."""

    chosen = Signal(int)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setTracking(False)
        self.slider.setAccessibleName(title)
        self._value = label("caption")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance("100%") + 4)
        row = labeled_row(title, self.slider)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._value)
        self.setLayout(row)
        self.slider.sliderMoved.connect(self._show_value)
        self.slider.valueChanged.connect(self._show_value)
        self.slider.valueChanged.connect(self.chosen)

    def display(self, percent: int) -> None:
        """Show a value without emitting a signal. While the user moves the handle, it stays where it is."""
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(percent)
            self._show_value(percent)

    def _show_value(self, percent: int) -> None:
        self._value.setText(f"{percent}%")


def _scale_item(scale: int) -> tuple[int, str, str]:
    return scale, f"×{scale}", _("Scale factor ×{scale}").format(scale=scale)


def label(role: str, text: str = "", *, wrap: bool = False, buddy: QWidget | None = None) -> QLabel:
    """Return a plain-text label.

    Parameters
    ----------
    role : role in the style sheet, such as "caption"
    text : text of the label
    wrap : whether long text is wrapped
    buddy : field to which the label belongs, or None
    """
    widget = QLabel(text, wordWrap=wrap)
    if buddy is not None and buddy.focusPolicy() != Qt.FocusPolicy.NoFocus:
        widget.setBuddy(buddy)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_role(widget, role)
    return widget


def shrinkable(widget: QLabel) -> QLabel:
    """Let a label be cut off instead of widening its window, and return the label."""
    widget.setSizePolicy(QSizePolicy.Policy.Ignored, widget.sizePolicy().verticalPolicy())
    return widget


class PathField(QLineEdit):
    """Read-only field for a path. A long path is elided in the middle, unless the field has the focus."""

    def __init__(self) -> None:
        super().__init__(readOnly=True)
        self.path = ""

    def show_path(self, path: str) -> None:
        """Show a path, and the whole path as tooltip."""
        if path != self.path:
            self.path = path
            self.setToolTip(path)
            self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide the path for the new width."""
        super().resizeEvent(event)
        self._elide()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the whole path, which can then be copied."""
        super().focusInEvent(event)
        self.setText(self.path)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Elide the path again."""
        super().focusOutEvent(event)
        self._elide()

    def _elide(self) -> None:
        margins = 2 * self.fontMetrics().averageCharWidth() + 16  # padding in the style sheet, and Qt's own margin
        width = max(0, self.width() - margins)
        elided = self.fontMetrics().elidedText(self.path, Qt.TextElideMode.ElideMiddle, width)
        self.setText(self.path if self.hasFocus() else elided)
        self.setCursorPosition(0)


def set_compact_text(button: QPushButton, text: str, *, compact: bool) -> None:
    """Set the text of a button. If `compact` is true, show only the icon, and the text as a tooltip."""
    plain = text.removesuffix("…")
    button.setText("" if compact else text)
    button.setToolTip(plain if compact else "")
    button.setAccessibleName(plain)


class _DialogComboBox(QComboBox):
    """Combo box with an item that opens a dialog.

    A key or the wheel does not select an item of the closed list.
    """

    _NAVIGATION = frozenset(
        {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End}
    )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list instead of selecting a different item."""
        if event.key() in self._NAVIGATION or (event.text().isprintable() and event.text().strip()):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the wheel scroll the panel."""
        event.ignore()


def combo_box(name: str, *, opens_dialog: bool = False) -> QComboBox:
    """Return a combo box with an accessible name and a small minimum width.

    Parameters
    ----------
    name : accessible name
    opens_dialog : whether an item opens a dialog; keys and the wheel then do not select items of the closed list
    """
    widget = _DialogComboBox() if opens_dialog else QComboBox()
    widget.setAccessibleName(name)
    widget.setMinimumContentsLength(6)
    widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return widget


def labeled_row(title: str, field: QWidget) -> QHBoxLayout:
    """Return a layout with a label on the left and its field on the right."""
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(label("body", title, buddy=field))
    row.addWidget(field, 1)
    return row


def set_items(combo: QComboBox, items: Sequence[tuple[Any, str]]) -> None:
    """Set the (key, title) items of a combo box. If they are unchanged, an open popup stays open."""
    if [(combo.itemData(index), combo.itemText(index)) for index in range(combo.count())] != list(items):
        combo.clear()
        for key, title in items:
            combo.addItem(title, key)


class _WheelFilter(QObject):
    """Event filter that lets the wheel change a field only if it has the focus.

    Otherwise, the panel scrolls.
    """

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(field, QWidget) and not field.hasFocus():
            event.ignore()
            return True
        return False


def scroll_area(content: QWidget) -> QScrollArea:
    """Return a vertical scroll area around a widget. The wheel changes a field only if it has the focus."""
    area = QScrollArea()
    wheel_filter = _WheelFilter(area)
    for field in (*content.findChildren(QComboBox), *content.findChildren(QAbstractSpinBox)):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel does not move the focus to the field
        field.installEventFilter(wheel_filter)
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def layout_of(widget: QWidget) -> QLayout:
    """Return the layout of a widget. The widget must have one."""
    layout = widget.layout()
    assert layout is not None
    return layout


def link_button(text: str) -> QToolButton:
    """Return a button that looks like a link."""
    button = QToolButton()
    button.setText(text)
    theme.set_role(button, "link")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
