"""Card with a title, an export menu and a plot, which is added when pyqtgraph is loaded."""

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout

from srcnn_gui.pages.train.state import Points
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import shrinkable

if TYPE_CHECKING:
    from srcnn_gui.pages.train.curve_plot import CurvePlot


class CurveCard(QFrame):
    """Card for a curve. It is empty until `add_plot` adds the plot.

    Parameters
    ----------
    title : title of the card and of the value column in an exported CSV file
    tone : name of the theme color of the curve, which is a field of `theme.Tokens`
    decimals : number of decimal places of the displayed values
    unit : "1e-3" to display values in thousandths, or "" to display them unchanged
    log_scale : whether the vertical axis is logarithmic at first, or None if it is always linear
    """

    export_requested = Signal(str)  # "png" or "csv"

    def __init__(self, title: str, tone: str, *, decimals: int, unit: str = "", log_scale: bool | None = None) -> None:
        super().__init__()
        theme.set_role(self, "plot")
        self._tone, self._decimals, self._unit = tone, decimals, unit
        self._curves: tuple[Points, float | None, tuple[tuple[str, Points], ...], int, tuple[str, Points]] = (
            (),
            None,
            (),
            0,
            ("", ()),
        )
        self.plot: CurvePlot | None = None
        self._title, self._subtitle, self._value = QLabel(title), shrinkable(QLabel()), QLabel()
        theme.set_role(self._title, "section")
        theme.set_role(self._subtitle, "caption")
        theme.set_role(self._value, "caption")
        self._log = self._tool("ruler", _("Logarithmic scale"), checkable=True)
        self._log.setChecked(bool(log_scale))
        self._log.setVisible(log_scale is not None)
        self._log.toggled.connect(self._set_log)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(4)
        self._column.addLayout(self._head())
        self._column.addStretch(1)

    def add_plot(self) -> None:
        """Add the plot to the card.

        Import pyqtgraph on another thread first, because the import takes almost a second.
        """
        from srcnn_gui.pages.train.curve_plot import CurvePlot  # noqa: PLC0415 - slow to import

        if self.plot is None:
            self.plot = CurvePlot(self._title.text(), self._tone, self.format_value, log_scale=self._log.isChecked())
            self.plot.point_hovered.connect(self._show_pointed_value)
            self._column.takeAt(1)
            self._column.addWidget(self.plot, 1)
            self.plot.show_curve(*self._curves)
            self.plot.apply_theme()

    def set_subtitle(self, text: str) -> None:
        """Set the caption next to the title, such as the unit of the values."""
        self._subtitle.setText(text)

    def show_curve(
        self,
        points: Points,
        bicubic_level: float | None,
        earlier_curves: Sequence[tuple[str, Points]] = (),
        last_step: int = 0,
        test: tuple[str, Points] = ("", ()),
    ) -> None:
        """Show a curve and the curves of earlier runs. The plot is redrawn only if something has changed.

        Parameters
        ----------
        points : pairs of step and value
        bicubic_level : value of bicubic, drawn as a horizontal line, or None to draw no line
        earlier_curves : names and points of earlier runs, drawn behind the curve
        last_step : expected last step of the run, or 0 if it is unknown
        test : title and points of the curve of a test set, drawn as a dashed line
        """
        self._curves = points, bicubic_level, tuple(earlier_curves), last_step, test
        if self.plot is not None:
            self.plot.show_curve(*self._curves)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        if self.plot is not None:
            self.plot.apply_theme()

    def save_csv(self, path: str) -> None:
        """Write the displayed curves to a CSV file. Raises OSError if the file cannot be written."""
        points, _level, older, _until, test = self._curves
        columns = [("", points), *([test] if test[1] else []), *older]
        rows = sorted({step for _name, points in columns for step, _value in points})
        values = [dict(points) for _name, points in columns]
        with open(path, "w", newline="", encoding="utf-8") as file:  # noqa: PTH123 - a path from a file dialog
            writer = csv.writer(file)
            writer.writerow(["step", self._title.text(), *(name for name, _points in columns[1:])])
            writer.writerows([step, *(value.get(step, "") for value in values)] for step in rows)

    def save_png(self, path: str) -> None:
        """Write the displayed curves to a PNG file. Raises OSError if the file cannot be written."""
        from srcnn_gui.pages.train.curve_plot import draw_for_print  # noqa: PLC0415 - slow to import

        points, level, earlier, _last_step, test = self._curves
        headings = (self._title.text(), self._subtitle.text())
        image = draw_for_print(
            headings, self._tone, self.format_value, (points, level, earlier, 0, test), log_scale=self._log.isChecked()
        )
        if not QPixmap.fromImage(image).save(path, "PNG"):
            raise OSError(_("The folder doesn't exist or is read-only, or the disk is full. Choose another folder."))

    def format_value(self, value: float, decimals: int | None = None) -> str:
        """Format a value in the unit of the card. If `decimals` is None, use the default of the card."""
        return f"{value * (1000 if self._unit else 1):.{self._decimals if decimals is None else decimals}f}"

    def _set_log(self, log: bool) -> None:
        if self.plot is not None:
            self.plot.set_log_scale(log)

    def _head(self) -> QHBoxLayout:
        fit = self._tool("fit", _("Show Whole Curve"))
        fit.clicked.connect(lambda: self.plot.show_all_points() if self.plot is not None else None)
        save = self._tool("save", _("Save Curve"))
        menu = QMenu(save)
        menu.addAction(_("Save as Image (PNG)…"), lambda: self.export_requested.emit("png"))
        menu.addAction(_("Save as Data (CSV)…"), lambda: self.export_requested.emit("csv"))
        save.setMenu(menu)
        save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout()
        for text_label in (self._title, self._subtitle):
            row.addWidget(text_label, int(text_label is self._subtitle))
        row.addWidget(self._value)
        for button in (self._log, fit, save):
            row.addWidget(button)
        row.setSpacing(4)
        return row

    def _tool(self, icon: str, words: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton()
        button.setCheckable(checkable)
        theme.set_role(button, "tool")
        theme.set_role(button, True, "compact")
        icons.set_icon(button, icon, 18, tone="muted")
        button.setToolTip(words)
        button.setAccessibleName(f"{self._title.text()}: {words}")
        return button

    def _show_pointed_value(self, point: tuple[int, float] | None) -> None:
        """Show the step and value under the mouse pointer in the header. None clears them."""
        self._value.clear()
        if point is not None:
            step, value = point
            text = _("step {step}: {value}")
            self._value.setText(text.format(step=f"{step:,}", value=self.format_value(value, self._decimals + 1)))
