"""Empty state of the Compare page: a drop area, buttons that open images, and three sample images."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.choices.options import SAMPLES
from srcnn_gui.runtime import resources
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.empty_state import EmptyState, centered_row, muted_label

_THUMBNAIL = QSize(140, 100)


def sample_titles() -> dict[str, str]:
    """Return the translated titles of the sample images by file name."""
    return dict(zip(SAMPLES, (_("Astronaut"), _("Cat"), _("Coffee")), strict=True))


class CompareEmptyState(EmptyState):
    """Drop area with buttons that open files, a folder, the clipboard or a sample image."""

    open_requested = Signal()
    folder_requested = Signal()
    paste_requested = Signal()
    sample_requested = Signal(Path)  # path of the sample image

    def __init__(self) -> None:
        text = _("Upscale an image, and compare the result with bicubic interpolation pixel by pixel.")
        super().__init__("picture", _("Drop an image here"), text)
        self._samples: dict[str, QToolButton] = {}
        self.open = QPushButton(_("Open…"))
        theme.set_role(self.open, True, "primary")
        self.open.clicked.connect(self.open_requested)
        icons.set_icon(self.open, "open", on_fill=True)
        self.folder, self.paste = QPushButton(_("Open Folder…")), QPushButton(_("Paste"))
        for button, described in (
            (self.open, _("Opens image files")),
            (self.folder, _("Opens all images in a folder")),
            (self.paste, _("Opens the image or the files on the clipboard")),
        ):
            button.setAccessibleDescription(described)
        self.folder.clicked.connect(self.folder_requested)
        self.paste.clicked.connect(self.paste_requested)
        icons.set_icon(self.folder, "folder")
        icons.set_icon(self.paste, "paste")
        self._offers_samples = True
        self._sample_area = QWidget()
        column = QVBoxLayout(self._sample_area)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(12)
        column.addWidget(muted_label(_("or try a sample")))
        column.addLayout(centered_row(*(self._sample(name, title) for name, title in sample_titles().items())))
        self.add(centered_row(self.open, self.folder, self.paste), self._sample_area)

    def set_samples_visible(self, visible: bool) -> None:
        """Show or hide the sample images. If there is not enough space, they are always hidden."""
        self._offers_samples = visible
        self._update_samples()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the sample images if there is enough space, otherwise hide them."""
        super().resizeEvent(event)
        self._update_samples()

    def _update_samples(self) -> None:
        needed_px = self._column.minimumSize().height()
        if self._sample_area.isHidden():
            needed_px += self._column.spacing() + self._sample_area.sizeHint().height()
        self._sample_area.setVisible(self._offers_samples and self.height() >= needed_px)

    def mark_training_samples(self, file_names: Sequence[str]) -> None:
        """Mark the sample images that the selected model was trained on.

        `file_names` are the names of their files.
        """
        for name, title in sample_titles().items():
            is_marked = name in file_names
            self._samples[name].setText(_("{name} (training image)").format(name=title) if is_marked else title)
            self._samples[name].setToolTip(
                _("The selected model was trained on this image, so the scores are too high") if is_marked else ""
            )

    def _sample(self, name: str, title: str) -> QToolButton:
        """Return a button that shows the thumbnail of a sample image and opens the image."""
        path = resources.sample_path(name)
        button = QToolButton()
        self._samples[name] = button
        theme.set_role(button, "sample")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(_thumbnail(path))
        button.setIconSize(_THUMBNAIL)
        button.setText(title)
        button.setAccessibleName(_("Sample image: {name}").format(name=title))
        button.setAccessibleDescription(_("Opens the sample image and starts a simulation"))
        button.clicked.connect(lambda: self.sample_requested.emit(path))
        return button


def _thumbnail(path: Path) -> QPixmap:
    """Return a thumbnail of a fixed size.

    Tall images are cropped mainly at the bottom, to keep faces visible.
    """
    size = _THUMBNAIL * 2
    fill, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    scaled = QPixmap(str(path)).scaled(size, fill, smooth)
    left, top = (scaled.width() - size.width()) // 2, (scaled.height() - size.height()) // 8
    cropped = scaled.copy(left, top, size.width(), size.height())
    cropped.setDevicePixelRatio(2)
    return cropped
