"""Our line icons, tinted from the tokens and drawn at the size and sharpness that are asked for."""

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from srcnn_gui.ui import theme

_DISABLED_STRENGTH = 0.6
_LARGEST_LINE_ICON = 32  # px
_SIMPLE_UP_TO = 32  # px
_PROPERTY = "lineIcon"


def icon(name: str, size: int = 20, tone: str = "text", *, on_fill: bool = False) -> QIcon:
    """An icon in a token's colour: muted where disabled, the accent where checked, white on the blue button."""
    tokens = theme.current()
    off, on = (theme.WHITE, theme.WHITE) if on_fill else (getattr(tokens, tone), tokens.accent)
    return _icon(name, size, off, on, tokens.muted, _ratios())


def put(
    target: QAbstractButton | QAction, name: str, size: int = 20, tone: str = "text", *, on_fill: bool = False
) -> None:
    """Give a button or an action an icon that `retint` keeps in the theme's colours."""
    target.setProperty(_PROPERTY, [name, size, tone, on_fill])
    target.setIcon(icon(name, size, tone, on_fill=on_fill))
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(size, size))


def retint(app: QApplication) -> None:
    """Draw every icon that was `put` again, after the theme or the screen's sharpness changed."""
    clear()
    for widget in app.allWidgets():
        for target in (widget, *widget.actions()):
            _retint_one(target)


def app_icon() -> QIcon:
    """The application's own icon in the sizes that systems ask for; a simpler drawing where there are few pixels."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app" if size > _SIMPLE_UP_TO else "app-small", "", size))
    return made


@cache
def pixmap(name: str, color: str, size: int = 20, dpr: float = 1.0) -> QPixmap:
    """An icon as a picture `size` wide in logical pixels, in a colour such as "#7DB7FF"."""
    edge = round(size * dpr)
    made = QPixmap(edge, edge)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    svg = theme.tinted(name, color)
    if size > _LARGEST_LINE_ICON:  # a large one keeps about 2 px of line, instead of growing a fat one
        svg = svg.replace('stroke-width="1.5"', f'stroke-width="{2 * 20 / size:.2f}"')
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    made.setDevicePixelRatio(dpr)
    return made


def clear() -> None:
    """Forget every drawn icon."""
    pixmap.cache_clear()
    _icon.cache_clear()


def _retint_one(target: QObject) -> None:
    wanted = target.property(_PROPERTY)
    if wanted and isinstance(target, QAbstractButton | QAction):
        name, size, tone, on_fill = wanted
        target.setIcon(icon(name, size, tone, on_fill=on_fill))


def _ratios() -> tuple[float, ...]:
    """The sharpness of every screen there is, and 1 and 2 for those to come."""
    return tuple(sorted({1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}))


@cache
def _icon(name: str, size: int, color: str, on: str, disabled: str, ratios: tuple[float, ...]) -> QIcon:
    made = QIcon()
    mode, state = QIcon.Mode, QIcon.State
    for ratio in ratios:
        weak = _weakened(pixmap(name, disabled, size, ratio))
        for when, shade in ((state.Off, color), (state.On, on)):
            drawn = pixmap(name, shade, size, ratio)
            # Selected too, or the style would mix its own highlight colour into it.
            made.addPixmap(drawn, mode.Normal, when)
            made.addPixmap(drawn, mode.Selected, when)
            made.addPixmap(weak, mode.Disabled, when)
    return made


def _weakened(drawn: QPixmap) -> QPixmap:
    weak = QPixmap(drawn)
    painter = QPainter(weak)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    veil = QColor(0, 0, 0, round(255 * _DISABLED_STRENGTH))
    painter.fillRect(QRectF(0, 0, weak.deviceIndependentSize().width(), weak.deviceIndependentSize().height()), veil)
    painter.end()
    return weak
