"""The choices on the right: ground truth, scale, model; output and time; the button that saves."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.messages import _
from srcnn_gui.presenters.compare_state import SCALES, State
from srcnn_gui.widgets import icons, theme

WIDTH, COMPACT_WIDTH = 280, 256


class Inspector(QWidget):
    """Shows what is chosen and passes on other choices."""

    reference_chosen = Signal(bool)
    scale_chosen = Signal(int)
    model_chosen = Signal(str)
    save_wanted = Signal()
    stop_or_start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "inspector")
        self._name = _label("section")
        self._full_name = ""
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # elided, it asks for no room
        self._facts = _label("caption")
        self._facts.setWordWrap(True)
        self._truth = _combo(_("Ground truth"))
        self._scales: dict[int, QToolButton] = {}
        self._model = _combo(_("Model"))
        self._card = _Card()
        self._device = _label("body")
        self._size = _Card()
        self.save = QPushButton(_("Save result…"))
        self.cancel = QPushButton(_("Stop"))
        self._truth.activated.connect(lambda index: self.reference_chosen.emit(index == 1))
        self._model.activated.connect(lambda index: self.model_chosen.emit(self._model.itemData(index)))
        self.save.clicked.connect(self.save_wanted)
        self.cancel.clicked.connect(self.stop_or_start_wanted)
        theme.set_role(self.save, True, "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)  # the line to the left
        column.setSpacing(0)
        column.addWidget(self._choices(), 1)
        column.addWidget(self._actions())
        icons.put(self.save, "save", on_fill=True)
        icons.put(self.cancel, "stop")
        self.set_compact(False)

    def render(self, state: State) -> None:
        """Show a state; what cannot be chosen is disabled."""
        self._full_name = state.name or _("No picture yet")
        self._elide()
        self._name.setToolTip(state.name)
        self._facts.setText(state.facts or _("The choices below are kept for the first one"))
        self._fill_truth(state)
        for scale, button in self._scales.items():
            button.setEnabled(scale in state.scales)
            button.setChecked(scale == state.scale)
        self._fill_models(state)
        self._card.render(state.model.card if state.model else ())
        self._device.setText(state.device or "…")
        self._size.render(((_("Output"), state.output or "–"), (_("Time"), state.time or "–")), strong=True)
        self.save.setEnabled(state.can_save)
        self.cancel.setText(_("Start again") if state.can_start else _("Stop"))
        icons.put(self.cancel, "play" if state.can_start else "stop")
        self.cancel.setEnabled(state.working or state.can_start)

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self.setFixedWidth(COMPACT_WIDTH if compact else WIDTH)
        self._elide()

    def _elide(self) -> None:
        """A long file name keeps its beginning and its ending."""
        room = (COMPACT_WIDTH if self.maximumWidth() == COMPACT_WIDTH else WIDTH) - 44
        self._name.setText(self._name.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, room))

    def _choices(self) -> QScrollArea:
        """The part that scrolls."""
        inside = QWidget()
        theme.set_role(inside, "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addSpacing(4)
        for title, widget in (
            (_("Ground truth"), self._truth),
            (_("Scale"), self._segments()),
            (_("Model"), self._model),
        ):
            column.addWidget(_label("section", title))
            column.addWidget(widget)
            column.addSpacing(4)
        column.addWidget(self._card)
        column.addSpacing(4)
        column.addWidget(_label("section", _("Run on")))
        column.addWidget(self._device)
        column.addStretch()
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _actions(self) -> QWidget:
        """The part that stays: size, time, buttons."""
        below = QWidget()
        theme.set_role(below, "panel")
        column = QVBoxLayout(below)
        column.setContentsMargins(16, 8, 16, 14)
        column.setSpacing(14)
        for widget in (self._size, self.save, self.cancel):
            column.addWidget(widget)
        return below

    def _segments(self) -> QWidget:
        """×2 ×3 ×4 in one control."""
        control = QWidget()
        row = QHBoxLayout(control)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QButtonGroup(control)
        for scale in SCALES:
            button = QToolButton(text=f"×{scale}", checkable=True)
            button.setAccessibleName(_("Scale ×{scale}").format(scale=scale))
            button.setSizePolicy(self.sizePolicy())
            theme.set_role(button, "segment")
            theme.set_role(button, {SCALES[0]: "first", SCALES[-1]: "last"}.get(scale, "middle"), "place")
            button.clicked.connect(lambda _checked, scale=scale: self.scale_chosen.emit(scale))
            group.addButton(button)
            row.addWidget(button, 1)
            self._scales[scale] = button
        return control

    def _fill_truth(self, state: State) -> None:
        texts = [_("None"), _("This picture, reduced ×{scale}").format(scale=state.scale)]
        if [self._truth.itemText(index) for index in range(self._truth.count())] != texts:
            self._truth.clear()
            self._truth.addItems(texts)
        self._truth.setCurrentIndex(1 if state.reference else 0)

    def _fill_models(self, state: State) -> None:
        names = [self._model.itemData(index) for index in range(self._model.count())]
        if names != [choice.key for choice in state.models]:
            self._model.clear()
            for choice in state.models:
                self._model.addItem(choice.title, choice.key)
        self._model.setEnabled(bool(state.models))
        if state.model is not None:
            self._model.setCurrentIndex([choice.key for choice in state.models].index(state.model.key))


class _Card(QFrame):
    """Rows of a muted label and a value."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 8, 10, 8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def render(self, rows: tuple[tuple[str, str], ...], *, strong: bool = False) -> None:
        """Show rows; labels are made as they are needed."""
        while len(self._rows) < len(rows):
            pair = _label("caption"), _label("section" if strong else "body")
            pair[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, label in enumerate(pair):
                self._grid.addWidget(label, len(self._rows), column)
            self._rows.append(pair)
        for index, pair in enumerate(self._rows):
            shown = rows[index] if index < len(rows) else ("", "")
            for label, text in zip(pair, shown, strict=True):
                label.setText(text)
                label.setVisible(index < len(rows))
        self.setVisible(bool(rows))


def _label(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_role(label, role)
    return label


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(8)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo
