"""All dialogs of the program."""

import numpy as np
from PySide6.QtWidgets import QWidget

from srcnn_gui.app import Studio
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.pages.train.dialogs import PatchesDialog, RunsDialog
from srcnn_gui.pages.train.preview_region import PreviewRegionDialog
from srcnn_gui.pages.train.state import Curves, PreviousRun
from srcnn_gui.shell.about_dialog import AboutDialog
from srcnn_gui.shell.diagnostics_dialog import DiagnosticsDialog
from srcnn_gui.shell.guide_dialog import GuideDialog
from srcnn_gui.shell.settings.dialog import SettingsDialog
from srcnn_gui.shell.shortcuts_dialog import ShortcutsDialog


def dialogs(studio: Studio) -> list[QWidget]:
    """Return every dialog of the program."""
    parent = studio.window
    studio.controller.show_settings()
    part = PreviewRegionDialog(parent, (("a.png", np.zeros((60, 80, 3), np.uint8)),), lambda *_: None)
    runs = RunsDialog(parent, lambda *_: None, lambda *_: None)
    runs.display((PreviousRun("Quick x3, Nov 5", "9-1-5 ×3, T91, 32.60 dB (+2.21)", shown=False, curves=Curves()),))
    patches = np.zeros((4, 33, 33), np.float32), np.zeros((4, 21, 21), np.float32)
    train_dialogs = [runs, part, PatchesDialog(parent, *patches)]
    diagnostics = DiagnosticsDialog(studio.controller.format_diagnostics, parent)
    diagnostics.show_diagnostics()
    shell_dialogs = [
        GuideDialog(parent),
        AboutDialog(parent),
        ShortcutsDialog(parent),
        parent.findChild(SettingsDialog),
    ]
    return [SaveDialog(parent), SizeDialog(None, parent), *train_dialogs, *shell_dialogs, diagnostics]
