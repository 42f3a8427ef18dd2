"""The look: colour tokens, fonts by role, and the style sheet filled in with both."""

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
    """Every colour of the window, named by what it is for."""

    canvas: str  # behind pictures
    bg: str  # frame, heads
    surface: str  # panels, tables
    raised: str  # fields, cards
    sel: str  # what is chosen
    border: str  # divides
    strong: str  # outlines a control, 3:1 on whatever it stands on
    text: str
    muted: str  # second-rank and disabled text
    accent: str  # links, focus ring, progress
    fill: str  # the one blue button, white on it
    good: str
    warning: str
    bad: str
    bicubic: str  # the methods' colours, the same on every page
    srcnn: str
    truth: str
    published: str
    loss: str


DARK = Tokens(
    canvas="#151618",
    bg="#1C1D20",
    surface="#24262A",
    raised="#30333A",
    sel="#2A4263",
    border="#3D4149",
    strong="#7C838E",
    text="#E9EAEC",
    muted="#A8AEB8",
    accent="#7DB7FF",
    fill="#2F70CA",
    good="#6FD09A",
    warning="#F0BE62",
    bad="#FF8F85",
    bicubic="#F0A75A",
    srcnn="#6CB4FF",
    truth="#C3C8D0",
    published="#C9A6F5",
    loss="#5CCFC4",
)

LIGHT = Tokens(
    canvas="#D5D7DB",
    bg="#E9EBEE",
    surface="#F6F7F9",
    raised="#FFFFFF",
    sel="#D3E4FA",
    border="#CCD0D7",
    strong="#7B828C",
    text="#1A1C20",
    muted="#525861",
    accent="#0A58B8",
    fill="#0A58B8",
    good="#176B3A",
    warning="#7F4D00",
    bad="#AE2219",
    bicubic="#8C4A00",
    srcnn="#0A58B8",
    truth="#525861",
    published="#7438B0",
    loss="#00695F",
)

WHITE = "#FFFFFF"  # on the blue fill, in both themes

Role = Literal["caption", "body", "section", "figure", "title", "drop-title"]

# Role: times the system font's size, and weight.
_TYPE: dict[Role, tuple[float, QFont.Weight]] = {
    "caption": (0.95, QFont.Weight.Normal),
    "body": (1.0, QFont.Weight.Normal),
    "section": (1.0, QFont.Weight.DemiBold),
    "figure": (1.4, QFont.Weight.Normal),
    "title": (1.4, QFont.Weight.DemiBold),
    "drop-title": (1.9, QFont.Weight.DemiBold),
}
_SMALLEST_PT = 8.5
_USUAL_FONT_PX = 14.0  # 9 to 10.5 pt

_current = LIGHT


def current() -> Tokens:
    """The tokens that were applied last; the light ones before that."""
    return _current


