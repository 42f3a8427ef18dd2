"""A curve in a card: zoom with the wheel, values under the pointer, and the plot or its numbers as a file."""

import csv
from bisect import bisect_left
from collections.abc import Sequence
from math import log10

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout

from srcnn_gui.messages import _
from srcnn_gui.presenters.train_state import Points
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.fields import modest


class CurveCard(QFrame):
    """One curve over steps, its last value beside it; curves of before thin and muted under it.

    `tone` names the token of its colour; `log` plots the logarithm, and can be switched.
    """

    export_wanted = Signal(str)  # "png" or "csv"

    def __init__(self, title: str, tone: str, *, decimals: int, unit: str = "", log: bool = False) -> None:
        super().__init__()
        theme.set_role(self, "plot")
        self._tone, self._decimals, self._unit = tone, decimals, unit
        self._points: Points = ()
        self._older: tuple[tuple[str, Points], ...] = ()
        self._level: float | None = None
        self._until = 0  # step
        self._follows = True
        self._title, self._subtitle, self._value = QLabel(title), modest(QLabel()), QLabel()
        theme.set_role(self._title, "section")
        theme.set_role(self._subtitle, "caption")
        theme.set_role(self._value, "caption")
        self._log = self._tool("ruler", _("Logarithmic scale"), checkable=True)
        self._log.setChecked(log)
        self._log.toggled.connect(self._rescale)
        self._plot = pg.PlotWidget(background=None, axisItems={"left": _Values(self), "bottom": _Steps("bottom")})
        self._plot.setAccessibleName(title)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._make_items()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(self._head())
        column.addWidget(self._plot, 1)
        self._plot.scene().sigMouseMoved.connect(self._point_at)
        self.retint()

    @property
    def is_log(self) -> bool:
        """Whether the plot shows logarithms."""
        return self._log.isChecked()

    def set_subtitle(self, text: str) -> None:
        """What the values are."""
        self._subtitle.setText(text)

    def show_curve(
        self, points: Points, level: float | None, older: Sequence[tuple[str, Points]] = (), until: int = 0
    ) -> None:
        """Show a curve, a level to compare it with (bicubic), and curves of before; nothing is drawn anew in vain.

        `until` is the step at which the curve will end, as far as that is known.
        """
        if (points, level, tuple(older), until) != (self._points, self._level, self._older, self._until):
            if len(points) < len(self._points):
                self._follows = True  # another run
            self._points, self._level, self._older, self._until = points, level, tuple(older), until
            self._draw_all()

    def retint(self) -> None:
        """Take on the theme's colours."""
        tokens = theme.current()
        color = getattr(tokens, self._tone)
        self._curve.setPen(pg.mkPen(color, width=2))
        self._end.setBrush(color)
        self._end_label.setColor(color)
        self._level_line.setPen(pg.mkPen(tokens.bicubic, width=1.5, style=Qt.PenStyle.DashLine))
        self._level_line.label.setColor(tokens.bicubic)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(tokens.strong)
            axis.setTextPen(tokens.muted)
            axis.setTickFont(theme.font("caption"))
        self._draw_all()

    def save_csv(self, path: str) -> None:
        """Write the numbers: a column for the curve, and one for each of before; raises OSError."""
        columns = [("", self._points), *self._older]
        rows = sorted({step for _name, points in columns for step, _value in points})
        values = [dict(points) for _name, points in columns]
        with open(path, "w", newline="", encoding="utf-8") as file:  # noqa: PTH123 - a path from a file dialog
            writer = csv.writer(file)
            writer.writerow(["step", self._title.text(), *(name for name, _points in columns[1:])])
            writer.writerows([step, *(value.get(step, "") for value in values)] for step in rows)

    def save_png(self, path: str) -> None:
        """Write the card as it is shown; raises OSError."""
        if not self.grab().save(path, "PNG"):
            raise OSError(_("the folder does not take it"))

    def _make_items(self) -> None:
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.showGrid(y=True, alpha=0.25)
        for name in ("left", "bottom"):
            item.getAxis(name).setStyle(maxTickLevel=0, tickLength=-5 if name == "bottom" else 0)
        item.getViewBox().disableAutoRange()
        item.getViewBox().sigRangeChangedManually.connect(self._look_closer)
        self._curve = self._plot.plot(antialias=True)
        self._old_curves: list[pg.PlotDataItem] = []
        self._end = pg.ScatterPlotItem(size=9, pen=None)
        self._end_label = pg.TextItem(anchor=(0.5, 1.15))
        self._hover = pg.ScatterPlotItem(size=9, pen=None)
        bold = theme.font("body")
        bold.setBold(True)
        self._end_label.setFont(bold)
        options = {"position": 0.86, "anchors": [(0.5, 0), (0.5, 0)], "movable": False}
        self._level_line = pg.InfiniteLine(angle=0, label="{value}", labelOpts=options)
        self._level_line.label.setFont(bold)
        for thing in (self._end, self._hover):
            self._plot.addItem(thing)
        self._plot.addItem(self._end_label, ignoreBounds=True)
        self._plot.addItem(self._level_line, ignoreBounds=True)

    def _head(self) -> QHBoxLayout:
        fit = self._tool("fit", _("Show the whole curve"))
        fit.clicked.connect(self._follow_again)
        save = self._tool("save", _("Save the curve"))
        menu = QMenu(save)
        menu.addAction(_("As a picture (PNG)…"), lambda: self.export_wanted.emit("png"))
        menu.addAction(_("As numbers (CSV)…"), lambda: self.export_wanted.emit("csv"))
        save.setMenu(menu)
        save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self._title, self._subtitle):
            row.addWidget(widget, int(widget is self._subtitle))
        row.addWidget(self._value)
        for widget in (self._log, fit, save):
            row.addWidget(widget)
        row.setSpacing(4)
        return row

    def _tool(self, icon: str, words: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton(checkable=checkable)
        theme.set_role(button, "tool")
        theme.set_role(button, True, "compact")
        icons.put(button, icon, 18, tone="muted")
        button.setToolTip(words)
        button.setAccessibleName(f"{self._title.text()}: {words}")
        return button

    def _rescale(self) -> None:
        self._follows = True
        self._draw_all()

    def _draw_all(self) -> None:
        """Draw the curves as they are now."""
        tokens = theme.current()
        for curve in self._old_curves:
            self._plot.removeItem(curve)
        thin = pg.mkPen(tokens.strong, width=1)
        self._old_curves = [
            self._plot.plot(*self._xy(points), pen=thin, antialias=True) for _name, points in self._older
        ]
        xs, ys = self._xy(self._points)
        self._plot.getPlotItem().showAxes((bool(xs or self._older), False, False, bool(xs or self._older)))
        self._curve.setData(xs, ys)
        self._end.setData(xs[-1:], ys[-1:])
        self._end_label.setVisible(bool(xs))
        if xs:
            self._end_label.setText(self.text(self._points[-1][1]))
            self._end_label.setPos(xs[-1], ys[-1])
        self._level_line.setVisible(self._level is not None)
        if self._level is not None:
            self._level_line.setValue(self._height(self._level))
            self._level_line.label.setFormat(f"{_('Bicubic')} {self.text(self._level)}")
        self._frame(xs, ys)
        name = self._title.text()
        self._plot.setAccessibleDescription(f"{name} {self.text(self._points[-1][1])}" if xs else "")

    def _frame(self, xs: list[float], ys: list[float]) -> None:
        """Let the whole curve be seen, the level too, unless a person looks at a part of it."""
        if not self._follows or not xs:
            return
        heights = [*ys, *(self._height(self._level) for _once in range(self._level is not None))]
        low, high = min(heights), max(heights)
        room = max(high - low, 0.02) * 0.12
        end = max(xs[-1], min(self._until or xs[-1], 2 * xs[-1] + 100))
        # Beside the last point, where there is room; over it, where the curve ends at the edge.
        self._end_label.setAnchor((-0.25, 0.5) if end > 1.3 * xs[-1] else (0.6, 1.2))
        self._plot.setRange(xRange=(0, end * 1.04 + 1), yRange=(low - room, high + 1.6 * room), padding=0)

    def _follow_again(self) -> None:
        self._follows = True
        self._frame(*self._xy(self._points))

    def _look_closer(self, *_axes: object) -> None:
        """A person zoomed or dragged: the view stays where it is put."""
        self._follows = False

    def _xy(self, points: Points) -> tuple[list[float], list[float]]:
        return [float(step) for step, _value in points], [self._height(value) for _step, value in points]

    def _height(self, value: float) -> float:
        """Where a value is drawn."""
        return log10(max(value, 1e-12)) if self.is_log else value

    def value_at(self, height: float) -> float:
        """The value that is drawn at a height."""
        return 10**height if self.is_log else height

    def text(self, value: float, decimals: int | None = None) -> str:
        """A value as it is written."""
        return f"{value * (1000 if self._unit else 1):.{self._decimals if decimals is None else decimals}f}"

    def _point_at(self, place: QPointF) -> None:
        """Show the value nearest to the pointer."""
        box = self._plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(place)
        xs, ys = self._xy(self._points)
        if not inside or not xs:
            self._hover.clear()
            self._value.clear()
            return
        x = box.mapSceneToView(place).x()
        right = min(bisect_left(xs, x), len(xs) - 1)
        nearest = min((max(right - 1, 0), right), key=lambda index: abs(xs[index] - x))
        step, value = self._points[nearest]
        self._hover.setData([xs[nearest]], [ys[nearest]], brush=getattr(theme.current(), self._tone))
        self._value.setText(f"{_('step')} {step:,}: {self.text(value, self._decimals + 1)}")


class _Steps(pg.AxisItem):
    """Steps with thousands apart."""

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        return [f"{value:,.0f}" if value >= 0 and value == round(value) else "" for value in values]


class _Values(pg.AxisItem):
    """Values of a card, whose heights may be logarithms."""

    def __init__(self, card: CurveCard) -> None:
        super().__init__("left")
        self._card = card
        self.setWidth(48)

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        fine = 2 if spacing < 0.1 else 1
        return [self._card.text(self._card.value_at(value), fine) for value in values]
