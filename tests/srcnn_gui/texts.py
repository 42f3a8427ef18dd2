"""Collect all visible and accessible texts of a window."""

from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QTableView, QWidget

# Qt's names for user-visible texts
_TEXT_PROPERTIES = (
    "text", "toolTip", "statusTip", "accessibleName", "accessibleDescription", "placeholderText", "windowTitle",
    "title", "specialValueText", "prefix", "suffix",
)  # fmt: skip


def texts(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield (widget class and property, text) for each text of the widgets and actions."""
    for part in (window, *window.findChildren(QWidget), *window.findChildren(QAction)):
        for name, words in _texts_of(part):
            if words:
                yield f"{type(part).__name__}.{name}", words


def _texts_of(part: QObject) -> Iterator[tuple[str, str]]:
    for name in _TEXT_PROPERTIES:
        if isinstance(words := part.property(name), str):
            yield name, words
    if isinstance(part, QComboBox):
        yield from (("item", part.itemText(index)) for index in range(part.count()))
    if isinstance(part, QTableView):
        model = part.model()
        side = Qt.Orientation.Horizontal
        yield from (("head", str(model.headerData(column, side) or "")) for column in range(model.columnCount()))
        cells = [model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount())]
        yield from (("cell", str(cell.data() or "")) for cell in cells)
