"""Theme of the window: colors, fonts by role, and the style sheet that uses them."""

import atexit
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from srcnn_gui.runtime import resources


@dataclass(frozen=True)
class Tokens:
    """Colors of a theme as "#RRGGBB", named by their use.

    Attributes
    ----------
    canvas : background of images
    background : window frame and headers
    surface : panels and tables
    raised : fields and cards
    selection : background of selected items
    border : separators
    outline : outlines of controls, with a contrast ratio of at least 3 on every background
    muted : secondary and disabled text
    accent : links, focus ring and progress
    fill : primary button, which has white text
    good, warning, bad : states and differences
    bicubic, model, ground_truth, published, loss : images and curves, the same on every page
    """

    canvas: str
    background: str
    surface: str
    raised: str
    selection: str
    border: str
    outline: str
    text: str
    muted: str
    accent: str
    fill: str
    good: str
    warning: str
    bad: str
    bicubic: str
    model: str
    ground_truth: str
    published: str
    loss: str


DARK = Tokens(
    canvas="#151618",
    background="#1C1D20",
    surface="#24262A",
    raised="#30333A",
    selection="#2A4263",
    border="#3D4149",
    outline="#7C838E",
    text="#E9EAEC",
    muted="#A8AEB8",
    accent="#7DB7FF",
    fill="#2F70CA",
    good="#6FD09A",
    warning="#F0BE62",
    bad="#FF8F85",
    bicubic="#F0A75A",
    model="#6CB4FF",
    ground_truth="#C3C8D0",
    published="#C9A6F5",
    loss="#5CCFC4",
)

LIGHT = Tokens(
    canvas="#D5D7DB",
    background="#E9EBEE",
    surface="#F6F7F9",
    raised="#FFFFFF",
    selection="#D3E4FA",
    border="#CCD0D7",
    outline="#7B828C",
    text="#1A1C20",
    muted="#525861",
    accent="#0A58B8",
    fill="#0A58B8",
    good="#176B3A",
    warning="#7F4D00",
    bad="#AE2219",
    bicubic="#8C4A00",
    model="#0A58B8",
    ground_truth="#525861",
    published="#7438B0",
    loss="#00695F",
)

WHITE = "#FFFFFF"  # text on `fill`, in both themes

Role = Literal["caption", "body", "section", "figure", "title", "drop-title"]

# Role: font size relative to the system font, and font weight.
_TYPE_SCALE: dict[Role, tuple[float, QFont.Weight]] = {
    "caption": (0.95, QFont.Weight.Normal),
    "body": (1.0, QFont.Weight.Normal),
    "section": (1.0, QFont.Weight.DemiBold),
    "figure": (1.4, QFont.Weight.Normal),
    "title": (1.4, QFont.Weight.DemiBold),
    "drop-title": (1.9, QFont.Weight.DemiBold),
}
_MIN_POINT_SIZE = 8.5
_DEFAULT_FONT_PX = 14.0  # 9 to 10.5 pt

_current = LIGHT


def current() -> Tokens:
    """Return the colors of the current theme. Before `apply` is called, they are the light colors."""
    return _current


