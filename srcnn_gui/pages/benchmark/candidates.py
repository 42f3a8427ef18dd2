"""Who can take part in a benchmark: sets of pictures, and models by their scales. No Qt, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.datasets import download
from engine.evaluation import published
from engine.models import card, catalog
from engine.models import official as authors
from engine.models.catalog import Model
from engine.system import paths
from srcnn_gui.choices import text
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, SET5, SET14, Choices
from srcnn_gui.runtime.translations import _, listed, said


@dataclass(frozen=True)
class PictureSet:
    """A folder of ground truths; `there` says whether it can be measured on."""

    key: str
    title: str
    folder: Path
    there: bool

    @property
    def pictures(self) -> int | None:
        """How many there are, of a published set."""
        return published.PICTURES.get(self.title) if self.key != FOLDER else None


@dataclass(frozen=True)
class Contender:
    """A model for one scale or several, as a line of the list and a group of columns.

    Attributes
    ----------
    color : the token of its colour
    authors : which of the authors' networks it is, or empty
    by_scale : its files; none for bicubic, which is measured beside every model
    there : all its files are on this machine
    """

    key: str
    title: str
    color: str
    tip: str = ""
    authors: str = ""
    by_scale: dict[int, Model] = field(default_factory=dict, hash=False)
    there: bool = True

    def printed(self, one: PictureSet, scale: int) -> published.Figure | None:
        """What the papers print of this method itself on a set."""
        method = published.BICUBIC if self.key == BICUBIC else self.authors
        return published.printed(one.title, method, scale) if one.key != FOLDER else None

    def is_listed(self, chosen: Sequence[str]) -> bool:
        """Whether it can be chosen: what of the authors' nobody chose only once it is on this machine."""
        return self.there or bool(self.by_scale) or self.key in chosen

    @property
    def is_published(self) -> bool:
        """Whether it is a method of the papers, and not held against one of theirs."""
        return self.key == BICUBIC or bool(self.authors)


def sets(choices: Choices) -> tuple[PictureSet, ...]:
    """The sets that can be chosen; a folder once one was."""
    known = [
        PictureSet(key, download.FOLDERS[key], paths.data() / download.FOLDERS[key], download.is_there(key))
        for key in (SET5, SET14)
    ]
    if choices.folder:
        folder = Path(choices.folder)
        known.append(PictureSet(FOLDER, folder.name or choices.folder, folder, folder.is_dir()))
    return tuple(known)


def contenders() -> tuple[Contender, ...]:
    """Bicubic, the authors' networks, ours, and a person's own."""
    shipped, own = catalog.shipped_models_folder(), []
    ours: dict[str, dict[int, Model]] = {}
    for model in catalog.catalogue():
        if model.path.parent == shipped and text.title(model) == model.spec.arch:
            ours.setdefault(model.spec.arch, {})[model.spec.scale] = model
        else:
            own.append(Contender(str(model.path), model.name, "srcnn", _tip(model), "", {model.spec.scale: model}))
    bicubic = Contender(BICUBIC, _("Bicubic"), "bicubic", _("Plain enlargement, what every model is to beat"))
    told = _("Comes with this program, trained on the 91 images")
    by_us = [
        Contender(f"our {arch}", _("Our {arch}").format(arch=arch), "srcnn", told, "", by_scale)
        for arch, by_scale in ours.items()
    ]
    return (bicubic, *(_of_authors(network) for network in published.NETWORKS), *by_us, *own)


def bytes_missing(names: Sequence[str]) -> int:
    """How much a download of these sets would bring, bytes."""
    return sum(file.size for name in names for file in download.files_of(name))


def _of_authors(network: str) -> Contender:
    titles = {
        "9-1-5(91 images)": (_("Authors’ 9-1-5"), "published", _("Trained on the 91 images")),
        "9-1-5(ImageNet)": (_("Authors’ 9-1-5, ImageNet"), "truth", _("Trained on ImageNet")),
        "9-3-5(ImageNet)": (_("Authors’ 9-3-5"), "truth", _("Trained on ImageNet")),
        "9-5-5(ImageNet)": (_("Authors’ 9-5-5"), "loss", _("Trained on ImageNet")),
    }
    title, color, tip = titles[network]
    scales = authors.scales()[network]
    found = {scale: model for scale in scales if (model := authors.find(network, scale)) is not None}
    return Contender(network, title, color, tip, network, found, there=len(found) == len(scales))


def _tip(model: Model) -> str:
    return listed([model.spec.arch, f"×{model.spec.scale}", said(card.training_set(model.record))])
