"""Bar that shows the PSNR and SSIM of the whole image and of a region."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.compare.readout import Readout, ScoreGroup, explain_psnr, explain_ssim
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import layout_of
from srcnn_gui.ui.menus import with_shortcut

_MAX_GROUP_WIDTH = 360  # px
_EMPTY_GROUP = ScoreGroup()


class ScoresBar(QStackedWidget):
    """Bar that shows the scores in a `Readout`, or the reason why there are none."""

    copy_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = QLabel()
        self._advice = QLabel(wordWrap=True)
        self._reason_icon = QLabel()
        self._whole = _ScoreGroupWidget()
        self._visible = _ScoreGroupWidget()
        self._convention = _ConventionWidget()
        self._convention.copy.clicked.connect(self.copy_requested)
        self._selected = False
        self._scored = self._build_scores_page()
        self.addWidget(self._build_reason_page())
        self.addWidget(self._scored)
        theme.set_role(self, "strip")
        self.set_compact(False)
        self.apply_theme()

    def display(self, readout: Readout) -> None:
        """Show the scores of a readout, or the reason why there are none."""
        self._reason.setText(readout.reason)
        self._advice.setText(readout.advice)
        self._whole.display(readout.whole_scores)
        self._visible.display(readout.region_scores)
        self._selected = readout.selected
        self._title_groups()
        self._convention.display(readout)
        self.setCurrentIndex(0 if readout.reason else 1)
        self.setFixedHeight(theme.scaled_px(72 if readout.reason else 98))

    def set_compact(self, compact: bool) -> None:
        """Set whether to reduce the spacing and hide the convention, for a narrow window."""
        for group in (self._whole, self._visible):
            group.grid.setHorizontalSpacing(6 if compact else 12)
        self._convention.set_compact(compact)
        for part in (self._whole, self._visible, self._convention, self._scored):
            layout = layout_of(part)
            layout.invalidate()  # a hidden layout does not update its size
            layout.activate()

    def _title_groups(self) -> None:
        self._whole.title.setText(_("Image"))
        self._visible.title.setText(_("Selection") if self._selected else _("Visible"))

    def apply_theme(self) -> None:
        """Update the icon and the color swatches to the colors of the theme."""
        self._reason_icon.setPixmap(icons.pixmap("ruler", theme.current().muted, 20, self.devicePixelRatioF()))
        for group in (self._whole, self._visible):
            group.apply_theme()

    def _build_reason_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(4)
        theme.set_role(self._reason, "section")
        theme.set_role(self._advice, "caption")
        column.addStretch()
        column.addWidget(self._reason)
        column.addWidget(self._advice)
        column.addStretch()
        row.addWidget(self._reason_icon)
        row.addLayout(column, 1)
        return page

    def _build_scores_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        for widget in (self._whole, _separator(), self._visible, _separator()):
            row.addWidget(widget)
        row.addWidget(self._convention, 1)
        row.addStretch()
        return page


class _ScoreGroupWidget(QWidget):
    """Table with the PSNR and SSIM of bicubic and the model, and the gain."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self._swatches = {"bicubic": QLabel(), "model": QLabel()}
        self._psnr = [_score_label("figure") for _column in range(3)]
        self._ssim = [_score_label("body") for _column in range(3)]
        self._shown = _EMPTY_GROUP
        theme.set_role(self.title, "section")
        self.setMaximumWidth(theme.scaled_px(_MAX_GROUP_WIDTH))
        self.grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.title, 0, 0)
        grid.addLayout(_column_header(_("Bicubic"), self._swatches["bicubic"]), 0, 1)
        grid.addLayout(_column_header(_("Model"), self._swatches["model"]), 0, 2)
        grid.addLayout(_column_header(_("Gain"), None), 0, 3)
        psnr = QLabel(f'PSNR <span style="font-size: small">{_("dB")}</span>')
        psnr.setToolTip(explain_psnr())
        ssim = QLabel("SSIM")
        ssim.setToolTip(explain_ssim())
        for row, (name, scores) in enumerate(((psnr, self._psnr), (ssim, self._ssim)), start=1):
            grid.addWidget(name, row, 0)
            for column, label in enumerate(scores, start=1):
                grid.addWidget(label, row, column)

    def display(self, scores: ScoreGroup) -> None:
        """Show the scores. Stale scores are muted, and the color of the gain shows its sign."""
        self._shown = scores
        gain = {1: "good", 0: "plain", -1: "bad"}[scores.gain]
        for labels, texts in ((self._psnr, scores.psnr), (self._ssim, scores.ssim)):
            for column, (label, text) in enumerate(zip(labels, texts, strict=True)):
                label.setText(text)
                theme.set_role(label, "muted" if scores.stale else gain if column == 2 else "plain", "tone")
        self.setAccessibleName(f"{self.title.text()}: PSNR {', '.join(scores.psnr)}; SSIM {', '.join(scores.ssim)}")

    def apply_theme(self) -> None:
        tokens = theme.current()
        for name, swatch in self._swatches.items():
            swatch.setStyleSheet(f"background: {getattr(tokens, name)}; border-radius: 2px;")


