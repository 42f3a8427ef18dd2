"""The readout under the panes: PSNR and SSIM of the whole picture and of the visible part, and their convention."""

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

from srcnn_gui.pages.compare.readout import Figures, Readout, psnr_meaning, ssim_meaning
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import layout_of

_WIDEST = 360  # px; on a large window a group grows no further
_NOTHING = Figures()


class ScoresBar(QStackedWidget):
    """Shows a Readout: the figures, or the reason why there are none."""

    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = QLabel()
        self._advice = QLabel(wordWrap=True)
        self._ruler = QLabel()
        self._whole = _Group()
        self._visible = _Group()
        self._convention = _Convention()
        self._convention.copy.clicked.connect(self.copy_wanted)
        self._compact = self._selected = False
        self._scored = self._with()
        self.addWidget(self._without())
        self.addWidget(self._scored)
        theme.set_role(self, "strip")
        self.set_compact(False)
        self.retint()

    def display(self, readout: Readout) -> None:
        """Show figures where there is a ground truth, the reason where there is none."""
        self._reason.setText(readout.reason)
        self._advice.setText(readout.advice)
        self._whole.display(readout.whole)
        self._visible.display(readout.visible)
        self._selected = readout.selected
        self._title_groups()
        self._convention.display(readout)
        self.setCurrentIndex(0 if readout.reason else 1)
        self.setFixedHeight(theme.grown(72 if readout.reason else 98))

    def set_compact(self, compact: bool) -> None:
        """Shorter titles, and no words for the convention, in a narrow window."""
        self._compact = compact
        self._title_groups()
        for group in (self._whole, self._visible):
            group.grid.setHorizontalSpacing(6 if compact else 12)
        self._convention.set_compact(compact)
        for part in (self._whole, self._visible, self._convention, self._scored):
            layout = layout_of(part)
            layout.invalidate()  # hidden, the part would keep its size
            layout.activate()

    def _title_groups(self) -> None:
        whole, visible = (_("Whole"), _("Visible")) if self._compact else (_("Whole picture"), _("Visible region"))
        self._whole.title.setText(whole)
        self._visible.title.setText(_("Selection") if self._selected else visible)

    def retint(self) -> None:
        """Take on the theme's colours."""
        self._ruler.setPixmap(icons.pixmap("ruler", theme.current().muted, 20, self.devicePixelRatioF()))
        for group in (self._whole, self._visible):
            group.retint()

    def _without(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(4)
        theme.set_role(self._reason, "section")
        theme.set_role(self._advice, "caption")
        words.addStretch()
        words.addWidget(self._reason)
        words.addWidget(self._advice)
        words.addStretch()
        row.addWidget(self._ruler)
        row.addLayout(words, 1)
        return page

    def _with(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        for widget in (self._whole, _line(), self._visible, _line()):
            row.addWidget(widget)
        row.addWidget(self._convention, 1)
        row.addStretch()
        return page


class _Group(QWidget):
    """PSNR and SSIM of bicubic, SRCNN and the gain."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self._swatches = {"bicubic": QLabel(), "srcnn": QLabel()}
        self._psnr = [_figure("figure") for _column in range(3)]
        self._ssim = [_figure("body") for _column in range(3)]
        self._shown = _NOTHING
        theme.set_role(self.title, "section")
        self.setMaximumWidth(theme.grown(_WIDEST))
        self.grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.title, 0, 0)
        grid.addLayout(_head(_("Bicubic"), self._swatches["bicubic"]), 0, 1)
        grid.addLayout(_head("SRCNN", self._swatches["srcnn"]), 0, 2)
        grid.addLayout(_head(_("Gain"), None), 0, 3)
        psnr = QLabel(f'PSNR <span style="font-size: small">{_("dB")}</span>')
        psnr.setToolTip(psnr_meaning())
        ssim = QLabel("SSIM")
        ssim.setToolTip(ssim_meaning())
        for row, (name, figures) in enumerate(((psnr, self._psnr), (ssim, self._ssim)), start=1):
            grid.addWidget(name, row, 0)
            for column, figure in enumerate(figures, start=1):
                grid.addWidget(figure, row, column)

    def display(self, figures: Figures) -> None:
        """Show six figures; stale ones are muted, a gain has its sign's colour."""
        self._shown = figures
        gain = {1: "good", 0: "plain", -1: "bad"}[figures.gain]
        for labels, texts in ((self._psnr, figures.psnr), (self._ssim, figures.ssim)):
            for column, (label, text) in enumerate(zip(labels, texts, strict=True)):
                label.setText(text)
                theme.set_role(label, "muted" if figures.stale else gain if column == 2 else "plain", "tone")
        self.setAccessibleName(f"{self.title.text()}: PSNR {', '.join(figures.psnr)}; SSIM {', '.join(figures.ssim)}")

    def retint(self) -> None:
        tokens = theme.current()
        for name, swatch in self._swatches.items():
            swatch.setStyleSheet(f"background: {getattr(tokens, name)}; border-radius: 2px;")


class _Convention(QWidget):
    """How it is measured, in words or behind an icon, and a button that copies the scores."""

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel(_("How it is measured"))
        self._line = QLabel()
        self._region = QLabel()
        self._info = QToolButton()
        self.copy = QToolButton()
        theme.set_role(self._title, "section")
        theme.set_role(self._region, "caption")
        copy_words = _("Copy the scores (Ctrl+Shift+C)")
        for button, icon, words in ((self._info, "info", self._title.text()), (self.copy, "copy", copy_words)):
            theme.set_role(button, "tool")
            icons.put(button, icon, 18)
            button.setToolTip(words)
            button.setAccessibleName(words)
        self._info.clicked.connect(lambda: QToolTip.showText(QCursor.pos(), self._words(), self._info))
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._info, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._line, 1, 0, 1, 3)
        grid.addWidget(self._region, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)

    def display(self, readout: Readout) -> None:
        self._line.setText(readout.convention)
        self._region.setText(readout.region)
        self._info.setToolTip(self._words())
        self.copy.setEnabled(not readout.whole.stale)

    def set_compact(self, compact: bool) -> None:
        for words in (self._title, self._line, self._region):
            words.setVisible(not compact)
        self._info.setVisible(compact)
        row, column = (1, 1) if compact else (0, 2)  # the two buttons over each other, or copy at the right edge
        self._grid.addWidget(self.copy, row, column, Qt.AlignmentFlag.AlignRight)

    def _words(self) -> str:
        return "\n".join(part for part in (self._line.text(), self._region.text()) if part)


def _figure(role: theme.Role) -> QLabel:
    """A right-aligned figure, as wide as it can get, so that nothing jumps."""
    label = QLabel()
    font = theme.font(role)
    font.setFeature(font.Tag("tnum"), 1)
    label.setFont(font)
    theme.set_role(label, role)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("+0.0000" if role == "body" else "+00.00"))
    return label


def _head(text: str, swatch: QLabel | None) -> QHBoxLayout:
    """A column's name with its method's colour, right-aligned."""
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


def _line() -> QFrame:
    """A thin vertical division."""
    line = QFrame()
    line.setFixedWidth(1)
    theme.set_role(line, "division")
    return line