def tokens_for(scheme: Qt.ColorScheme) -> Tokens:
    """Return the colors for a color scheme, or the light colors if the scheme is unknown."""
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def color_scheme(name: str) -> Qt.ColorScheme:
    """Return the color scheme for a setting: "light" or "dark". Any other name means the system's scheme."""
    return {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(name, Qt.ColorScheme.Unknown)


def apply(app: QApplication, scheme: Qt.ColorScheme = Qt.ColorScheme.Unknown) -> Tokens:
    """Apply a color scheme to the application, and return its colors.

    `Unknown` means the system's scheme.
    """
    # The scheme is a parameter because some platforms ignore QStyleHints.setColorScheme.
    global _current  # noqa: PLW0603 - one theme per process
    chosen = app.styleHints().colorScheme() if scheme == Qt.ColorScheme.Unknown else scheme
    _current = tokens_for(chosen)
    app.setStyle("Fusion")
    app.setPalette(palette(_current))
    app.setStyleSheet(style_sheet(_current))
    return _current


def set_role(widget: QWidget, value: str | bool, name: str = "role") -> None:
    """Set a dynamic property, which style sheet selectors refer to, and restyle the widget.

    Parameters
    ----------
    value : value of the property, such as "caption"
    name : name of the property
    """
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    # A plain QWidget does not paint the background of its style unless this attribute is set.
    if type(widget).paintEvent is QWidget.paintEvent:
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    # Qt matches property selectors only when it polishes a widget.
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def luminance(color: str) -> float:
    """Return the relative luminance (WCAG 2) of a color "#RRGGBB", from 0 for black to 1 for white."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast ratio (WCAG 2) of two colors "#RRGGBB", from 1 to 21."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def point_size(role: Role) -> float:
    """Return the font size of a role in points, which is at least 8.5."""
    factor, _ = _TYPE_SCALE[role]
    system = QApplication.font()
    # A font that is sized in pixels returns -1 points; the resolved font has a point size.
    points = system.pointSizeF() if system.pointSizeF() > 0 else QFontInfo(system).pointSizeF()
    return max(_MIN_POINT_SIZE, factor * points)


def scaled_px(px: int) -> int:
    """Return a length in px, scaled up if the system font is larger than the default font."""
    return round(px * max(1.0, QFontInfo(QApplication.font()).pixelSize() / _DEFAULT_FONT_PX))


def font(role: Role) -> QFont:
    """Return the font of a role. In the role "figure", all digits have the same width."""
    result = QFont(QApplication.font())
    result.setPointSizeF(point_size(role))
    result.setWeight(_TYPE_SCALE[role][1])
    if role == "figure":
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


def palette(tokens: Tokens) -> QPalette:
    """Return the palette for widgets without a style sheet, such as Qt's dialogs and pyqtgraph."""
    result = QPalette()
    role = QPalette.ColorRole
    normal = {
        role.Window: tokens.surface,
        role.WindowText: tokens.text,
        role.Base: tokens.raised,
        role.AlternateBase: tokens.surface,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.bad,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.selection,
        role.HighlightedText: tokens.text,
        role.Accent: tokens.fill,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.raised,
        role.Midlight: tokens.border,
        role.Mid: tokens.border,
        role.Dark: tokens.outline,
        role.Shadow: tokens.canvas,
    }
    for name, color in normal.items():
        result.setColor(name, QColor(color))
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.ToolTipText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.muted))
    for name in (role.Base, role.Button, role.Highlight):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.surface))
    return result


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet, with every @name and @icon(name, color) replaced with its value."""
    text = resources.resource_path("style", "style.qss").read_text(encoding="utf-8")
    values = _values(tokens)

    def replacement(match: re.Match[str]) -> str:
        icon, color, name = match.groups()
        return _icon_url(icon, values[color]) if icon else values[name]

    return re.sub(r"@(?:icon\(([\w-]+), ([\w-]+)\)|([\w-]+))", replacement, text)


def colored_svg(name: str, color: str) -> str:
    """Return the SVG source of an icon in a color, such as "#7DB7FF"."""
    return resources.resource_path("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)


def _values(tokens: Tokens) -> dict[str, str]:
    """Return the values that the style sheet can refer to: colors, font sizes and lengths, by name."""
    sizes = {f"{role}-size": f"{point_size(role):.2f}pt" for role in _TYPE_SCALE}
    hover = {
        "hover": _mix(tokens.surface, tokens.text, 0.08),
        "raised-hover": _mix(tokens.raised, tokens.text, 0.07),
        "fill-hover": _mix(tokens.fill, "#000000", 0.12),  # darker, so that white text on it stays legible
    }
    lengths = {"status-height": f"{scaled_px(25)}px", "choice-height": f"{scaled_px(20)}px"}
    return asdict(tokens) | sizes | lengths | hover | {"white": WHITE}


def _mix(color: str, other: str, fraction: float) -> str:
    a, b = QColor(color), QColor(other)
    mixed = (x + fraction * (y - x) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True))  # type: ignore[index]
    return QColor(*(round(channel) for channel in mixed)).name()


def _icon_url(name: str, color: str) -> str:
    """Write an icon in a color to a file, and return its URL, because style sheets can only use files."""
    # The file name contains the color, because Qt caches images by path.
    file = _folder() / f"{name}-{color.lstrip('#')}.svg"
    if not file.exists():
        file.write_text(colored_svg(name, color), encoding="utf-8")
    return f'url("{file.as_posix()}")'


@cache
def _folder() -> Path:
    """Return a temporary folder for the colored icons, because the resource folder may be read-only."""
    folder = Path(tempfile.mkdtemp(prefix="srcnn-style-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
