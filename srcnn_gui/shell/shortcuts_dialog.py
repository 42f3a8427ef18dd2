"""Every key, taken from the actions themselves: what stands here is what the keys do."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui import controls, theme
from srcnn_gui.ui.menus import plain_text


@dataclass(frozen=True)
class Line:
    """What a key does, and the key, or several."""

    words: str
    keys: tuple[str, ...]


def collect(window: MainWindow) -> list[tuple[str, list[Line]]]:
    """The keys that work everywhere, and those of each page, in the order of the menus."""
    lines: dict[str, list[Line]] = {_("Everywhere"): []}
    titles: dict[QActionGroup | None, str] = {
        page.page_actions: title for page, title in zip(window.pages, window.titles, strict=True)
    }
    # Not by QAction.menu(): PySide 6.10 deletes the menu with the reference it gives.
    menus = {menu.menuAction(): menu for menu in window.findChildren(QMenu)}
    for action in _actions(window.menuBar().actions(), menus):
        title = titles.get(action.actionGroup()) or next(
            (name for group, name in titles.items() if group is not None and action in group.actions()),
            _("Everywhere"),
        )
        keys = tuple(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        if keys:
            lines.setdefault(title, []).append(Line(plain_text(action.text()), keys))
    return [(title, found) for title, found in lines.items() if found]


def canvas_keys() -> list[Line]:
    """What the picture itself answers to, while it has the focus; a test presses each."""
    control, shift = _native("Ctrl"), _native("Shift")
    return [
        Line(_("Move the picture"), ("← → ↑ ↓",)),
        Line(_("Ten times as far"), (f"{shift}← → ↑ ↓",)),
        Line(_("Move the line of the split view"), (f"{control}← →",)),
        Line(_("Show the other picture while held"), (_("Space"),)),
    ]


class ShortcutsDialog(QDialog):
    """Shows them in two columns; what is typed narrows them down."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(placeholderText=_("Find a key or what it does"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.search.placeholderText())
        self._rows: list[tuple[str, list[QWidget], QLabel]] = []
        inside = QWidget()
        theme.set_role(inside, "panel")
        grid = QGridLayout(inside)
        grid.setContentsMargins(16, 0, 16, 16)
        grid.setHorizontalSpacing(48)
        for half in (0, 1):
            grid.setColumnStretch(half, 1)
        groups = [*collect(window), (_("On the picture"), canvas_keys())]
        for half, part in enumerate(_halves(groups)):
            grid.addLayout(self._column(part), 0, half, Qt.AlignmentFlag.AlignTop)
        close = QPushButton(_("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 16)
        column.setSpacing(12)
        column.addLayout(_inset(self.search))
        column.addWidget(controls.scrolling(inside), 1)
        column.addLayout(_inset(close, Qt.AlignmentFlag.AlignRight))
        self.search.textChanged.connect(self._narrow)
        self.resize(760, 600)
        self.search.setFocus()

    def _column(self, groups: list[tuple[str, list[Line]]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for title, lines in groups:
            head = controls.label("section", title)
            head.setContentsMargins(0, 14, 0, 2)
            grid.addWidget(head, grid.rowCount(), 0, 1, 2)
            for line in lines:
                row = grid.rowCount()
                shown = [controls.label("body", line.words), controls.label("key", _(" or ").join(line.keys))]
                grid.addWidget(shown[0], row, 0)
                grid.addWidget(shown[1], row, 1, Qt.AlignmentFlag.AlignRight)
                self._rows.append((f"{line.words} {' '.join(line.keys)}".casefold(), list(shown), head))
        return grid

    def _narrow(self, wanted: str) -> None:
        """Show the lines that have what is wanted, and the titles over them."""
        heads: dict[QLabel, bool] = {}
        for words, shown, head in self._rows:
            fits = wanted.casefold().strip() in words
            heads[head] = heads.get(head, False) or fits
            for widget in shown:
                widget.setVisible(fits)
        for head, needed in heads.items():
            head.setVisible(needed)


def _actions(actions: list[QAction], menus: dict[QAction, QMenu]) -> Iterator[QAction]:
    """Those of menus, and of the menus in them."""
    for action in actions:
        if action in menus:
            yield from _actions(menus[action].actions(), menus)
        elif not action.isSeparator():
            yield action


def _halves(groups: list[tuple[str, list[Line]]]) -> tuple[list[tuple[str, list[Line]]], ...]:
    """The groups in two columns of about one length."""
    total = sum(len(lines) + 2 for _title, lines in groups)
    left: list[tuple[str, list[Line]]] = []
    taken = 0
    for group in groups:
        if taken and taken + (len(group[1]) + 2) / 2 > total / 2:
            break
        left.append(group)
        taken += len(group[1]) + 2
    return left, groups[len(left) :]


def _native(key: str) -> str:
    """A modifier as the platform writes it, with whatever joins it to the next key."""
    return QKeySequence(f"{key}+A").toString(QKeySequence.SequenceFormat.NativeText).removesuffix("A")


def _inset(widget: QWidget, side: Qt.AlignmentFlag | None = None) -> QVBoxLayout:
    row = QVBoxLayout()
    row.setContentsMargins(16, 0, 16, 0)
    row.addWidget(widget) if side is None else row.addWidget(widget, 0, side)
    return row
