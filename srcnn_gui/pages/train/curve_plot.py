"""Plot of a curve over training steps, with zoom, pan, and values at the mouse pointer."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import ceil, floor, isclose, log10

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter

from srcnn_gui.pages.train.state import Points
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme

_MAX_DECIMALS = 5
_EXACT_DECIMALS = 9
_PRINT_WIDTH, _PRINT_HEIGHT, _PRINT_HEAD, _PRINT_MARGIN, _PRINT_RATIO = 900, 560, 40, 16, 2  # px, and px per px
Formatter = Callable[[float, int | None], str]  # arguments: value, number of decimals or None for the default


class CurvePlot(pg.PlotWidget):
    """Plot of a curve, labeled with its last value, in front of thinner curves of earlier runs.

    Parameters
    ----------
    title : name of the plot for screen readers
    tone : name of the theme color of the curve, which is a field of `theme.Tokens`
    formatter : function that formats a value with a number of decimal places, or None for the default number
    log_scale : whether the vertical axis is logarithmic
    tokens : colors of the plot, or None for the colors of the current theme
    """

    point_hovered = Signal(object)  # (step, value) nearest to the pointer, None outside the plot

    def __init__(
        self, title: str, tone: str, formatter: Formatter, *, log_scale: bool, tokens: theme.Tokens | None = None
    ) -> None:
        self._fixed_tokens = tokens
        self._format_value, self._tone, self._is_log, self._name = formatter, tone, log_scale, title
        self._points: Points = ()
        self._older: tuple[tuple[str, Points], ...] = ()
        self._level: float | None = None
        self._test: tuple[str, Points] = ("", ())
        self._until = 0  # expected last step, 0 if unknown
        self._follows = True
        values = _Values(self._label, lambda: self._is_log)
        super().__init__(background=None, axisItems={"left": values, "bottom": _Steps("bottom")})
        self.setAccessibleName(title)
        for plot in (self, self.viewport()):
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._make_items()
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)

    def show_curve(
        self,
        points: Points,
        bicubic_level: float | None,
        earlier_curves: Sequence[tuple[str, Points]],
        last_step: int,
        test: tuple[str, Points] = ("", ()),
    ) -> None:
        """Show a curve and the curves of earlier runs. See `CurveCard.show_curve` for the parameters."""
        if (points, bicubic_level, tuple(earlier_curves), last_step, test) != (
            self._points,
            self._level,
            self._older,
            self._until,
            self._test,
        ):
            if points[: len(self._points)] != self._points:  # this is another run
                self._follows = True
                self._unmark()
            self._points, self._level, self._older, self._until, self._test = (
                points,
                bicubic_level,
                tuple(earlier_curves),
                last_step,
                test,
            )
            self._draw_all()

    def set_log_scale(self, log_scale: bool) -> None:
        """Switch between a logarithmic and a linear vertical axis."""
        self._is_log, self._follows = log_scale, True
        self._draw_all()

    def show_all_points(self) -> None:
        """Zoom out to show all points, and keep all points visible as more are added."""
        self._follows = True
        self._fit_view(*self._xy(self._points))

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        tokens = self._tokens()
        color = getattr(tokens, self._tone)
        self._curve.setPen(pg.mkPen(color, width=2))
        self._end.setBrush(color)
        self._end_label.setColor(color)
        self._test_curve.setPen(pg.mkPen(tokens.loss, width=1.5, style=Qt.PenStyle.DashLine))
        self._test_label.setColor(tokens.loss)
        self._level_line.setPen(pg.mkPen(tokens.bicubic, width=1.5, style=Qt.PenStyle.DashLine))
        self._level_line.label.setColor(tokens.bicubic)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(tokens.outline)
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
        item.getViewBox().sigRangeChangedManually.connect(self._on_range_changed)
        self._curve = self.plot(antialias=True)
        self._test_curve = self.plot(antialias=True)
        self._test_label = pg.TextItem(anchor=(0, 0))
        self._test_label.setFont(theme.font("caption"))
        self.addItem(self._test_label, ignoreBounds=True)
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
        for marker in (self._end, self._hover):
            self.addItem(marker)
        self.addItem(self._end_label, ignoreBounds=True)
        self.addItem(self._level_line, ignoreBounds=True)

    def _draw_all(self) -> None:
        """Redraw the curves, their labels and the line for bicubic."""
        tokens = self._tokens()
        for curve in self._old_curves:
            self.removeItem(curve)
        thin = pg.mkPen(tokens.outline, width=1)
        self._old_curves = [self.plot(*self._xy(points), pen=thin, antialias=True) for _name, points in self._older]
        xs, ys = self._xy(self._points)
        self.getPlotItem().showAxes((bool(xs or self._older), False, False, bool(xs or self._older)))
        self._curve.setData(xs, ys)
        self._end.setData(xs[-1:], ys[-1:])
        self._end_label.setVisible(bool(xs))
        if xs:
            self._end_label.setText(self._format_value(self._points[-1][1], None))
            self._end_label.setPos(xs[-1], ys[-1])
        title, test_points = self._test
        test_xs, test_ys = self._xy(test_points)
        self._test_curve.setData(test_xs, test_ys)
        self._test_label.setVisible(bool(test_xs))
        if test_xs:
            value = self._format_value(test_points[-1][1], None)
            self._test_label.setText(_("{title}: {value}").format(title=title, value=value))
            self._test_label.setPos(test_xs[0], test_ys[0])
        self._level_line.setVisible(self._level is not None)
        if self._level is not None:
            self._level_line.setValue(self._height(self._level))
            self._level_line.label.setFormat(f"{_('Bicubic')} {self._format_value(self._level, None)}")
        self._fit_view(xs, ys)
        description = f"{self._name} {self._format_value(self._points[-1][1], None)}" if xs else ""
        self.setAccessibleDescription(description)

    def _fit_view(self, xs: list[float], ys: list[float]) -> None:
        """Fit the axes to all curves and the line for bicubic, unless the user has zoomed or panned."""
        older = [self._xy(points) for _name, points in self._older if points]
        if not self._follows or not (xs or older):
            return
        heights = [*ys, *(y for _xs, old_ys in older for y in old_ys)]
        heights += self._xy(self._test[1])[1]
        heights += [self._height(level) for level in (self._level,) if level is not None]
        low, high = min(heights), max(heights)
        room = max(high - low, 0.02) * 0.12
        last = xs[-1] if xs else 0.0
        end = max(last, min(self._until or last, 2 * last + 100), *(old_xs[-1] for old_xs, _ys in older), 1.0)
        # The label is to the right of the last point if there is room, otherwise above it.
        self._end_label.setAnchor((-0.25, 0.5) if end > 1.3 * last else (0.6, 1.2))
        self.setRange(xRange=(0, end * 1.04 + 1), yRange=(low - room, high + 1.6 * room), padding=0)

    def _on_range_changed(self, *_axes: object) -> None:
        """Stop fitting the axes to the curves, because the user has zoomed or panned."""
        self._follows = False

    def _xy(self, points: Points) -> tuple[list[float], list[float]]:
        return [float(step) for step, _value in points], [self._height(value) for _step, value in points]

    def _height(self, value: float) -> float:
        """Return the vertical plot coordinate of a value, which is its log10 on a logarithmic axis."""
        return log10(max(value, 1e-12)) if self._is_log else value

    def _label(self, height: float, decimals: int) -> str:
        """Return the tick label at a vertical plot coordinate."""
        return self._format_value(10**height if self._is_log else height, decimals)

    def _on_mouse_moved(self, place: QPointF) -> None:
        """Mark the point whose step is nearest to the mouse pointer, and emit `point_hovered` with it."""
        box = self.getPlotItem().getViewBox()
        xs, ys = self._xy(self._points)
        if not box.sceneBoundingRect().contains(place) or not xs:
            self._unmark()
            return
        x = box.mapSceneToView(place).x()
        right = min(bisect_left(xs, x), len(xs) - 1)
        nearest = min((max(right - 1, 0), right), key=lambda index: abs(xs[index] - x))
        self._hover.setData([xs[nearest]], [ys[nearest]], brush=getattr(self._tokens(), self._tone))
        self.point_hovered.emit(self._points[nearest])

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the mark when the mouse pointer leaves the plot."""
        super().leaveEvent(event)
        self._unmark()

    def _unmark(self) -> None:
        self._hover.clear()
        self.point_hovered.emit(None)

    def _tokens(self) -> theme.Tokens:
        return self._fixed_tokens or theme.current()


