"""Line icons in the colors of the theme, rendered for the device pixel ratios of the screens."""

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from srcnn_gui.ui import theme

_DISABLED_OPACITY = 0.6
_MAX_LINE_ICON_PX = 32  # above this size, the width of the lines does not grow with the icon
_MAX_SIMPLE_ICON_PX = 32  # up to this size, the application icon is a simpler drawing
_PROPERTY = "lineIcon"


def icon(name: str, size: int = 20, tone: str = "text", *, on_fill: bool = False) -> QIcon:
    """Return an icon in the colors of the theme.

    Parameters
    ----------
    name : name of the icon
    size : width and height in logical px
    tone : field of `theme.Tokens` that is the color; a checked button is drawn in the accent color
    on_fill : whether the icon is on a filled button, and therefore white
    """
    tokens = theme.current()
    off, on = (theme.WHITE, theme.WHITE) if on_fill else (getattr(tokens, tone), tokens.accent)
    return _icon(name, size, off, on, tokens.muted, _ratios())


def set_icon(
    target: QAbstractButton | QAction, name: str, size: int = 20, tone: str = "text", *, on_fill: bool = False
) -> None:
    """Set the icon of a button or an action. `apply_theme` redraws it when the theme changes."""
    target.setProperty(_PROPERTY, [name, size, tone, on_fill])
    target.setIcon(icon(name, size, tone, on_fill=on_fill))
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(size, size))


def apply_theme(app: QApplication) -> None:
    """Redraw all icons set with `set_icon`. Call this after the theme or the screen has changed."""
    clear_cache()
    for widget in app.allWidgets():
        for target in (widget, *widget.actions()):
            _update_icon(target)


def app_icon() -> QIcon:
    """Return the application icon in all sizes. Sizes up to 32 px use a simpler drawing."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(pixmap("app" if size > _MAX_SIMPLE_ICON_PX else "app-small", "", size))
    return result


@cache
def pixmap(name: str, color: str, size: int = 20, dpr: float = 1.0) -> QPixmap:
    """Return a rendered icon. The result is cached.

    Parameters
    ----------
    name : name of the icon
    color : color of the lines, such as "#7DB7FF"
    size : width and height in logical px
    dpr : device px per logical px
    """
    edge = round(size * dpr)
    result = QPixmap(edge, edge)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    svg = theme.colored_svg(name, color)
    if size > _MAX_LINE_ICON_PX:  # keep the line of a large icon about 2 px wide
        svg = svg.replace('stroke-width="1.5"', f'stroke-width="{2 * 20 / size:.2f}"')
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    result.setDevicePixelRatio(dpr)
    return result


def clear_cache() -> None:
    """Clear the cache of rendered icons, so that they are rendered for the current theme and screens."""
    pixmap.cache_clear()
    _icon.cache_clear()


def _update_icon(target: QObject) -> None:
    arguments = target.property(_PROPERTY)
    if arguments and isinstance(target, QAbstractButton | QAction):
        name, size, tone, on_fill = arguments
        target.setIcon(icon(name, size, tone, on_fill=on_fill))


def _ratios() -> tuple[float, ...]:
    """Return the device pixel ratios for which icons are rendered: those of all screens, and 1 and 2."""
    return tuple(sorted({1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}))


@cache
def _icon(name: str, size: int, color: str, on: str, disabled: str, ratios: tuple[float, ...]) -> QIcon:
    result = QIcon()
    mode, state = QIcon.Mode, QIcon.State
    for ratio in ratios:
        faded = _fade(pixmap(name, disabled, size, ratio))
        for icon_state, tint in ((state.Off, color), (state.On, on)):
            drawn = pixmap(name, tint, size, ratio)
            # Without a pixmap for the selected mode, the style would blend in its highlight color.
            result.addPixmap(drawn, mode.Normal, icon_state)
            result.addPixmap(drawn, mode.Selected, icon_state)
            result.addPixmap(faded, mode.Disabled, icon_state)
    return result


def _fade(drawn: QPixmap) -> QPixmap:
    faded = QPixmap(drawn)
    painter = QPainter(faded)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    mask = QColor(0, 0, 0, round(255 * _DISABLED_OPACITY))
    painter.fillRect(QRectF(0, 0, faded.deviceIndependentSize().width(), faded.deviceIndependentSize().height()), mask)
    painter.end()
    return faded
