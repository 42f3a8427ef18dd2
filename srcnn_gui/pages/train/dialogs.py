"""Dialogs of the Train page that show sample patches and earlier runs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.train.state import PreviousRun
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.confirm import ask_to_confirm
from srcnn_gui.ui.controls import label, shrinkable
from srcnn_gui.ui.qimages import to_qimage

_ZOOM = 3
_COLUMNS = 4
_GAP = 12


class PatchesDialog(QDialog):
    """Dialog with sample patches from the training set. Each input is shown next to its label.

    `inputs` and `labels` have values from 0 to 1 and the shapes (N, 33, 33) and (N, S, S).
    """

    def __init__(self, parent: QWidget, inputs: NDArray[np.float32], labels: NDArray[np.float32]) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Patches"))
        inner = labels.shape[-1]
        caption = _(
            "Left: input patches of 33 × 33 px, downscaled and upscaled with bicubic. "
            "Right: labels, which are the central {side} × {side} px of the ground truth."
        ).format(side=inner)
        text = label("muted", caption, wrap=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        sheet = _Sheet(inputs, labels)
        text.setFixedSize(sheet.width(), text.heightForWidth(sheet.width()))
        for widget in (text, sheet, buttons):
            column.addWidget(widget)


class _Sheet(QWidget):
    """Widget that draws pairs of input and label, with a frame around the labeled part of the input."""

    def __init__(self, inputs: NDArray[np.float32], labels: NDArray[np.float32]) -> None:
        super().__init__()
        self._pairs = [(_to_pixels(a), _to_pixels(b)) for a, b in zip(inputs, labels, strict=True)]
        self._side: int = inputs.shape[-1] * _ZOOM
        self._inner: int = labels.shape[-1] * _ZOOM
        self.setAccessibleName(_("Patches"))
        rows = -(-len(self._pairs) // _COLUMNS)
        self.setFixedSize(QSize(_COLUMNS * self._pair_width - _GAP, rows * (self._side + _GAP) - _GAP))

    @property
    def _pair_width(self) -> int:
        return self._side + 4 + self._inner + _GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(theme.current().model))
        offset = (self._side - self._inner) // 2
        for index, (blurred, ground_truth) in enumerate(self._pairs):
            row, column = divmod(index, _COLUMNS)
            left, top = column * self._pair_width, row * (self._side + _GAP)
            painter.drawImage(left, top, to_qimage(blurred).scaled(self._side, self._side))
            painter.drawRect(left + offset, top + offset, self._inner - 1, self._inner - 1)
            image = to_qimage(ground_truth).scaled(self._inner, self._inner)
            painter.drawImage(left + self._side + 4, top + offset, image)


class CommandDialog(QDialog):
    """Dialog with a command for the terminal, which the user can copy, and a note about it."""

    def __init__(self, parent: QWidget, command: str, note: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Command"))
        text = QPlainTextEdit(command, readOnly=True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        text.setAccessibleName(_("Command"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(_("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(command))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label("muted", note))
        column.addWidget(text, 1)
        column.addWidget(buttons)
        self.resize(560, 220)


class RunsDialog(QDialog):
    """Dialog with a list of earlier runs, in which the user can show curves and delete runs.

    Parameters
    ----------
    set_overlaid : called with the name of a run and whether to show its curves
    delete_run : called with the name of a run to delete
    """

    def __init__(
        self, parent: QWidget, set_overlaid: Callable[[str, bool], None], delete_run: Callable[[str], None]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Earlier Runs"))
        self._overlay, self._delete = set_overlaid, delete_run
        self._rows = QVBoxLayout()
        inside = QWidget()
        inside.setLayout(self._rows)
        theme.set_role(inside, "panel")
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(_("Earlier Runs"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label("muted", _("Select the runs to overlay on the curves:")))
        column.addWidget(area, 1)
        column.addWidget(buttons)
        self.resize(680, 360)

    def display(self, runs: tuple[PreviousRun, ...]) -> None:
        """Replace the listed runs with `runs`."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for run in runs:
            self._rows.addWidget(self._row(run))
        if not runs:
            self._rows.addWidget(label("muted", _("No earlier runs")))
        self._rows.addStretch()

    def _row(self, run: PreviousRun) -> QWidget:
        row = QWidget()
        box = QCheckBox(run.name)
        box.setChecked(run.shown)
        box.toggled.connect(lambda shown: self._overlay(run.name, shown))
        delete = QToolButton()
        theme.set_role(delete, "tool")
        icons.set_icon(delete, "close", 18, tone="muted")
        delete.setToolTip(_("Deletes this run and its curves but keeps its model"))
        delete.setAccessibleName(_("Delete run {name}").format(name=run.name))
        delete.clicked.connect(lambda: self._ask_to_delete(run.name))
        line = QHBoxLayout(row)
        line.setContentsMargins(8, 2, 8, 2)
        line.addWidget(box)
        facts = shrinkable(label("caption", run.details))
        facts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        facts.setToolTip(run.details)
        line.addWidget(facts, 1)
        line.addWidget(delete, 0, Qt.AlignmentFlag.AlignRight)
        return row

    def _ask_to_delete(self, name: str) -> None:
        question = _("Delete the run “{name}” and its curves? The model is kept.").format(name=name)
        if ask_to_confirm(self, _("Delete Run"), question, _("Delete")):
            self._delete(name)


def _to_pixels(patch: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Convert a patch to gray pixels.

    Parameters
    ----------
    patch : values from 0 to 1, shape (S, S)

    Returns
    -------
    uint8 array of shape (S, S, 1)
    """
    return np.ascontiguousarray(np.clip(np.round(patch * 255), 0, 255).astype(np.uint8)[:, :, None])