def draw_for_print(
    headings: tuple[str, str],
    tone: str,
    formatter: Formatter,
    curves: tuple[Points, float | None, Sequence[tuple[str, Points]], int, tuple[str, Points]],
    *,
    log_scale: bool,
) -> QImage:
    """Return an image of curves for printing, in the light theme and with a fixed size.

    Parameters
    ----------
    headings : title and subtitle
    tone, formatter, log_scale : see `CurvePlot`
    curves : the arguments of `CurveCard.show_curve`
    """
    plot = CurvePlot(headings[0], tone, formatter, log_scale=log_scale, tokens=theme.LIGHT)
    plot.resize(_PRINT_WIDTH - _PRINT_MARGIN, _PRINT_HEIGHT - _PRINT_HEAD - _PRINT_MARGIN)
    plot.getPlotItem().setLabel("bottom", _("Step"), color=theme.LIGHT.muted)
    plot.show_curve(*curves)
    plot.apply_theme()
    plot.grab()  # gives the plot its size, although it is not shown
    image = QImage(_PRINT_WIDTH * _PRINT_RATIO, _PRINT_HEIGHT * _PRINT_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_PRINT_RATIO)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.LIGHT.text)
    painter.setFont(theme.font("section"))
    head = QRectF(_PRINT_MARGIN, 0, _PRINT_WIDTH - 2 * _PRINT_MARGIN, _PRINT_HEAD)
    painter.drawText(
        head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, " · ".join(filter(None, headings))
    )
    plot.render(painter, QRectF(0, _PRINT_HEAD, plot.width(), plot.height()))
    painter.end()
    plot.deleteLater()
    return image


