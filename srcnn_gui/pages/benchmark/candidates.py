"""Test sets and models that can be selected for a benchmark. Independent of Qt and PyTorch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.datasets import download
from engine.evaluation import published
from engine.imaging.degradation import Degradation, GaussianNoise, Jpeg
from engine.models import card, catalog, official
from engine.models.catalog import Model
from engine.system import paths
from srcnn_gui.choices import text
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, SET5, SET14, BenchmarkSettings
from srcnn_gui.runtime.translations import _, join_list, translate


@dataclass(frozen=True)
class TestSet:
    """A folder of ground-truth images. `available` is false if it is not downloaded or was deleted."""

    key: str
    title: str
    folder: Path
    available: bool

    @property
    def image_count(self) -> int | None:
        """Number of images of a published test set, or None for the user's own folder."""
        return published.SET_SIZES.get(self.title) if self.key != FOLDER else None


@dataclass(frozen=True)
class Candidate:
    """A method in the comparison: bicubic, or a model for one or more scale factors.

    Attributes
    ----------
    color : field of `theme.Tokens` that is the color of the method
    official_name : name of the official model, or "" for all other methods
    models_by_scale : models by scale factor, empty for bicubic
    available : whether the model files for all scale factors exist on this computer
    """

    key: str
    title: str
    color: str
    tooltip: str = ""
    official_name: str = ""
    models_by_scale: dict[int, Model] = field(default_factory=dict, hash=False)
    available: bool = True

    def published_score_for(self, test_set: TestSet, scale: int) -> published.PublishedScore | None:
        """Return the score published for this method on a test set, or None if there is none."""
        method = published.BICUBIC if self.key == BICUBIC else self.official_name
        return published.published_score(test_set.title, method, scale) if test_set.key != FOLDER else None

    def is_listed(self, selected_keys: Sequence[str]) -> bool:
        """Return whether the side panel lists the method.

        Official models that are not downloaded are listed only if their key is in `selected_keys`.
        """
        return self.available or bool(self.models_by_scale) or self.key in selected_keys

    @property
    def is_published(self) -> bool:
        """Whether the papers contain scores of the method. True for bicubic and the official models."""
        return self.key == BICUBIC or bool(self.official_name)


def list_test_sets(settings: BenchmarkSettings) -> tuple[TestSet, ...]:
    """Return the published test sets, and the user's own folder if one was selected."""
    test_sets = [
        TestSet(key, download.FOLDERS[key], paths.data_folder() / download.FOLDERS[key], download.is_downloaded(key))
        for key in (SET5, SET14)
    ]
    if settings.folder:
        folder = Path(settings.folder)
        test_sets.append(TestSet(FOLDER, folder.name or settings.folder, folder, folder.is_dir()))
    return tuple(test_sets)


def build_degradation(settings: BenchmarkSettings) -> Degradation:
    """Return the degradation of the downscaled images: noise, then JPEG compression."""
    noise = (GaussianNoise((settings.noise, settings.noise)),) if settings.noise else ()
    jpeg = (Jpeg((settings.jpeg_quality, settings.jpeg_quality)),) if settings.jpeg_quality else ()
    return Degradation((*noise, *jpeg))


def list_candidates() -> tuple[Candidate, ...]:
    """Return bicubic, the official models, the built-in models and the models of the library."""
    library = []
    builtin: dict[str, dict[int, Model]] = {}
    for model in catalog.list_models():
        if catalog.is_built_in(model) and model.family in text.FAMILIES:
            builtin.setdefault(model.family, {})[model.info.scale] = model
        else:
            library.append(Candidate(str(model.path), model.name, "model", _tip(model), "", {model.info.scale: model}))
    bicubic = Candidate(
        BICUBIC, _("Bicubic"), "bicubic", _("Upscales with bicubic interpolation, the baseline of the comparison")
    )
    builtin_candidates = [
        Candidate(f"built-in:{family}", text.family_title(family), "model", _built_in_tip(by_scale), "", by_scale)
        for family in text.FAMILIES
        if (by_scale := builtin.get(family))
    ]
    return (
        bicubic,
        *(_official_candidate(network) for network in published.OFFICIAL_NETWORKS),
        *builtin_candidates,
        *library,
    )


def download_size(names: Sequence[str]) -> int:
    """Return the total download size of these test sets and weights, in bytes."""
    return sum(file.size for name in names for file in download.list_files(name))


def _official_candidate(network: str) -> Candidate:
    titles = {
        "9-1-5(91 images)": (_("Official 9-1-5"), "published", _("Trained on T91")),
        "9-1-5(ImageNet)": (_("Official 9-1-5, ImageNet"), "ground_truth", _("Trained on ImageNet")),
        "9-3-5(ImageNet)": (_("Official 9-3-5"), "ground_truth", _("Trained on ImageNet")),
        "9-5-5(ImageNet)": (_("Official 9-5-5"), "loss", _("Trained on ImageNet")),
    }
    title, color, tip = titles[network]
    scales = official.published_scales()[network]
    models_by_scale = {scale: model for scale in scales if (model := official.find(network, scale)) is not None}
    return Candidate(
        network, title, color, tip, network, models_by_scale, available=len(models_by_scale) == len(scales)
    )


def _built_in_tip(by_scale: Mapping[int, Model]) -> str:
    model = next(iter(by_scale.values()))
    training_set = translate(card.describe_training_set(model.record))
    return _("Built-in model {arch}, trained on {training_set}").format(
        arch=model.info.label, training_set=training_set
    )


def _tip(model: Model) -> str:
    return join_list([model.info.label, f"×{model.info.scale}", translate(card.describe_training_set(model.record))])
