"""Dialog with all keyboard shortcuts, which are collected from the menu actions."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui import controls, theme
from srcnn_gui.ui.menus import key_text, plain_text

_SCROLL_BAR_WIDTH = 24  # px, including a margin


@dataclass(frozen=True)
class Shortcut:
    """A keyboard shortcut: the description of an action, and the keys that trigger it.

    The description of an action in a submenu starts with the title of the submenu, such as "Scale: ×2".
    """

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
    for action, submenu in _actions(window.menuBar().actions(), menus):
        title = titles.get(action.actionGroup()) or next(
            (name for group, name in titles.items() if group is not None and action in group.actions()),
            _("Global"),
        )
        keys = tuple(key_text(key) for key in action.shortcuts())
        if keys:
            text = plain_text(action.text())
            text = _("{group}: {name}").format(group=submenu, name=text) if submenu else text
            lines.setdefault(title, []).append(Shortcut(text, keys))
    return [(title, found) for title, found in lines.items() if found]


def canvas_shortcuts() -> list[Shortcut]:
    """Return the shortcuts of the image canvas, which work while the canvas has the focus."""
    control, shift = _native("Ctrl"), _native("Shift")
    return [
        Shortcut(_("Pan the image"), ("← → ↑ ↓",)),
        Shortcut(_("Pan ten times as far"), (f"{shift}← → ↑ ↓",)),
        Shortcut(_("Move the divider of the split view"), (f"{control}← →",)),
        Shortcut(_("Hold to show the other image"), (key_text("Space"),)),
        Shortcut(_("Move the region while selecting"), ("← → ↑ ↓",)),
        Shortcut(_("Resize the region while selecting"), (f"{shift}← → ↑ ↓",)),
        Shortcut(_("Select the region"), (key_text("Return"),)),
    ]


def list_shortcuts() -> list[tuple[str, list[Shortcut]]]:
    """Return the shortcuts of the lists and of the preview, as (group title, shortcuts) pairs.

    They work while the list or the preview has the focus.
    """
    enter, menu = key_text("Return"), (_("Menu key"), key_text("Shift+F10"))
    filmstrip = [
        Shortcut(_("Select an image"), ("← →",)),
        Shortcut(_("Show the selected image"), (enter, key_text("Space"))),
        Shortcut(_("Close the selected image"), (key_text(QKeySequence(Qt.Key.Key_Delete)),)),
        Shortcut(_("Open the context menu"), menu),
    ]
    table = [
        Shortcut(_("Select a file"), ("↑ ↓",)),
        Shortcut(_("Open the selected file in Compare"), (enter,)),
    ]
    preview = [Shortcut(_("Move the region of the preview"), ("← → ↑ ↓",))]
    return [(_("Filmstrip"), filmstrip), (_("Files of the batch"), table), (_("Preview of the training"), preview)]


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
        groups = [*collect_shortcuts(window), (_("Image view"), canvas_shortcuts()), *list_shortcuts()]
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
        self.resize(max(760, inside.sizeHint().width() + _SCROLL_BAR_WIDTH), 600)
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


def _actions(
    actions: list[QAction], menus: dict[QAction, QMenu], submenu: str = "", depth: int = 0
) -> Iterator[tuple[QAction, str]]:
    """Yield the actions of a menu and of all its submenus, without separators.

    Each action is yielded with the title of its submenu, or with "" if it is directly in a menu of the menu bar.
    """
    for action in actions:
        if action in menus:
            title = plain_text(menus[action].title()) if depth else ""
            yield from _actions(menus[action].actions(), menus, title, depth + 1)
        elif not action.isSeparator():
            yield action, submenu


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
