"""Dialogs that ask for a model file to import, and for its scale factor if it is unknown."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import TRAINED_SCALES
from srcnn_gui.runtime.translations import _


def ask_for_model(parent: QWidget, folder: str, scale: int) -> tuple[Path, int | None] | None:
    """Ask the user for a model file to import, and for its scale factor if the file does not contain it.

    Parameters
    ----------
    folder : folder in which the file dialog starts
    scale : scale factor that is selected initially

    Returns
    -------
    tuple or None
        The path, and the scale factor that the user selected. The scale factor is None if the file contains it. If the
        user cancels, the result is None.
    """
    file_filter = _("Models") + " (*.safetensors *.mat *.pt *.pth *.param)"
    name, _filter = QFileDialog.getOpenFileName(parent, _("Import Model"), folder, file_filter)
    if not name:
        return None
    path = Path(name)
    if ModelMenu.file_has_scale(path):
        return path, None
    titles = [f"×{trained}" for trained in TRAINED_SCALES]
    question = _("Scale factor of the model:")
    title, accepted = QInputDialog.getItem(
        parent, _("Import Model"), question, titles, titles.index(f"×{scale}"), editable=False
    )
    return (path, TRAINED_SCALES[titles.index(title)]) if accepted else None
