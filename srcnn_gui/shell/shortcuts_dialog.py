"""Dialog with all keyboard shortcuts, which are collected from the menu actions."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui import controls, theme
from srcnn_gui.ui.menus import key_text, plain_text


@dataclass(frozen=True)
class Shortcut:
    """A keyboard shortcut: the description of an action, and the keys that trigger it."""

    text: str
    keys: tuple[str, ...]


def collect_shortcuts(window: MainWindow) -> list[tuple[str, list[Shortcut]]]:
    """Return the shortcuts in the order of the menus, as (group title, shortcuts) pairs.

    The groups are the global shortcuts and the shortcuts of each page.
    """
    lines: dict[str, list[Shortcut]] = {_("Global"): []}
    titles: dict[QActionGroup | None, str] = {
        page.page_actions: title for page, title in zip(window.pages, window.titles, strict=True)
    }
    # QAction.menu() is not used, because PySide 6.10 deletes the menu together with the returned reference.
    menus = {menu.menuAction(): menu for menu in window.findChildren(QMenu)}
    for action in _actions(window.menuBar().actions(), menus):
        title = titles.get(action.actionGroup()) or next(
            (name for group, name in titles.items() if group is not None and action in group.actions()),
            _("Global"),
        )
        keys = tuple(key_text(key) for key in action.shortcuts())
        if keys:
            lines.setdefault(title, []).append(Shortcut(plain_text(action.text()), keys))
    return [(title, found) for title, found in lines.items() if found]


def canvas_shortcuts() -> list[Shortcut]:
    """Return the shortcuts of the image canvas, which work while the canvas has the focus."""
    control, shift = _native("Ctrl"), _native("Shift")
    return [
        Shortcut(_("Pan the image"), ("← → ↑ ↓",)),
        Shortcut(_("Pan ten times as far"), (f"{shift}← → ↑ ↓",)),
        Shortcut(_("Move the divider of the split view"), (f"{control}← →",)),
        Shortcut(_("Hold to show the other image"), (key_text("Space"),)),
    ]


class ShortcutsDialog(QDialog):
    """Dialog with the shortcuts in two columns below a search field."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Keyboard Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(placeholderText=_("Search by name or key"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.search.placeholderText())
        self.no_match = controls.label("muted", _("No shortcut matches the search."))
        self.no_match.hide()
        self._rows: list[tuple[str, list[QWidget], QLabel]] = []
        inside = QWidget()
        theme.set_role(inside, "panel")
        grid = QGridLayout(inside)
        grid.setContentsMargins(16, 0, 16, 16)
        grid.setHorizontalSpacing(48)
        for half in (0, 1):
            grid.setColumnStretch(half, 1)
        groups = [*collect_shortcuts(window), (_("Image view"), canvas_shortcuts())]
        for half, part in enumerate(_split_columns(groups)):
            grid.addLayout(self._column(part), 0, half, Qt.AlignmentFlag.AlignTop)
        close = QPushButton(_("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 16)
        column.setSpacing(12)
        column.addLayout(_inset(self.search))
        column.addLayout(_inset(self.no_match))
        column.addWidget(controls.scroll_area(inside), 1)
        column.addLayout(_inset(close, Qt.AlignmentFlag.AlignRight))
        self.search.textChanged.connect(self._filter)
        self.resize(760, 600)
        self.search.setFocus()

    def _column(self, groups: list[tuple[str, list[Shortcut]]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for title, lines in groups:
            head = controls.label("section", title)
            head.setContentsMargins(0, 14, 0, 2)
            grid.addWidget(head, grid.rowCount(), 0, 1, 2)
            for line in lines:
                row = grid.rowCount()
                labels = [controls.label("body", line.text), controls.label("key", _(" or ").join(line.keys))]
                grid.addWidget(labels[0], row, 0)
                grid.addWidget(labels[1], row, 1, Qt.AlignmentFlag.AlignRight)
                self._rows.append((f"{line.text} {' '.join(line.keys)}".casefold(), list(labels), head))
        return grid

    def _filter(self, query: str) -> None:
        """Show only shortcuts whose description or keys contain `query`, and the titles of their groups."""
        heads: dict[QLabel, bool] = {}
        for search_text, labels, head in self._rows:
            matches = query.casefold().strip() in search_text
            heads[head] = heads.get(head, False) or matches
            for widget in labels:
                widget.setVisible(matches)
        for head, needed in heads.items():
            head.setVisible(needed)
        self.no_match.setVisible(not any(heads.values()))


def _actions(actions: list[QAction], menus: dict[QAction, QMenu]) -> Iterator[QAction]:
    """Yield the actions of a menu and of all its submenus, without separators."""
    for action in actions:
        if action in menus:
            yield from _actions(menus[action].actions(), menus)
        elif not action.isSeparator():
            yield action


def _split_columns(groups: list[tuple[str, list[Shortcut]]]) -> tuple[list[tuple[str, list[Shortcut]]], ...]:
    """Split the groups into two columns with a similar number of rows."""
    total = sum(len(lines) + 2 for _title, lines in groups)
    left: list[tuple[str, list[Shortcut]]] = []
    used_rows = 0
    for group in groups:
        if used_rows and used_rows + (len(group[1]) + 2) / 2 > total / 2:
            break
        left.append(group)
        used_rows += len(group[1]) + 2
    return left, groups[len(left) :]


def _native(key: str) -> str:
    """Return a modifier key and its separator in the notation of the platform, such as "Ctrl+"."""
    return key_text(f"{key}+A").removesuffix("A")


def _inset(widget: QWidget, side: Qt.AlignmentFlag | None = None) -> QVBoxLayout:
    row = QVBoxLayout()
    row.setContentsMargins(16, 0, 16, 0)
    row.addWidget(widget) if side is None else row.addWidget(widget, 0, side)
    return row
