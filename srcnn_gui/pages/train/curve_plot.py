"""A curve over steps, drawn: zoom with the wheel, drag, values under the pointer."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import log10

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal

from srcnn_gui.pages.train.state import Points
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme

_MOST_DECIMALS = 5
Write = Callable[[float, int | None], str]  # a value and its decimals, as it is written


class CurvePlot(pg.PlotWidget):
    """One curve, its last value beside it; curves of before thin and muted under it.

    `tone` names the token of its colour; with `log` heights are logarithms.
    """

    pointed = Signal(object)  # (step, value) under the pointer, or None

    def __init__(self, title: str, tone: str, write: Write, *, log: bool) -> None:
        self._write, self._tone, self._is_log, self._name = write, tone, log, title
        self._points: Points = ()
        self._older: tuple[tuple[str, Points], ...] = ()
        self._level: float | None = None
        self._until = 0  # step
        self._follows = True
        super().__init__(background=None, axisItems={"left": _Values(self._label), "bottom": _Steps("bottom")})
        self.setAccessibleName(title)
        for plot in (self, self.viewport()):
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._make_items()
        self.scene().sigMouseMoved.connect(self._point_at)

    def show_curve(self, points: Points, level: float | None, older: Sequence[tuple[str, Points]], until: int) -> None:
        """Show a curve, a level to compare it with, curves of before, and the step at which it will end, or 0."""
        if (points, level, tuple(older), until) != (self._points, self._level, self._older, self._until):
            if len(points) < len(self._points):
                self._follows = True  # another run
            self._points, self._level, self._older, self._until = points, level, tuple(older), until
            self._draw_all()

    def set_log(self, log: bool) -> None:
        """Draw logarithms, or the values themselves."""
        self._is_log, self._follows = log, True
        self._draw_all()

    def follow(self) -> None:
        """Show the whole curve again, and go on doing so."""
        self._follows = True
        self._frame(*self._xy(self._points))

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
            axis = self.getAxis(name)
            axis.setPen(tokens.strong)
            axis.setTextPen(tokens.muted)
            axis.setTickFont(theme.font("caption"))
        self._draw_all()

    def _make_items(self) -> None:
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.showGrid(y=True, alpha=0.25)
        for name in ("left", "bottom"):
            item.getAxis(name).setStyle(maxTickLevel=0, tickLength=-5 if name == "bottom" else 0)
        item.getViewBox().disableAutoRange()
        item.getViewBox().sigRangeChangedManually.connect(self._look_closer)
        self._curve = self.plot(antialias=True)
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
            self.addItem(thing)
        self.addItem(self._end_label, ignoreBounds=True)
        self.addItem(self._level_line, ignoreBounds=True)

    def _draw_all(self) -> None:
        """Draw the curves as they are now."""
        tokens = theme.current()
        for curve in self._old_curves:
            self.removeItem(curve)
        thin = pg.mkPen(tokens.strong, width=1)
        self._old_curves = [self.plot(*self._xy(points), pen=thin, antialias=True) for _name, points in self._older]
        xs, ys = self._xy(self._points)
        self.getPlotItem().showAxes((bool(xs or self._older), False, False, bool(xs or self._older)))
        self._curve.setData(xs, ys)
        self._end.setData(xs[-1:], ys[-1:])
        self._end_label.setVisible(bool(xs))
        if xs:
            self._end_label.setText(self._write(self._points[-1][1], None))
            self._end_label.setPos(xs[-1], ys[-1])
        self._level_line.setVisible(self._level is not None)
        if self._level is not None:
            self._level_line.setValue(self._height(self._level))
            self._level_line.label.setFormat(f"{_('Bicubic')} {self._write(self._level, None)}")
        self._frame(xs, ys)
        said = f"{self._name} {self._write(self._points[-1][1], None)}" if xs else ""
        self.setAccessibleDescription(said)

    def _frame(self, xs: list[float], ys: list[float]) -> None:
        """Let all curves be seen, the level too, unless a person looks at a part of them."""
        older = [self._xy(points) for _name, points in self._older if points]
        if not self._follows or not (xs or older):
            return
        heights = [*ys, *(y for _xs, old_ys in older for y in old_ys)]
        heights += [self._height(level) for level in (self._level,) if level is not None]
        low, high = min(heights), max(heights)
        room = max(high - low, 0.02) * 0.12
        last = xs[-1] if xs else 0.0
        end = max(last, min(self._until or last, 2 * last + 100), *(old_xs[-1] for old_xs, _ys in older), 1.0)
        # Beside the last point, where there is room; over it, where the curve ends at the edge.
        self._end_label.setAnchor((-0.25, 0.5) if end > 1.3 * last else (0.6, 1.2))
        self.setRange(xRange=(0, end * 1.04 + 1), yRange=(low - room, high + 1.6 * room), padding=0)

    def _look_closer(self, *_axes: object) -> None:
        """A person zoomed or dragged: the view stays where it is put."""
        self._follows = False

    def _xy(self, points: Points) -> tuple[list[float], list[float]]:
        return [float(step) for step, _value in points], [self._height(value) for _step, value in points]

    def _height(self, value: float) -> float:
        """Where a value is drawn."""
        return log10(max(value, 1e-12)) if self._is_log else value

    def _label(self, height: float, decimals: int) -> str:
        """What is written at a height."""
        return self._write(10**height if self._is_log else height, decimals)

    def _point_at(self, place: QPointF) -> None:
        """Mark the value nearest to the pointer, and say it."""
        box = self.getPlotItem().getViewBox()
        xs, ys = self._xy(self._points)
        if not box.sceneBoundingRect().contains(place) or not xs:
            self._hover.clear()
            self.pointed.emit(None)
            return
        x = box.mapSceneToView(place).x()
        right = min(bisect_left(xs, x), len(xs) - 1)
        nearest = min((max(right - 1, 0), right), key=lambda index: abs(xs[index] - x))
        self._hover.setData([xs[nearest]], [ys[nearest]], brush=getattr(theme.current(), self._tone))
        self.pointed.emit(self._points[nearest])


class _Steps(pg.AxisItem):
    """Steps with thousands apart."""

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        return [f"{value:,.0f}" if value >= 0 and value == round(value) else "" for value in values]


class _Values(pg.AxisItem):
    """Values of a plot, whose heights may be logarithms."""

    def __init__(self, label: Callable[[float, int], str]) -> None:
        super().__init__("left")
        self._label_at = label
        self.setWidth(48)

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """As few decimals as tell neighbours apart."""
        texts: list[str] = []
        for decimals in range(1, _MOST_DECIMALS + 1):
            texts = [self._label_at(value, decimals) for value in values]
            if len(set(texts)) == len(texts):
                break
        return texts
