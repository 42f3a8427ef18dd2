"""Theme: contrast of the colors, icons in theme colors, a complete style sheet."""

import re
from dataclasses import asdict, fields
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetricsF, QIcon, QImage, QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.canvas import overlays
from srcnn_gui.runtime import resources
from srcnn_gui.ui import icons, theme

THEMES = {"dark": theme.DARK, "light": theme.LIGHT}
SCHEMES = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
BACKGROUNDS = ("background", "surface", "raised", "selection")
TEXT_COLORS = ("text", "muted", "accent", "good", "warning", "bad")
LINE_COLORS = ("bicubic", "model", "ground_truth", "published", "loss")
ICON_FILES = sorted(resources.resource_path("icons").glob("*.svg"))
ICON_NAMES = [file.stem for file in ICON_FILES if not file.stem.startswith("app")]

# Rounding where an edge is half transparent moves a channel by a level or two.
COLOR_TOLERANCE = 3


@pytest.fixture(params=THEMES)
def themed(qapp, request):
    """Apply each theme to the application, and return its tokens."""
    yield theme.apply(qapp, SCHEMES[request.param])
    theme.apply(qapp, Qt.ColorScheme.Light)


def screenshot(widget):
    """Return a screenshot of a widget."""
    return widget.grab().toImage()


