"""Asking which model file to import, and for its scale where it does not say that itself."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import TRAINED_SCALES
from srcnn_gui.runtime.translations import _


def ask_for_model(parent: QWidget, folder: str, scale: int) -> tuple[Path, int | None] | None:
    """The file, and its scale if the file does not know it (`scale` is offered first); None if nothing was chosen."""
    kinds = _("Models") + " (*.safetensors *.mat *.pt *.pth)"
    name, _kind = QFileDialog.getOpenFileName(parent, _("Import a model"), folder, kinds)
    if not name:
        return None
    path = Path(name)
    if ModelMenu.knows_scale(path):
        return path, None
    words = [f"×{known}" for known in TRAINED_SCALES]
    asked = _("The scale it was trained for:")
    word, sure = QInputDialog.getItem(
        parent, _("Import a model"), asked, words, words.index(f"×{scale}"), editable=False
    )
    return (path, TRAINED_SCALES[words.index(word)]) if sure else None
