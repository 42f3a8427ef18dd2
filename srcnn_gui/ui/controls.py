"""Small parts of which the panels on the right are made."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme


class FactsCard(QFrame):
    """Rows of a muted label and a value."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 8, 10, 8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def display(self, rows: tuple[tuple[str, str], ...], *, strong: bool = False) -> None:
        """Show rows; labels are made as they are needed."""
        while len(self._rows) < len(rows):
            pair = label("caption"), label("section" if strong else "body")
            pair[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, part in enumerate(pair):
                self._grid.addWidget(part, len(self._rows), column)
            self._rows.append(pair)
        for index, pair in enumerate(self._rows):
            shown = rows[index] if index < len(rows) else ("", "")
            for part, text in zip(pair, shown, strict=True):
                part.setText(text)
                part.setVisible(index < len(rows))
        self.setVisible(bool(rows))


class Segments(QWidget):
    """A few choices side by side, one of them chosen."""

    def __init__(
        self, choices: Iterable[tuple[int, str, str]], chosen: Callable[[int], None], description: str = ""
    ) -> None:
        """`choices` are a number, what is written on it and its accessible name."""
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.buttons: dict[int, QToolButton] = {}
        self.group = QButtonGroup(self)
        wanted = list(choices)
        for place, (number, text, name) in enumerate(wanted):
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setAccessibleName(name)
            button.setAccessibleDescription(description)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # they share what there is
            theme.set_role(button, "segment")
            theme.set_role(button, True, "tight")
            theme.set_role(button, {0: "first", len(wanted) - 1: "last"}.get(place, "middle"), "place")
            button.clicked.connect(lambda _checked, number=number: chosen(number))
            self.group.addButton(button)
            self._row.addWidget(button, 1)
            self.buttons[number] = button

    def choose(self, number: int) -> None:
        """Show what is chosen."""
        if number in self.buttons:
            self.buttons[number].setChecked(True)


class Times(Segments):
    """How many times larger: ×2 ×3 ×4."""

    def __init__(self, scales: Iterable[int], chosen: Callable[[int], None]) -> None:
        super().__init__([_named(scale) for scale in scales], chosen, _("How many times larger"))


class TimesOrSize(Segments):
    """How many times larger, or a size of one's own, which is asked for elsewhere: `other_wanted`."""

    def __init__(self, scales: Iterable[int], chosen: Callable[[int], None], other_wanted: Callable[[], None]) -> None:
        own = (0, _("Other…"), _("Another size"))
        choose = lambda scale: chosen(scale) if scale else other_wanted()  # noqa: E731
        super().__init__([*(_named(scale) for scale in scales), own], choose, _("How many times larger"))
        self.other = self.buttons.pop(0)
        self.other.setAccessibleDescription(_("A factor, a width or a height of your own"))
        self._row.setStretch(len(self.buttons), 2)

    def display(self, scale: int, offered: Iterable[int], size: str = "", *, locked: bool = False) -> None:
        """Show what is chosen, a scale or a size, and what can be; a scale without a button is shown as a size."""
        there = set(offered)
        if not size and scale not in self.buttons:
            size = f"×{scale}"
        for number, button in self.buttons.items():
            button.setEnabled(not locked and number in there)
            button.setChecked(number == scale and not size)
        self.other.setEnabled(not locked)
        self.other.setChecked(bool(size))
        self.other.setText(size or _("Other…"))


def _named(scale: int) -> tuple[int, str, str]:
    return scale, f"×{scale}", _("Scale ×{scale}").format(scale=scale)


def label(role: str, text: str = "", *, wrap: bool = False, of: QWidget | None = None) -> QLabel:
    """Words in a role; never read as markup. `of` is the field they stand over: screen readers say so."""
    made = QLabel(text, wordWrap=wrap)
    if of is not None and of.focusPolicy() != Qt.FocusPolicy.NoFocus:
        made.setBuddy(of)
    made.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_role(made, role)
    return made


def modest(words: QLabel) -> QLabel:
    """A label that is cut rather than make its window wider."""
    words.setSizePolicy(QSizePolicy.Policy.Ignored, words.sizePolicy().verticalPolicy())
    return words


def shorten(button: QPushButton, text: str, *, compact: bool) -> None:
    """Show a button with its text, or in a narrow window as its icon, with the text as name and tooltip."""
    words = text.removesuffix("…")
    button.setText("" if compact else text)
    button.setToolTip(words if compact else "")
    button.setAccessibleName(words)


def combo(name: str) -> QComboBox:
    """A drop-down with an accessible name that asks for no more room than it gets."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setMinimumContentsLength(6)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def beside(title: str, field: QWidget) -> QHBoxLayout:
    """A field with its title to the left, in one row."""
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(label("body", title, of=field))
    row.addWidget(field, 1)
    return row


def fill(drop_down: QComboBox, lines: Sequence[tuple[str, str]]) -> None:
    """Give a drop-down its lines (key, title), unless it has them: filling it again would close it."""
    if [(drop_down.itemData(index), drop_down.itemText(index)) for index in range(drop_down.count())] != list(lines):
        drop_down.clear()
        for key, title in lines:
            drop_down.addItem(title, key)


class _Wheel(QObject):
    """Lets a wheel that turns over a field scroll the panel, unless the field was chosen."""

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(field, QWidget) and not field.hasFocus():
            event.ignore()
            return True
        return False


def scrolling(inside: QWidget) -> QScrollArea:
    """The part of a panel that scrolls, up and down only."""
    area = QScrollArea()
    wheel = _Wheel(area)
    for field in (*inside.findChildren(QComboBox), *inside.findChildren(QAbstractSpinBox)):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        field.installEventFilter(wheel)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def layout_of(widget: QWidget) -> QLayout:
    """The layout of a widget that has one."""
    layout = widget.layout()
    assert layout is not None
    return layout


def link(text: str) -> QToolButton:
    """A button that looks like a link."""
    made = QToolButton()
    made.setText(text)
    theme.set_role(made, "link")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
