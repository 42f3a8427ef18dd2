"""The test sets and models that can be chosen for a benchmark. Independent of Qt and PyTorch."""

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
from srcnn_gui.runtime.translations import _, join_list, translate


@dataclass(frozen=True)
class TestSet:
    """A folder of ground-truth images; `available` says whether it exists."""

    key: str
    title: str
    folder: Path
    available: bool

    @property
    def images(self) -> int | None:
        """Number of images of a published set, None for a folder."""
        return published.SET_SIZES.get(self.title) if self.key != FOLDER else None


@dataclass(frozen=True)
class Candidate:
    """A method in the comparison: bicubic, or a model for one or more scales.

    Attributes
    ----------
    color : theme color token
    authors : name of the official model, or empty
    by_scale : models by scale; empty for bicubic, which is measured with every model
    available : whether all its files are on this computer
    """

    key: str
    title: str
    color: str
    tip: str = ""
    authors: str = ""
    by_scale: dict[int, Model] = field(default_factory=dict, hash=False)
    available: bool = True

    def printed(self, test_set: TestSet, scale: int) -> published.PublishedScore | None:
        """Return the score that the papers print for this method on a test set, or None."""
        method = published.BICUBIC if self.key == BICUBIC else self.authors
        return published.published_score(test_set.title, method, scale) if test_set.key != FOLDER else None

    def is_listed(self, chosen: Sequence[str]) -> bool:
        """Whether it is listed. Official models that are not downloaded are listed only if they are chosen."""
        return self.available or bool(self.by_scale) or self.key in chosen

    @property
    def is_published(self) -> bool:
        """Whether it is a method of the papers, which print its scores."""
        return self.key == BICUBIC or bool(self.authors)


def list_test_sets(choices: Choices) -> tuple[TestSet, ...]:
    """List the test sets: the published ones, and the folder if one was chosen."""
    known = [
        TestSet(key, download.FOLDERS[key], paths.data() / download.FOLDERS[key], download.is_downloaded(key))
        for key in (SET5, SET14)
    ]
    if choices.folder:
        folder = Path(choices.folder)
        known.append(TestSet(FOLDER, folder.name or choices.folder, folder, folder.is_dir()))
    return tuple(known)


def list_candidates() -> tuple[Candidate, ...]:
    """List bicubic, the official models, the built-in models and the models of the library."""
    shipped, library = catalog.built_in_directory(), []
    builtin: dict[str, dict[int, Model]] = {}
    for model in catalog.list_models():
        if model.path.parent == shipped and text.model_title(model) == model.spec.arch:
            builtin.setdefault(model.spec.arch, {})[model.spec.scale] = model
        else:
            library.append(Candidate(str(model.path), model.name, "srcnn", _tip(model), "", {model.spec.scale: model}))
    bicubic = Candidate(BICUBIC, _("Bicubic"), "bicubic", _("Plain enlargement, what every model is to beat"))
    tip = _("Comes with this program, trained on the 91 images")
    builtin_candidates = [
        Candidate(f"our {arch}", _("Our {arch}").format(arch=arch), "srcnn", tip, "", by_scale)
        for arch, by_scale in builtin.items()
    ]
    return (bicubic, *(_official_candidate(network) for network in published.NETWORKS), *builtin_candidates, *library)


def download_size(names: Sequence[str]) -> int:
    """Return the download size of sets, bytes."""
    return sum(file.size for name in names for file in download.list_files(name))


def _official_candidate(network: str) -> Candidate:
    titles = {
        "9-1-5(91 images)": (_("Authors’ 9-1-5"), "published", _("Trained on the 91 images")),
        "9-1-5(ImageNet)": (_("Authors’ 9-1-5, ImageNet"), "ground_truth", _("Trained on ImageNet")),
        "9-3-5(ImageNet)": (_("Authors’ 9-3-5"), "ground_truth", _("Trained on ImageNet")),
        "9-5-5(ImageNet)": (_("Authors’ 9-5-5"), "loss", _("Trained on ImageNet")),
    }
    title, color, tip = titles[network]
    scales = authors.published_scales()[network]
    found = {scale: model for scale in scales if (model := authors.find(network, scale)) is not None}
    return Candidate(network, title, color, tip, network, found, available=len(found) == len(scales))


def _tip(model: Model) -> str:
    return join_list([model.spec.arch, f"×{model.spec.scale}", translate(card.describe_training_set(model.record))])