def colors_of(image, *, at_least=200):
    """Return the colors of the nearly opaque pixels."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return [pixel for pixel in pixels if pixel.alpha() >= at_least]


def similar(a, b):
    pairs = zip(QColor(a).getRgb()[:3], QColor(b).getRgb()[:3], strict=True)
    return all(abs(one - other) <= COLOR_TOLERANCE for one, other in pairs)


def contains_color(image, color):
    return any(similar(pixel, color) for pixel in colors_of(image))


@pytest.mark.parametrize(("a", "b", "ratio"), [("#000000", "#FFFFFF", 21), ("#777777", "#FFFFFF", 4.48)])
def test_contrast_follows_wcag(a, b, ratio):
    assert theme.contrast_ratio(a, b) == pytest.approx(ratio, abs=0.01)
    assert theme.contrast_ratio(b, a) == theme.contrast_ratio(a, b)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_text_and_lines_have_contrast_on_every_background(name, ground):
    tokens = asdict(THEMES[name])
    ratios = {token: theme.contrast_ratio(tokens[token], tokens[ground]) for token in (*TEXT_COLORS, *LINE_COLORS)}

    assert {token: ratio for token, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("name", THEMES)
def test_outlines_of_controls_have_contrast(name):
    tokens = THEMES[name]

    # Not on `selection`: a selection is shown by its background, and the outline is around it.
    assert (
        min(
            theme.contrast_ratio(tokens.outline, ground)
            for ground in (tokens.background, tokens.surface, tokens.raised)
        )
        >= 3
    )


@pytest.mark.parametrize("name", THEMES)
def test_white_text_has_contrast_on_the_primary_button(name):
    assert theme.contrast_ratio(theme.WHITE, THEMES[name].fill) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_text_has_contrast_on_hover_colors(qapp, name):
    values = theme._values(THEMES[name])

    assert min(theme.contrast_ratio(THEMES[name].text, values[ground]) for ground in ("hover", "raised-hover")) >= 4.5
    assert theme.contrast_ratio(theme.WHITE, values["fill-hover"]) >= 4.5


def test_a_chip_has_contrast_on_any_image(qapp):
    """Styled and painted chips have the same color. White is the worst background."""
    source = resources.resource_path("style", "style.qss").read_text(encoding="utf-8")
    chip = overlays._CHIP_COLOR
    assert set(re.findall(r"rgba\((\d+), (\d+), (\d+), 84%\)", source)) == {tuple(map(str, chip.getRgb()[:3]))}
    assert chip.alphaF() == pytest.approx(0.84, abs=0.005)
    over_white = QColor(*(round(255 + (channel - 255) * chip.alphaF()) for channel in chip.getRgb()[:3])).name()
    assert theme.contrast_ratio(theme.WHITE, over_white) >= 4.5


def test_pixel_values_have_contrast():
    for level in range(256):
        color = "#000000" if level > overlays._MAX_DARK_LEVEL else "#FFFFFF"
        assert theme.contrast_ratio(color, QColor(level, level, level).name()) >= 4.5, level


@pytest.mark.parametrize("file", ICON_FILES, ids=lambda file: file.stem)
def test_icons_are_line_drawings_without_own_colors(file):
    text = file.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    if file.stem.startswith("app"):
        assert root.get("viewBox") == "0 0 256 256"
        return

    assert root.get("viewBox") == "0 0 20 20"
    assert (root.get("fill"), root.get("stroke"), root.get("stroke-width")) == ("none", "currentColor", "1.5")
    assert (root.get("stroke-linecap"), root.get("stroke-linejoin")) == ("round", "round")
    assert all(part.get("fill") is part.get("stroke") is part.get("style") is None for part in root)
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|url\(", text)


@pytest.mark.parametrize("name", ICON_NAMES)
def test_an_icon_is_drawn_completely_in_the_given_color(qapp, name):
    drawn = icons.pixmap(name, theme.DARK.accent, 20, 2.0)
    image = drawn.toImage()

    assert (image.width(), image.height(), drawn.devicePixelRatio()) == (40, 40, 2.0)
    colors = colors_of(image)
    assert colors
    assert all(similar(color, theme.DARK.accent) for color in colors)
    edge = [(x, y) for x in range(40) for y in range(40) if {x, y} & {0, 39}]
    assert all(image.pixelColor(x, y).alpha() < 40 for x, y in edge), "cut off at the edge"


def test_the_color_of_an_icon_shows_its_state(themed):
    icon = icons.icon("save")

    def image(mode, state):
        return icon.pixmap(QSize(20, 20), 1.0, mode, state).toImage()

    assert contains_color(image(QIcon.Mode.Normal, QIcon.State.Off), themed.text)
    assert contains_color(image(QIcon.Mode.Selected, QIcon.State.Off), themed.text)
    assert contains_color(image(QIcon.Mode.Normal, QIcon.State.On), themed.accent)
    disabled = image(QIcon.Mode.Disabled, QIcon.State.Off)
    assert colors_of(disabled) == []
    assert all(similar(color, themed.muted) for color in colors_of(disabled, at_least=150))


def test_an_icon_on_the_primary_button_is_white(themed):
    assert contains_color(icons.icon("save", on_fill=True).pixmap(20).toImage(), theme.WHITE)


def test_the_application_has_an_icon(qapp):
    image = icons.app_icon().pixmap(64).toImage()

    assert contains_color(image, theme.DARK.background)
    assert contains_color(image, theme.DARK.bicubic)


def test_icons_follow_a_change_of_theme(qapp, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    button, action = QToolButton(window), QAction("Save", window)
    window.addAction(action)
    theme.apply(qapp, Qt.ColorScheme.Light)
    for target in (button, action):
        icons.set_icon(target, "save", 22, "good")

    theme.apply(qapp, Qt.ColorScheme.Dark)
    icons.apply_theme(qapp)

    assert button.iconSize() == QSize(22, 22)
    for target in (button, action):
        assert contains_color(target.icon().pixmap(22).toImage(), theme.DARK.good)
    theme.apply(qapp, Qt.ColorScheme.Light)


def test_the_default_theme_follows_the_system():
    assert theme.tokens_for(Qt.ColorScheme.Dark) is theme.DARK
    assert theme.tokens_for(Qt.ColorScheme.Light) is theme.LIGHT
    assert theme.tokens_for(Qt.ColorScheme.Unknown) is theme.LIGHT


def test_applying_a_theme_sets_palette_and_widgets(qapp, qtbot, themed):
    assert theme.current() is themed
    disabled = qapp.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    assert disabled == QColor(themed.muted)
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    plain, primary, field = QPushButton(), QPushButton(), QLineEdit()
    theme.set_role(primary, True, "primary")
    for widget in (plain, primary, field):
        column.addWidget(widget)
    window.resize(200, 200)
    window.show()

    assert {widget.height() for widget in (plain, primary, field)} == {32}
    assert similar(screenshot(plain).pixelColor(20, 16), themed.raised)
    assert similar(screenshot(primary).pixelColor(20, 16), themed.fill)
    primary.setEnabled(False)
    assert not contains_color(screenshot(primary), themed.fill)


def test_a_style_role_can_change_while_the_widget_is_shown(qtbot, themed):
    label = QLabel("+2.15 dB")
    qtbot.addWidget(label)
    label.show()
    for role in ("good", "bad"):
        theme.set_role(label, role)

        assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(getattr(themed, role))


def test_a_plain_widget_paints_the_background_of_its_role(qtbot, themed):
    panel = QWidget()
    qtbot.addWidget(panel)
    theme.set_role(panel, "canvas")

    assert similar(screenshot(panel).pixelColor(5, 5), themed.canvas)


def test_the_style_sheet_is_complete_and_has_no_own_colors(qapp):
    source = resources.resource_path("style", "style.qss").read_text(encoding="utf-8")
    filled = theme.style_sheet(theme.DARK)

    assert "@" not in filled
    assert theme.DARK.surface in filled
    assert theme.LIGHT.surface not in filled
    assert not re.search(r"#[0-9a-fA-F]{3}", source)
    images = re.findall(r'url\("(.+?)"\)', filled)
    assert images
    assert not any(QImage(image).isNull() for image in images)


def test_all_tokens_are_valid_colors():
    for tokens in THEMES.values():
        assert all(re.fullmatch("#[0-9A-F]{6}", getattr(tokens, field.name)) for field in fields(tokens))


def test_no_font_is_smaller_than_the_minimum(qapp, monkeypatch):
    small = QFont(qapp.font())
    small.setPointSizeF(7)
    monkeypatch.setattr(theme.QApplication, "font", lambda: small)

    assert theme.point_size("caption") == theme.point_size("body") == 8.5
    assert theme.font("drop-title").pointSizeF() == pytest.approx(13.3)


def test_lengths_scale_with_the_system_font(qapp, monkeypatch):
    assert theme.scaled_px(280) == 280
    large = QFont(qapp.font())
    large.setPixelSize(21)
    monkeypatch.setattr(theme.QApplication, "font", lambda: large)

    assert theme.scaled_px(280) == 420
    assert "min-height: 38px; max-height: 38px" in theme.style_sheet(theme.DARK)


def test_numbers_use_digits_of_equal_width(qapp):
    metrics = QFontMetricsF(theme.font("figure"))

    assert theme.font("figure").isFeatureSet(QFont.Tag("tnum"))
    assert metrics.horizontalAdvance("11.11") == pytest.approx(metrics.horizontalAdvance("88.88"))


def test_resources_are_next_to_the_package_or_inside_it(tmp_path, monkeypatch):
    package = tmp_path / "srcnn_gui"
    monkeypatch.setattr(resources, "_PACKAGE", package)

    assert resources.resource_path("style", "style.qss") == tmp_path / "resources" / "style" / "style.qss"
    (package / "_resources").mkdir(parents=True)
    assert resources.resource_path("icons", "save.svg") == package / "_resources" / "icons" / "save.svg"
