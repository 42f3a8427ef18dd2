"""The pages of the settings: forms that show a state and pass on what is chosen."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.choices.options import SAVED_AS, SCALES
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.settings.state import Folder, Lines, State
from srcnn_gui.ui import controls

_LABEL_WIDTH, _FIELD_WIDTH = 132, 240


class SettingsPage(QWidget):
    """A form: a name on the left, a field on the right, words under it where it needs some."""

    chosen = Signal(dict)  # settings by name

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.addLayout(self._grid)
        column.addStretch()

    def display(self, state: State) -> None:
        """Show a state."""
        raise NotImplementedError

    def _add_section(self, title: str) -> None:
        row = self._grid.rowCount()
        words = controls.label("section", title)
        words.setContentsMargins(0, 0 if row == 1 else 16, 0, 4)
        self._grid.addWidget(words, row, 0, 1, 2)

    def _add(self, title: str, field: QWidget, words: str = "") -> None:
        """A field with its name, and words under it."""
        row = self._grid.rowCount()
        if title:
            name = controls.label("body", title)
            name.setBuddy(field)
            self._grid.addWidget(name, row, 0)
            field.setAccessibleName(title)
        if field.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Fixed:
            self._grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)  # or its width would be the column's
        else:
            self._grid.addWidget(field, row, 1)
        if words:
            self._grid.addWidget(controls.label("caption", words, wrap=True), row + 1, 1)
            field.setAccessibleDescription(words)

    def _menu(self, name: str) -> QComboBox:
        """A drop-down for a setting of this name."""
        made = controls.combo(name)
        made.setMinimumWidth(_FIELD_WIDTH)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        made.activated.connect(lambda index: self.chosen.emit({name: made.itemData(index)}))
        return made

    def _check(self, name: str, words: str) -> QCheckBox:
        """A box for a setting of this name."""
        made = QCheckBox(words)
        made.clicked.connect(lambda on: self.chosen.emit({name: on}))
        return made


class GeneralPage(SettingsPage):
    """Look, language, notifications, and what the pages begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.theme, self.language = self._menu("theme"), self._menu("language")
        self.notifications = self._check("notifications", _("Tell me when long work has ended"))
        self.scale, self.model = self._menu("scale"), self._menu("model")
        self._add_section(_("Look"))
        self._add(_("Theme"), self.theme)
        self._add(_("Language"), self.language)
        self._add_section(_("Notifications"))
        told = _("Through the system, and only while another window is in front.")
        self._add("", self.notifications, told)
        self._add_section(_("What the pages begin with"))
        self._add(_("Scale"), self.scale)
        self._add(_("Model"), self.model)

    def display(self, state: State) -> None:
        """Show a state."""
        chosen = state.settings
        _show(self.theme, (("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))), chosen.theme)
        _show(self.language, state.languages, chosen.language)
        self.notifications.setChecked(chosen.notifications)
        _show(self.scale, ((0, _("As used last")), *((scale, f"×{scale}") for scale in SCALES)), chosen.scale)
        _show(self.model, state.models, chosen.model)


class OutputPage(SettingsPage):
    """How results are written."""

    def __init__(self) -> None:
        super().__init__()
        self.format = self._menu("format")
        self.own_quality = QCheckBox(_("Choose it"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=90)
        self.metadata = self._check("metadata", _("Keep EXIF, colour profile, resolution and texts"))
        self.own_quality.clicked.connect(lambda on: self.chosen.emit({"quality": self.quality.value() if on else 0}))
        self.quality.editingFinished.connect(self._choose_quality)
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self.own_quality)
        beside.addWidget(self.quality)
        beside.addStretch()
        self.quality.setAccessibleName(_("Quality"))
        self._add_section(_("Results"))
        self._add(_("Format"), self.format, _("Unless the name that you save under has another ending."))
        told = _("Of results of the Compare page in JPEG, WebP and AVIF. Without a choice each has its own.")
        self._add(_("Quality"), row, told)
        self.own_quality.setAccessibleName(_("Choose the quality"))
        self._add_section(_("What comes with a picture"))
        self._add("", self.metadata, _("Without it the colours become sRGB, and nothing tells where it was taken."))

    def _choose_quality(self) -> None:
        if self.own_quality.isChecked():
            self.chosen.emit({"quality": self.quality.value()})

    def display(self, state: State) -> None:
        """Show a state."""
        chosen = state.settings
        _show(self.format, (("", _("As the source")), *((kind, kind.upper()) for kind in SAVED_AS)), chosen.format)
        self.own_quality.setChecked(chosen.quality > 0)
        self.own_quality.setEnabled(state.quality_matters)
        self.quality.setEnabled(state.quality_matters and chosen.quality > 0)
        if chosen.quality:
            self.quality.setValue(chosen.quality)
        self.metadata.setChecked(chosen.metadata)


class DevicePage(SettingsPage):
    """What computes, and how."""

    threads_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.device, self.precision = self._menu("device"), self._menu("precision")
        self.threads = QSpinBox(minimum=0)
        self.threads.setMinimumWidth(_FIELD_WIDTH)
        self.threads.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.threads.valueChanged.connect(self.threads_chosen)
        self._add_section(_("What computes"))
        self._add(_("Run on"), self.device)
        told = _("Automatic takes fewer digits only where that is faster and costs less than 0.03 dB on Set5.")
        self._add(_("Precision"), self.precision, told)
        told = _("Of the processor, for the command line too. Fewer leave more to other programs.")
        self._add(_("Threads"), self.threads, told)

    def display(self, state: State) -> None:
        """Show a state."""
        _show(self.device, state.devices, state.settings.device)
        kinds = (
            ("", _("As used last")),
            ("auto", _("Automatic")),
            *((kind, kind) for kind in ("float32", "bfloat16", "float16")),
        )
        _show(self.precision, kinds, state.settings.precision)
        self.threads.blockSignals(True)
        self.threads.setMaximum(state.cores)
        self.threads.setSpecialValueText(_("All ({count})").format(count=state.cores))
        self.threads.setValue(state.preferences.threads)
        self.threads.blockSignals(False)


class FoldersPage(SettingsPage):
    """Where things lie."""

    wanted = Signal(str)  # another place for one of them
    own_wanted = Signal(str)  # the program's own place again
    log_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, tuple[QLineEdit, QPushButton, QPushButton]] = {}
        self._add_section(_("For the window and the command line"))
        self._add_folder("models", _("Models"), _("Your own: trained, imported. Those that come with it stay there."))
        self._add_folder("data", _("Pictures to train on"), _("What was downloaded: the 91 images, Set5, Set14."))
        told = controls.label("caption", _("What lies in a folder stays there when another is chosen."), wrap=True)
        self._grid.addWidget(told, self._grid.rowCount(), 0, 1, 2)
        self._add_section(_("Log"))
        self.log = QLineEdit(readOnly=True)
        open_log = QPushButton(_("Open"))
        open_log.setAccessibleName(_("Open the log's folder"))
        open_log.clicked.connect(self.log_wanted)
        self._add(_("Folder"), _beside(self.log, open_log))
        self.log.setAccessibleName(_("Folder of the log"))

    def _add_folder(self, key: str, title: str, words: str) -> None:
        place = QLineEdit(readOnly=True)
        change, own = QPushButton(_("Change…")), QPushButton(_("Default"))
        change.setAccessibleName(_("Change the folder: {title}").format(title=title))
        own.setAccessibleName(_("The default folder: {title}").format(title=title))
        change.clicked.connect(lambda: self.wanted.emit(key))
        own.clicked.connect(lambda: self.own_wanted.emit(key))
        self.rows[key] = place, change, own
        self._add(title, _beside(place, change, own), words)
        place.setAccessibleName(title)

    def display(self, state: State) -> None:
        """Show a state."""
        for folder in state.folders:
            self._render_folder(folder)
        _show_path(self.log, state.log)

    def _render_folder(self, folder: Folder) -> None:
        place, _change, own = self.rows[folder.key]
        _show_path(place, folder.path)
        own.setEnabled(folder.chosen)


def _show_path(field: QLineEdit, path: str) -> None:
    """Show the end of a long path, where it differs from others."""
    if field.text() != path:
        field.setText(path)
        field.setToolTip(path)


def _show(menu: QComboBox, lines: Lines, value: Any) -> None:
    """Offer lines, one of them chosen; a value that is no longer among them is shown as what it is."""
    shown: Sequence[tuple[Any, str]] = (
        lines if any(key == value for key, _title in lines) else (*lines, (value, str(value)))
    )
    controls.fill(menu, list(shown))
    menu.setCurrentIndex([key for key, _title in shown].index(value))


def _beside(field: QWidget, *buttons: QPushButton) -> QWidget:
    """A field with its buttons."""
    row = QWidget()
    beside = QHBoxLayout(row)
    beside.setContentsMargins(0, 0, 0, 0)
    beside.setSpacing(8)
    beside.addWidget(field, 1)
    for button in buttons:
        beside.addWidget(button)
    return row
