"""What the tour says, and which parts of the window it points at."""

from srcnn_gui.pages.compare.view import CompareTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.shell.tour import Stop


def stops(window: MainWindow, page: CompareTab) -> list[Stop]:
    """Where a newcomer should look, in this order."""
    work = _("Bicubic and SRCNN lie side by side. No picture at hand? Take a sample.")
    choices = _("How much larger, and by which model. Below stands what you get, and the button that saves it.")
    scores = _("PSNR and SSIM of the whole picture and of what you see, wherever there is a ground truth.")
    pages = _("Whole folders in Batch; Train makes a network of your own in minutes. F1 shows every key.")
    return [
        Stop(page.shown, _("Drop a picture here"), work),
        Stop(page.inspector, _("Choose"), choices),
        Stop(page.scores, _("See what it is worth"), scores),
        Stop(window.rail, _("There is more"), pages),
    ]
