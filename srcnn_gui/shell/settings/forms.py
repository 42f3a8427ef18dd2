"""Pages of the Settings dialog: forms that show the settings and emit changes by the user."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.choices.options import SAVE_FORMATS, SCALES
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.settings.state import Items, State
from srcnn_gui.ui import controls

_LABEL_WIDTH, _FIELD_WIDTH = 132, 240


class SettingsPage(QWidget):
    """Base class of the pages: a form with labels on the left and fields on the right."""

    settings_changed = Signal(dict)  # changed settings by name
    change_requested = Signal(str)  # key of the folder to change
    default_requested = Signal(str)  # key of the folder to reset to its default

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, tuple[controls.PathField, QPushButton, QPushButton]] = {}
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
        """Show the settings in `state` in the fields of the page."""
        raise NotImplementedError

    def _add_section(self, title: str) -> None:
        row = self._grid.rowCount()
        title_label = controls.label("section", title)
        title_label.setContentsMargins(0, 0 if row == 1 else 16, 0, 4)
        self._grid.addWidget(title_label, row, 0, 1, 2)

    def _add(self, title: str, field: QWidget, words: str = "") -> None:
        """Add a field with the label `title` and, if given, the description `words` below the field."""
        row = self._grid.rowCount()
        if title:
            name = controls.label("body", title)
            name.setBuddy(field)
            self._grid.addWidget(name, row, 0)
            field.setAccessibleName(title)
        if field.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Fixed:
            self._grid.addWidget(
                field, row, 1, Qt.AlignmentFlag.AlignLeft
            )  # otherwise the field would fill the column
        else:
            self._grid.addWidget(field, row, 1)
        if words:
            self._grid.addWidget(controls.label("caption", words, wrap=True), row + 1, 1)
            field.setAccessibleDescription(words)

    def _menu(self, name: str) -> QComboBox:
        """Return a combo box that emits `settings_changed` with `name` when the user selects an item."""
        combo = controls.combo_box(name)
        combo.setMinimumWidth(_FIELD_WIDTH)
        combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        combo.activated.connect(lambda index: self.settings_changed.emit({name: combo.itemData(index)}))
        return combo

    def _check(self, name: str, words: str) -> QCheckBox:
        """Return a check box that emits `settings_changed` with the setting `name` when the user clicks it."""
        box = QCheckBox(words)
        box.clicked.connect(lambda on: self.settings_changed.emit({name: on}))
        return box

    def _add_folder(self, key: str, title: str, words: str) -> None:
        """Add a row with the path of a folder, and buttons to change it or to restore the default."""
        field = controls.PathField()
        change, default = QPushButton(_("Change…")), QPushButton(_("Default"))
        change.setAccessibleName(_("Change folder: {title}").format(title=title))
        default.setAccessibleName(_("Use default folder: {title}").format(title=title))
        change.clicked.connect(lambda: self.change_requested.emit(key))
        default.clicked.connect(lambda: self.default_requested.emit(key))
        self.rows[key] = field, change, default
        self._add(title, _row_with_buttons(field, change, default), words)
        field.setAccessibleName(title)

    def _display_folders(self, state: State) -> None:
        """Show the folders of this page."""
        for folder in state.folders:
            if folder.key in self.rows:
                field, _change, default = self.rows[folder.key]
                field.show_path(folder.path)
                default.setEnabled(folder.is_custom)


class GeneralPage(SettingsPage):
    """Page for the appearance, the language, notifications, and the initial scale factor and model."""

    def __init__(self) -> None:
        super().__init__()
        self.theme, self.language = self._menu("theme"), self._menu("language")
        self.notifications = self._check("notifications", _("Notify me when long tasks finish"))
        self.scale, self.model = self._menu("scale"), self._menu("model")
        self._add_section(_("Appearance"))
        self._add(_("Theme"), self.theme)
        self._add(_("Language"), self.language)
        self._add_section(_("Notifications"))
        description = _("Sends a system notification if the window is in the background.")
        self._add("", self.notifications, description)
        self._add_section(_("Defaults"))
        self._add(_("Scale factor"), self.scale)
        self._add(_("Model"), self.model)

    def display(self, state: State) -> None:
        """Show the settings in `state` in the fields of the page."""
        chosen = state.settings
        _set_items(self.theme, (("system", _("System")), ("light", _("Light")), ("dark", _("Dark"))), chosen.theme)
        _set_items(self.language, state.languages, chosen.language)
        self.notifications.setChecked(chosen.notifications)
        _set_items(self.scale, ((0, _("Last used")), *((scale, f"×{scale}") for scale in SCALES)), chosen.scale)
        _set_items(self.model, state.models, chosen.model)


class OutputPage(SettingsPage):
    """Page for the format, quality and metadata of saved results."""

    def __init__(self) -> None:
        super().__init__()
        self.format = self._menu("format")
        self.custom_quality = QCheckBox(_("Custom"))
        self.quality = QSpinBox(minimum=1, maximum=100, value=90)
        self.metadata = self._check("metadata", _("Keep metadata and color profile"))
        self.custom_quality.clicked.connect(
            lambda on: self.settings_changed.emit({"quality": self.quality.value() if on else 0})
        )
        self.quality.editingFinished.connect(self._choose_quality)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.custom_quality)
        layout.addWidget(self.quality)
        layout.addStretch()
        self.quality.setAccessibleName(_("Quality"))
        self._add_section(_("Results"))
        self._add(_("Format"), self.format, _("Applies unless you enter a different file extension."))
        description = _(
            "Applies to JPEG, WebP, AVIF, and JPEG XL on the Compare page. "
            "If this setting is off, each format uses its default."
        )
        self._add(_("Quality"), row, description)
        self.custom_quality.setAccessibleName(_("Custom quality"))
        self._add_folder("results", _("Folder"), _("“Save Result” on the Compare page saves to this folder."))
        self.rows["results"][0].setPlaceholderText(_("Folder of the image"))
        self._add_section(_("Metadata"))
        description = _(
            "If this setting is off, results are converted to sRGB and contain no metadata, such as the location."
        )
        self._add("", self.metadata, description)

    def _choose_quality(self) -> None:
        if self.custom_quality.isChecked():
            self.settings_changed.emit({"quality": self.quality.value()})

    def display(self, state: State) -> None:
        """Show the settings in `state` in the fields of the page."""
        chosen = state.settings
        _set_items(
            self.format, (("", _("Same as input")), *((kind, kind.upper()) for kind in SAVE_FORMATS)), chosen.format
        )
        self.custom_quality.setChecked(chosen.quality > 0)
        self.custom_quality.setEnabled(state.quality_matters)
        self.quality.setEnabled(state.quality_matters and chosen.quality > 0)
        if chosen.quality:
            self.quality.setValue(chosen.quality)
        self._display_folders(state)
        self.metadata.setChecked(chosen.metadata)


class DevicePage(SettingsPage):
    """Page for the device, the precision and the number of threads."""

    threads_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.device, self.precision = self._menu("device"), self._menu("precision")
        self.threads = QSpinBox(minimum=0)
        self.threads.setMinimumWidth(_FIELD_WIDTH)
        self.threads.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.threads.valueChanged.connect(self.threads_chosen)
        self._add_section(_("Processing"))
        self._add(_("Device"), self.device)
        description = _("Automatic lowers the precision if that is faster. The loss is less than 0.03 dB on Set5.")
        self._add(_("Precision"), self.precision, description)
        description = _("Also applies to the command line. Fewer threads leave more CPU time for other programs.")
        self._add(_("Threads"), self.threads, description)

    def display(self, state: State) -> None:
        """Show the settings in `state` in the fields of the page."""
        _set_items(self.device, state.devices, state.settings.device)
        kinds = (
            ("", _("Last used")),
            ("auto", _("Automatic")),
            *((kind, kind) for kind in ("float32", "bfloat16", "float16")),
        )
        _set_items(self.precision, kinds, state.settings.precision)
        self.threads.blockSignals(True)
        self.threads.setMaximum(state.cores)
        self.threads.setSpecialValueText(_("All ({count})").format(count=state.cores))
        self.threads.setValue(state.preferences.threads)
        self.threads.blockSignals(False)


class FoldersPage(SettingsPage):
    """Page for the folders of models and data sets, and for the log folder."""

    log_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._add_section(_("Shared with the command line"))
        description = _("Models that you train or import. Built-in models are not included.")
        self._add_folder("models", _("Models"), description)
        self._add_folder("data", _("Datasets"), _("Downloaded training and test sets: T91, Set5, Set14."))
        note = controls.label("caption", _("If you change a folder, its files are not moved."), wrap=True)
        self._grid.addWidget(note, self._grid.rowCount(), 0, 1, 2)
        self._add_section(_("Log"))
        self.log = controls.PathField()
        open_log = QPushButton(_("Open"))
        open_log.setAccessibleName(_("Open log folder"))
        open_log.clicked.connect(self.log_requested)
        self._add(_("Folder"), _row_with_buttons(self.log, open_log))
        self.log.setAccessibleName(_("Log folder"))

    def display(self, state: State) -> None:
        """Show the settings in `state` in the fields of the page."""
        self._display_folders(state)
        self.log.show_path(state.log)


def _set_items(menu: QComboBox, items: Items, value: Any) -> None:
    """Set the items of a combo box and select a value. If no item has this value, one is added."""
    all_items: Sequence[tuple[Any, str]] = (
        items if any(key == value for key, _title in items) else (*items, (value, str(value)))
    )
    controls.set_items(menu, list(all_items))
    menu.setCurrentIndex([key for key, _title in all_items].index(value))


def _row_with_buttons(field: QWidget, *buttons: QPushButton) -> QWidget:
    """Return a widget with a field and its buttons in one row."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    layout.addWidget(field, 1)
    for button in buttons:
        layout.addWidget(button)
    return row
