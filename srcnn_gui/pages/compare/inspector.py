"""Inspector of the Compare page, with settings, result size, estimated time and save buttons."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from srcnn_gui.choices import devices, text
from srcnn_gui.choices.options import FORMAT_TITLES, PRECISIONS, SAVE_FORMATS, SCALES
from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.text import format_selected_scale_or_size
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.panel import SidePanel

_QUALITIES = (100, 95, 90, 85, 80, 70, 60, 50)


class Inspector(SidePanel):
    """Side panel with the settings of the Compare page. It emits a signal when the user changes one."""

    ground_truth_chosen = Signal(str)  # "none" or "simulate"
    ground_truth_file_requested = Signal()
    scale_chosen = Signal(int)  # scale factor
    size_requested = Signal()
    model_chosen = Signal(str)  # key of an entry in the model menu
    suggested_model_requested = Signal()
    strength_chosen = Signal(int)  # percent
    sharpness_chosen = Signal(int)  # percent
    import_requested = Signal()
    device_chosen = Signal(str)  # kind of the device
    precision_chosen = Signal(str)  # key of the precision
    self_ensemble_chosen = Signal(bool)
    seamless_chosen = Signal(bool)
    output_options_chosen = Signal(dict)  # changed fields of OutputOptions
    save_requested = Signal()
    save_as_requested = Signal()
    export_requested = Signal()
    stop_or_start_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._simulated = False
        self._name_label = controls.label("section")
        self._full_name = ""
        self._name_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # the text is elided
        self._info_label = controls.label("caption")
        self._info_label.setWordWrap(True)
        self._ground_truth = controls.combo_box(_("Ground truth"), opens_dialog=True)
        self._scales = controls.ScaleOrSizeButtons(SCALES, self.scale_chosen.emit, self.size_requested.emit)
        self._model = controls.combo_box(_("Model"))
        self._card = controls.PropertyCard()
        self._suggestion = controls.label("caption", wrap=True)
        self._use_suggestion = QPushButton(_("Use Suggested Model"))
        self._strength = controls.PercentSlider(_("Cleanup"))
        self._sharpness = controls.PercentSlider(_("Sharpness"))
        self._device = controls.combo_box(_("Device"))
        self._precision = controls.combo_box(_("Precision"))
        controls.set_items(self._precision, [(name, text.format_precision(name)) for name in PRECISIONS])
        self._precision.setToolTip(_("Sets the numeric precision. Automatic balances speed and accuracy."))
        self._self_ensemble = QCheckBox(_("Self-ensemble (×8)"))
        self._seamless = QCheckBox(_("Seamless texture"))
        self._seamless.setToolTip(
            _("Pads each edge with pixels from the opposite edge so that textures tile without seams")
        )
        self._import = QToolButton()
        self._import.setText(_("Import…"))
        self._size = controls.PropertyCard()
        self._format, self._quality = controls.combo_box(_("Format")), controls.combo_box(_("Quality"))
        self._format.setToolTip(_("Sets the file format of the result"))
        self._quality.setToolTip(_("Sets the quality of JPEG, WebP, AVIF, and JPEG XL files"))
        controls.set_items(
            self._format, [("", _("As input")), *((name, FORMAT_TITLES[name]) for name in SAVE_FORMATS)]
        )
        self.save, self.save_as = QPushButton(), QPushButton(_("Save As…"))
        self.export = QPushButton(_("Export…"))
        self.cancel = QPushButton(_("Stop"))
        self._connect_controls()
        self._set_accessible_descriptions()
        theme.set_role(self.save, True, "primary")
        self._fill_settings()
        self._fill_pinned()
        icons.set_icon(self.save, "save", on_fill=True)
        icons.set_icon(self.cancel, "stop")
        self.build_layout()

    def _connect_controls(self) -> None:
        """Emit the signals of the panel when the user changes a control or clicks a button."""
        self._ground_truth.activated.connect(self._choose_ground_truth)
        self._model.activated.connect(lambda index: self.model_chosen.emit(self._model.itemData(index)))
        self._use_suggestion.clicked.connect(self.suggested_model_requested)
        self._strength.chosen.connect(self.strength_chosen)
        self._sharpness.chosen.connect(self.sharpness_chosen)
        self._import.clicked.connect(self.import_requested)
        self._device.activated.connect(lambda index: self.device_chosen.emit(self._device.itemData(index)))
        self._precision.activated.connect(lambda index: self.precision_chosen.emit(self._precision.itemData(index)))
        self._self_ensemble.clicked.connect(self.self_ensemble_chosen)
        self._seamless.clicked.connect(self.seamless_chosen)
        self._format.activated.connect(
            lambda index: self.output_options_chosen.emit({"format": self._format.itemData(index) or None})
        )
        self._quality.activated.connect(
            lambda index: self.output_options_chosen.emit({"quality": self._quality.itemData(index) or None})
        )
        self.save.clicked.connect(self.save_requested)
        self.save_as.clicked.connect(self.save_as_requested)
        self.export.clicked.connect(self.export_requested)
        self.cancel.clicked.connect(self.stop_or_start_requested)

    def display(self, state: State) -> None:
        """Show the settings of a state, and disable unavailable controls."""
        self._full_name = state.name or _("No image")
        self._elide()
        self._name_label.setToolTip(state.name)
        self._info_label.setText(state.image_info or _("The settings below apply to the first image that you open."))
        self._fill_ground_truth(state)
        self._scales.display(state.scale, state.scales, format_selected_scale_or_size(state) if state.target else "")
        self._fill_models(state)
        self._card.display(state.model.card if state.model else ())
        self._suggestion.setText(state.suggestion)
        for widget in (self._suggestion, self._use_suggestion):
            widget.setVisible(bool(state.suggestion))
        self._strength.setVisible(state.model is not None and state.model.has_strength)
        self._strength.display(state.strength)
        self._sharpness.display(state.sharpness)
        self._fill_devices(state)
        self._precision.setCurrentIndex(self._precision.findData(state.precision))
        self._self_ensemble.setChecked(state.self_ensemble)
        self._seamless.setChecked(state.seamless)
        has_print_target = state.target is not None and state.target.dpi is not None
        print_row = ((_("Print"), state.print_size),) if has_print_target and state.print_size else ()
        size, time = state.result_size or "–", state.estimated_time or "–"
        self._size.display(((_("Result"), size), *print_row, (_("Time"), time)), bold=True)
        self._size.setToolTip(_("Print: {size}").format(size=state.print_size) if state.print_size else "")
        self._simulated = state.simulated
        self._update_button_texts()
        self._display_output_options(state)
        self.save.setEnabled(state.can_save)
        self.save_as.setEnabled(state.can_save)
        self.export.setEnabled(state.can_save)
        self.cancel.setText(_("Start Again") if state.can_start else _("Stop"))
        icons.set_icon(self.cancel, "play" if state.can_start else "stop")
        busy = state.working or state.can_start
        hidden, shown = (self.export, self.cancel) if busy else (self.cancel, self.export)
        self.swap_buttons(hidden, shown, locked=False)

    def _set_accessible_descriptions(self) -> None:
        """Set the descriptions of the controls for screen readers."""
        for control, description in (
            (self._ground_truth, _("Selects the reference image for PSNR and SSIM")),
            (self._model, _("Selects the model that upscales the image")),
            (self._use_suggestion, _("Upscales the image with the photo model for its artifacts")),
            (self._strength.slider, _("Sets how strongly photo models remove artifacts and noise")),
            (self._sharpness.slider, _("Sets how strongly to enhance details in the result")),
            (self._device, _("Selects the device that runs the model")),
            (
                self._self_ensemble,
                _("Averages the results for 8 rotations and reflections of the image, which takes 8 times as long"),
            ),
            (self._seamless, self._seamless.toolTip()),
            (self._format, self._format.toolTip()),
            (self._quality, self._quality.toolTip()),
            (self.save_as, _("Saves the result under another name or in another folder")),
            (self.export, _("Saves both panes to one file, side by side or animated")),
            (self.cancel, _("Stops or restarts upscaling")),
        ):
            control.setAccessibleDescription(description)

    def set_compact(self, compact: bool) -> None:
        """Set whether the panel uses its smaller width, for a narrow window."""
        super().set_compact(compact)
        self._elide()

    def _display_output_options(self, state: State) -> None:
        """Show the output format and quality. The quality is disabled for lossless formats."""
        options = state.output_options
        self._format.setCurrentIndex(self._format.findData(options.format or ""))
        qualities = sorted({*_QUALITIES, *((options.quality,) if options.quality else ())}, reverse=True)
        titles = [(quality, str(quality)) for quality in qualities]
        controls.set_items(self._quality, [(0, _("Default")), *titles])
        self._quality.setCurrentIndex(self._quality.findData(options.quality or 0))
        self._quality.setEnabled(state.has_quality)

    def _update_button_texts(self) -> None:
        """Set the texts of the save button, which are different for a simulation."""
        hint = _("Saves the simulated result, which is no larger than the open image")
        self.save.setText(_("Save Simulation") if self._simulated else _("Save Result"))
        self.save.setToolTip(hint if self._simulated else "")
        in_folder = _(
            "Saves the result in the results folder, or in the folder of the input if no results folder is set"
        )
        self.save.setAccessibleDescription(hint if self._simulated else in_folder)

    def _elide(self) -> None:
        """Show the file name. If it is too long, replace its middle with an ellipsis."""
        width = self.maximumWidth() - 44
        self._name_label.setText(
            self._name_label.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, width)
        )

    def _fill_settings(self) -> None:
        column = self.settings_layout
        column.addWidget(self._name_label)
        column.addWidget(self._info_label)
        column.addSpacing(4)
        for title, widget in (
            (_("Ground truth"), self._ground_truth),
            (_("Scale factor"), self._scales),
            (_("Model"), self._model),
        ):
            column.addLayout(self._section_header(title, widget))
            column.addWidget(widget)
            column.addSpacing(4)
        column.addWidget(self._suggestion)
        column.addWidget(self._use_suggestion)
        column.addWidget(self._card)
        column.addWidget(self._strength)
        column.addWidget(self._sharpness)
        column.addSpacing(4)
        column.addWidget(controls.label("section", _("Device"), buddy=self._device))
        column.addWidget(self._device)
        column.addLayout(controls.labeled_row(_("Precision"), self._precision))
        column.addWidget(self._self_ensemble)
        self._self_ensemble_note = controls.label("caption", _("Adds 0.15 to 0.3 dB but takes 8 times as long"))
        self._self_ensemble_note.setContentsMargins(26, 0, 0, 0)
        self._self_ensemble_note.setWordWrap(True)
        column.addWidget(self._self_ensemble_note)
        column.addWidget(self._seamless)

    def _section_header(self, title: str, field: QWidget) -> QHBoxLayout:
        """Return the header of a section. The header of the Model section includes the import link."""
        row = QHBoxLayout()
        row.addWidget(controls.label("section", title, buddy=field))
        if title == _("Model"):
            theme.set_role(self._import, "link")
            self._import.setAccessibleName(_("Import Model"))
            self._import.setToolTip(_("Imports a model from a .safetensors, .mat, PyTorch, or ncnn file"))
            row.addStretch()
            row.addWidget(self._import)
        return row

    def _fill_pinned(self) -> None:
        """Add the result size, the output options and the buttons, which do not scroll."""
        self.pinned.addWidget(self._size)
        options = QGridLayout()
        options.setHorizontalSpacing(8)
        options.setVerticalSpacing(2)
        for column, (title, field) in enumerate(((_("Format"), self._format), (_("Quality"), self._quality))):
            options.addWidget(controls.label("caption", title, buddy=field), 0, column)
            options.addWidget(field, 1, column)
            options.setColumnStretch(column, 1)
        self.pinned.addLayout(options)
        for buttons in ((self.save,), (self.save_as, self.export, self.cancel)):
            row = QHBoxLayout()
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button, 1)
            self.pinned.addLayout(row)

    def _choose_ground_truth(self, index: int) -> None:
        """Emit the selected ground truth, or request a file if the user selected "Choose file…"."""
        chosen = self._ground_truth.itemData(index)
        if chosen == "ask":
            self.ground_truth_file_requested.emit()
        elif chosen != "file":
            self.ground_truth_chosen.emit(chosen)

    def _fill_ground_truth(self, state: State) -> None:
        file = (
            state.ground_truth_name
            if state.ground_truth_fits
            else _("{name} (size differs)").format(name=state.ground_truth_name)
        )
        lines: list[tuple[str, str]] = [("none", _("None"))]
        lines += (
            [("simulate", _("This image (simulate {size})").format(size=format_selected_scale_or_size(state)))]
            if state.name
            else []
        )
        lines += [("file", file)] if state.ground_truth == "file" else []
        lines += [("ask", _("Choose file…"))] if state.name else []
        self._ground_truth.setEnabled(bool(state.name))
        controls.set_items(self._ground_truth, lines)
        self._ground_truth.setCurrentIndex([key for key, _title in lines].index(state.ground_truth))
        self._ground_truth.setToolTip(state.ground_truth_name)

    def _fill_devices(self, state: State) -> None:
        controls.set_items(self._device, devices.menu_items(state.devices))
        self._device.setEnabled(len(state.devices) > 0)
        index = self._device.findData(state.device)
        if index < 0:  # the only device
            index = max(0, self._device.findText(state.device_title))
        self._device.setCurrentIndex(index)

    def _fill_models(self, state: State) -> None:
        controls.set_items(self._model, [(choice.key, choice.title) for choice in state.models])
        self._model.setEnabled(bool(state.models))
        if state.model is not None:
            self._model.setCurrentIndex([choice.key for choice in state.models].index(state.model.key))