class _Steps(pg.AxisItem):
    """Axis of training steps, labeled with thousands separators."""

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        return [f"{value:,.0f}" if value >= 0 and value == round(value) else "" for value in values]


class _Values(pg.AxisItem):
    """Axis of values on a linear or logarithmic scale."""

    def __init__(self, label: Callable[[float, int], str], is_log: Callable[[], bool]) -> None:
        super().__init__("left")
        self._label_at, self._is_log = label, is_log
        self.setWidth(48)

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Return the tick labels, with the fewest decimal places that show the exact values."""
        texts: list[str] = []
        exact = [float(self._label_at(value, _EXACT_DECIMALS)) for value in values]
        for decimals in range(1, _MAX_DECIMALS + 1):
            texts = [self._label_at(value, decimals) for value in values]
            if all(isclose(float(text), value, rel_tol=1e-6) for text, value in zip(texts, exact, strict=True)):
                break
        return texts

    def tickValues(self, minimum: float, maximum: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the spacing and the positions of the ticks.

        Ticks on a logarithmic scale are at round values.
        """
        if not self._is_log():
            return super().tickValues(minimum, maximum, size)  # type: ignore[no-any-return]
        low, high = 10**minimum, 10**maximum
        if high < 10 * low:
            step = self.tickSpacing(low, high, size)[0][0]
            return [(step, [log10(step * number) for number in range(ceil(low / step), floor(high / step) + 1)])]
        decades = range(floor(minimum), ceil(maximum) + 1)
        places = [decade + log10(digit) for decade in decades for digit in (1, 2, 5)]
        return [(1.0, [place for place in places if minimum <= place <= maximum])]