def tokens_for(scheme: Qt.ColorScheme) -> Tokens:
    """The tokens of a colour scheme; a system that does not say gets the light ones."""
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def scheme(name: str) -> Qt.ColorScheme:
    """The colour scheme of a setting: "light", "dark", or anything else for the system's."""
    return {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(name, Qt.ColorScheme.Unknown)


def apply(app: QApplication, scheme: Qt.ColorScheme = Qt.ColorScheme.Unknown) -> Tokens:
    """Dress the application in a scheme, by default the system's, and return its tokens."""
    # A chosen scheme is passed in because some platforms ignore QStyleHints.setColorScheme.
    global _current  # noqa: PLW0603 - one look a process
    chosen = app.styleHints().colorScheme() if scheme == Qt.ColorScheme.Unknown else scheme
    _current = tokens_for(chosen)
    app.setStyle("Fusion")
    app.setPalette(palette(_current))
    app.setStyleSheet(style_sheet(_current))
    return _current


def set_role(widget: QWidget, value: str | bool, name: str = "role") -> None:
    """Set a property that the style sheet selects by, also on a widget that is already shown."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    # A plain QWidget leaves its background to its parent unless told otherwise; other kinds draw their own.
    if type(widget).paintEvent is QWidget.paintEvent:
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    # Qt matches property selectors only when it polishes a widget.
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def luminance(color: str) -> float:
    """The relative luminance of "#RRGGBB" by WCAG 2: 0 for black, 1 for white."""
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours by WCAG 2, from 1 to 21."""
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def point_size(role: Role) -> float:
    """The size of a role in points, never under what can be read."""
    factor, _ = _TYPE[role]
    system = QApplication.font()
    # A font stated in pixels has no points of its own (-1), only those of the face it resolves to.
    points = system.pointSizeF() if system.pointSizeF() > 0 else QFontInfo(system).pointSizeF()
    return max(_SMALLEST_PT, factor * points)


def grown(px: int) -> int:
    """A length of the look, in px; as much larger as the system's font is than the usual ones."""
    return round(px * max(1.0, QFontInfo(QApplication.font()).pixelSize() / _USUAL_FONT_PX))


def font(role: Role) -> QFont:
    """The font of a role; figures have digits of one width, so that a changing number stands still."""
    made = QFont(QApplication.font())
    made.setPointSizeF(point_size(role))
    made.setWeight(_TYPE[role][1])
    if role == "figure":
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def palette(tokens: Tokens) -> QPalette:
    """The palette for what the style sheet does not reach: Qt's own dialogs, item views, pyqtgraph."""
    made = QPalette()
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
        role.Highlight: tokens.sel,
        role.HighlightedText: tokens.text,
        role.Accent: tokens.fill,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.raised,
        role.Midlight: tokens.border,
        role.Mid: tokens.border,
        role.Dark: tokens.strong,
        role.Shadow: tokens.canvas,
    }
    for name, color in normal.items():
        made.setColor(name, QColor(color))
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.ToolTipText):
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.muted))
    for name in (role.Base, role.Button, role.Highlight):
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.surface))
    return made


def style_sheet(tokens: Tokens) -> str:
    """The style sheet with every @name and @icon(name, colour) replaced."""
    text = resources.path("style", "style.qss").read_text(encoding="utf-8")
    values = _values(tokens)

    def value(found: re.Match[str]) -> str:
        icon, color, word = found.groups()
        return _icon_url(icon, values[color]) if icon else values[word]

    return re.sub(r"@(?:icon\(([\w-]+), ([\w-]+)\)|([\w-]+))", value, text)


def tinted(name: str, color: str) -> str:
    """The SVG text of an icon in one colour."""
    return resources.path("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)


def _values(tokens: Tokens) -> dict[str, str]:
    """What the style sheet may name: the tokens, the sizes by role, and the colours under the pointer."""
    sizes = {f"{role}-size": f"{point_size(role):.2f}pt" for role in _TYPE}
    hover = {
        "hover": _mix(tokens.surface, tokens.text, 0.08),
        "raised-hover": _mix(tokens.raised, tokens.text, 0.07),
        "fill-hover": _mix(tokens.fill, "#000000", 0.12),  # darker, so that white on it stays legible
    }
    lengths = {"status-height": f"{grown(25)}px", "choice-height": f"{grown(20)}px"}
    return asdict(tokens) | sizes | lengths | hover | {"white": WHITE}


def _mix(color: str, other: str, share: float) -> str:
    a, b = QColor(color), QColor(other)
    mixed = (x + (y - x) * share for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True))  # type: ignore[index]
    return QColor(*(round(channel) for channel in mixed)).name()


def _icon_url(name: str, color: str) -> str:
    """The address of a tinted icon, since a style sheet can only draw pictures that are files."""
    # The colour is in the file's name: Qt caches such pictures by their path.
    file = _folder() / f"{name}-{color.lstrip('#')}.svg"
    if not file.exists():
        file.write_text(tinted(name, color), encoding="utf-8")
    return f'url("{file.as_posix()}")'


@cache
def _folder() -> Path:
    """A folder of this run's own, since the installed resources may be read-only."""
    folder = Path(tempfile.mkdtemp(prefix="srcnn-style-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