class _ConventionWidget(QWidget):
    """Text that describes how the scores are measured, and a button that copies the scores.

    In a narrow window, the text is the tooltip of an icon.
    """

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel(_("Method"))
        self._convention_label = QLabel()
        self._region = QLabel()
        self._info = QToolButton()
        self.copy = QToolButton()
        theme.set_role(self._title, "section")
        theme.set_role(self._region, "caption")
        copy_tooltip = with_shortcut(_("Copy Scores"), "Ctrl+Shift+C")
        for button, icon, tooltip in ((self._info, "info", self._title.text()), (self.copy, "copy", copy_tooltip)):
            theme.set_role(button, "tool")
            icons.set_icon(button, icon, 18)
            button.setToolTip(tooltip)
            button.setAccessibleName(tooltip)
        self._info.clicked.connect(lambda: QToolTip.showText(QCursor.pos(), self._tooltip_text(), self._info))
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._info, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._convention_label, 1, 0, 1, 3)
        grid.addWidget(self._region, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)

    def display(self, readout: Readout) -> None:
        self._convention_label.setText(readout.convention)
        self._region.setText(readout.region_text)
        self._info.setToolTip(self._tooltip_text())
        self.copy.setEnabled(not readout.whole_scores.stale)

    def set_compact(self, compact: bool) -> None:
        for label in (self._title, self._convention_label, self._region):
            label.setVisible(not compact)
        self._info.setVisible(compact)
        row, column = (1, 1) if compact else (0, 2)  # below the info button, or at the right edge
        self._grid.addWidget(self.copy, row, column, Qt.AlignmentFlag.AlignRight)

    def _tooltip_text(self) -> str:
        return "\n".join(part for part in (self._convention_label.text(), self._region.text()) if part)


def _score_label(role: theme.Role) -> QLabel:
    """Return a right-aligned label whose minimum width keeps the layout stable when scores change."""
    label = QLabel()
    font = theme.font(role)
    font.setFeature(font.Tag("tnum"), 1)
    label.setFont(font)
    theme.set_role(label, role)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("+0.0000" if role == "body" else "+00.00"))
    return label


def _column_header(text: str, swatch: QLabel | None) -> QHBoxLayout:
    """Return the right-aligned header of a column. `swatch` shows the color of the method, if any."""
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addStretch()
    if swatch is not None:
        swatch.setFixedSize(8, 8)
        row.addWidget(swatch)
    label = QLabel(text)
    theme.set_role(label, "caption")
    row.addWidget(label)
    return row


def _separator() -> QFrame:
    """Return a thin vertical line to place between the groups of scores."""
    line = QFrame()
    line.setFixedWidth(1)
    theme.set_role(line, "division")
    return line
