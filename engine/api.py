"""The functions that `import engine` offers.

Each drives one job of the engine to its end and returns its result. They accept paths as strings, and import PyTorch
only when they need it.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from engine.imaging.image import Picture
from engine.models import catalog
from engine.models.catalog import Model, ModelSpec

if TYPE_CHECKING:
    from engine.evaluation.events import Evaluation
    from engine.training.job import Trained
    from engine.training.request import Recipe

E = TypeVar("E")
R = TypeVar("R")


def _ignore(_event: object) -> None:
    """Ignore an event."""


def run_job(job: Generator[E, Any, R], on_event: Callable[[E], object] = _ignore) -> R:
    """Run a job to its end and return its result.

    Parameters
    ----------
    job : a generator that yields events, such as `engine.upscaling.job.enlarge(image, request)`
    on_event : called with each event; if it raises an exception, the job is closed

    Examples
    --------
    >>> from engine import run_job
    >>> def count():
    ...     yield "one step"
    ...     return 1
    >>> run_job(count(), on_event=print)
    one step
    1
    """
    try:
        while True:
            on_event(next(job))
    except StopIteration as stop:
        result: R = stop.value
        return result
    finally:
        job.close()


def read_image(path: str | Path) -> Picture:
    """Read an image file, upright, with its metadata, transparency, frames and pages.

    Parameters
    ----------
    path : a file in one of the formats of docs/formats.md

    Returns
    -------
    Picture
        `pixels` is (H, W, 1) for gray or (H, W, 3) for RGB, uint8 or uint16; `alpha` is (H, W) or None.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, NotEnoughMemory

    Examples
    --------
    >>> from engine import read_image
    >>> image = read_image("resources/samples/cat.png")
    >>> image.pixels.shape, image.pixels.dtype
    ((300, 451, 3), dtype('uint8'))
    """
    from engine.imaging.codecs import image_files

    return image_files.read(Path(path))


def write_image(image: Picture | NDArray[np.uint8] | NDArray[np.uint16], path: str | Path, **options: Any) -> None:
    """Write an image in the format that the file extension names, and read it back.

    Parameters
    ----------
    image : a Picture, or pixels (H, W), (H, W, 1) or (H, W, 3), uint8 or uint16
    path : the file to write; an existing file is replaced only when the new one is complete
    options : fields of `engine.imaging.codecs.formats.SaveOptions`, such as ``quality=90``

    Raises
    ------
    PictureUnwritable
        The format cannot store the image, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from engine import read_image, write_image
    >>> file = tempfile.mkdtemp() + "/gray.png"
    >>> write_image(np.full((4, 6), 128, np.uint8), file)
    >>> read_image(file).pixels.shape
    (4, 6, 1)
    """
    from engine.imaging.codecs import image_files
    from engine.imaging.codecs.formats import SaveOptions

    image_files.write(_as_image(image), Path(path), SaveOptions(**options))


def list_models(scale: int | None = None) -> list[Model]:
    """Return the models of this computer: the built-in ones first, then your own, by scale and name.

    Parameters
    ----------
    scale : only the models for this scale factor

    Examples
    --------
    >>> from engine import list_models
    >>> [model.name for model in list_models(scale=3)][:2]
    ['srcnn-9-1-5-x3', 'srcnn-9-5-5-x3']
    """
    return [model for model in catalog.catalogue() if scale in (None, model.spec.scale)]


def load_model(name: str | Path | None = None, scale: int | None = None) -> Model:
    """Return a model by its name, its architecture or its file.

    Parameters
    ----------
    name : a name from `list_models`, filter sizes such as "9-1-5", a file of weights, or None for the default model
    scale : the scale factor, needed for filter sizes and for weights that do not contain it

    Raises
    ------
    ModelUnknown, NoModelForScale, ModelForOtherScale, WeightsUnusable

    Examples
    --------
    >>> from engine import load_model
    >>> load_model("9-5-5", scale=2).name
    'srcnn-9-5-5-x2'
    """
    from engine.models.weights import resolve

    return resolve(None if name is None else str(name), scale)


@overload
def upscale(
    image: NDArray[np.uint8],
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> NDArray[np.uint8]: ...
@overload
def upscale(
    image: NDArray[np.uint16],
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> NDArray[np.uint16]: ...
@overload
def upscale(
    image: str | Path | Picture,
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> Picture: ...
def upscale(
    image: Any,
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> Any:
    """Upscale an image.

    Parameters
    ----------
    image : a file, a Picture, or pixels (H, W), (H, W, 1) or (H, W, 3), uint8 or uint16
    scale : the scale factor, from 1 to 16; None for that of the model
    model : a Model, or what `load_model` accepts; None for the default model of the scale
    device : "auto", "cpu", "cuda" or "mps"
    self_ensemble : average over the eight flips and rotations, which takes eight times as long
    on_event : called with each event of the job, such as `engine.upscaling.events.TileDone`

    Returns
    -------
    NDArray or Picture
        Pixels of the same dtype and number of dimensions for pixels, otherwise a Picture.

    Examples
    --------
    >>> import numpy as np
    >>> from engine import upscale
    >>> upscale(np.zeros((10, 12, 3), np.uint8), scale=2).shape
    (20, 24, 3)
    >>> upscale("resources/samples/cat.png", scale=2).pixels.shape
    (600, 902, 3)
    """
    from engine.upscaling.job import enlarge
    from engine.upscaling.model_choice import model_of, target_of
    from engine.upscaling.request import Target, UpscaleRequest

    source = read_image(image) if isinstance(image, str | Path) else _as_image(image)
    if isinstance(model, Model):
        target = None if scale in (None, model.spec.scale) else Target(factor=scale)
        chosen, exact = model, True
    else:
        target = target_of(scale)
        chosen, exact = model_of(None if model is None else str(model), scale, target)
    request = UpscaleRequest(chosen, device, compare=False, ensemble=self_ensemble, target=target, exact=exact)
    result = run_job(enlarge(source, request), on_event).picture
    if isinstance(image, np.ndarray):
        return result.pixels[:, :, 0] if image.ndim == 2 else result.pixels
    return result


def evaluate(
    folder: str | Path,
    *,
    scale: int | None = None,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> "Evaluation":
    """Score a model on a folder of ground-truth images, by the papers' protocol.

    Each image is downscaled by bicubic, upscaled by the model and by bicubic, and both are compared with it: PSNR in
    dB and SSIM on the Y channel of BT.601, 8-bit, without a border of `scale` pixels.

    Parameters
    ----------
    folder : a folder of images, or the name of a downloaded test set, such as "set5"
    scale : the scale factor; None for that of the model
    model : a Model, or what `load_model` accepts; None for the default model of the scale
    device : "auto", "cpu", "cuda" or "mps"
    self_ensemble : average over the eight flips and rotations
    on_event : called with each event, such as `engine.evaluation.events.PictureScored`

    Raises
    ------
    NoPictures, NotDownloaded, WeightsUnusable

    Examples
    --------
    >>> from engine import evaluate
    >>> table = evaluate("resources/samples", scale=3)
    >>> table.mean_model.psnr_db > table.mean_bicubic.psnr_db
    True
    """
    from engine.datasets.download import folder_named
    from engine.evaluation.job import run
    from engine.evaluation.request import EvaluateRequest

    chosen = model if isinstance(model, Model) else load_model(model, scale)
    request = EvaluateRequest(folder_named(Path(folder)), chosen, device, ensemble=self_ensemble)
    return run_job(run(request), on_event)


def train(
    source: str | Path,
    output: str | Path,
    *,
    architecture: str = "9-1-5",
    scale: int = 3,
    minutes: float | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    recipe: "Recipe | None" = None,
    seed: int = 0,
    device: str = "auto",
    overwrite: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> "Trained":
    """Train a model and write the best one to a file.

    Parameters
    ----------
    source : a folder of images, a patch file (.h5), or a training set by name: "starter" or "t91"
    output : the .safetensors file of the model
    architecture : the filter sizes of the three layers
    scale : the scale factor, from 2 to 8
    minutes, steps, epochs : the length of the training; exactly one of them
    recipe : optimizer and patches; None for the recommended recipe
    seed : seed of the validation set, the initial weights and the order of the patches
    device : "auto", "cpu", "cuda" or "mps"
    overwrite : replace an existing model
    on_event : called with each event, such as `engine.training.events.Validated`

    Returns
    -------
    Trained
        The model, and the PSNR in dB on the validation images that it was chosen by.

    Raises
    ------
    NoPictures, FileExists, BadRequest, ModelUnwritable

    Examples
    --------
    >>> import tempfile
    >>> from engine import train
    >>> file = tempfile.mkdtemp() + "/mine.safetensors"
    >>> train("starter", file, scale=2, steps=2).model.name
    'mine'
    """
    from engine.datasets.download import folder_named
    from engine.training.job import run
    from engine.training.request import STANDARD_RECIPE, TrainRequest

    request = TrainRequest(
        source=folder_named(Path(source)),
        spec=ModelSpec.parse(architecture, scale),
        output=Path(output),
        minutes=minutes,
        steps=steps,
        epochs=epochs,
        recipe=recipe or STANDARD_RECIPE,
        seed=seed,
        device=device,
        overwrite=overwrite,
    )
    return run_job(run(request), on_event)


def _as_image(image: Any) -> Picture:
    """Return a Picture of pixels, or the Picture itself; raise TypeError or ValueError for anything else."""
    if isinstance(image, Picture):
        return image
    if not isinstance(image, np.ndarray):
        raise TypeError(f"Expected pixels, a Picture or a file, not {type(image).__name__}.")
    if image.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"Expected uint8 or uint16 pixels, not {image.dtype}. Scale and convert them first.")
    pixels = image[:, :, None] if image.ndim == 2 else image
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
        raise ValueError(f"Expected pixels of shape (H, W), (H, W, 1) or (H, W, 3), not {image.shape}.")
    return Picture(np.ascontiguousarray(pixels))
