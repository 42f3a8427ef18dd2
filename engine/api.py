"""Public Python API: the functions that `import engine` provides.

You can pass paths as strings. PyTorch is imported only when a function needs it. `upscale`, `evaluate` and `train`
each run a job and return its result.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from engine.imaging.image import Image
from engine.models import catalog, registry
from engine.models.catalog import Model

if TYPE_CHECKING:
    from engine.evaluation.events import Evaluation
    from engine.training.job import TrainResult
    from engine.training.request import Recipe

E = TypeVar("E")
R = TypeVar("R")


def _ignore(_event: object) -> None:
    """Ignore an event (default value of `on_event`)."""


def run_job(job: Generator[E, Any, R], on_event: Callable[[E], object] = _ignore) -> R:
    """Run a job to completion and return its result.

    Parameters
    ----------
    job : a generator that yields events, such as `engine.upscaling.job.upscale(image, request)`
    on_event : a function that is called with each event. To cancel the job, raise an exception in this function

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


def read_image(path: str | Path) -> Image:
    """Read an image file, including its alpha channel, its metadata, and all frames or pages.

    The image is rotated or flipped according to the orientation in its metadata.

    Parameters
    ----------
    path : path of the image file. For the supported formats, see docs/formats.md

    Returns
    -------
    Image
        `pixels` has the dtype uint8 or uint16, and the shape (H, W, 1) for a gray image or (H, W, 3) for an RGB image.
        `alpha` has the same dtype and the shape (H, W). It is None if the image is opaque.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory

    Examples
    --------
    >>> from engine import read_image
    >>> image = read_image("resources/samples/cat.png")
    >>> image.pixels.shape, image.pixels.dtype
    ((300, 451, 3), dtype('uint8'))
    """
    from engine.imaging.codecs import image_files

    return image_files.read(Path(path))


def write_image(image: Image | NDArray[np.uint8] | NDArray[np.uint16], path: str | Path, **options: Any) -> None:
    """Write an image to a file, and read the file back to verify it.

    Parameters
    ----------
    image : an Image, or an array of uint8 or uint16 pixels with the shape (H, W), (H, W, 1) or (H, W, 3)
    path : the file to write. The file extension selects the format. An existing file is replaced only after the new
        file is complete
    options : fields of `engine.imaging.codecs.formats.OutputOptions`, such as ``quality=90``

    Raises
    ------
    ImageUnwritable
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
    from engine.imaging.codecs.formats import OutputOptions

    image_files.write(_as_image(image), Path(path), OutputOptions(**options))


def list_models(scale: int | None = None) -> list[Model]:
    """Return all models: first the built-in models, then your own.

    Each of the two groups is sorted by scale factor, number of parameters and name.

    Parameters
    ----------
    scale : return only models for this scale factor

    Examples
    --------
    >>> from engine import list_models
    >>> [model.name for model in list_models(scale=3)][:2]
    ['srcnn-9-1-5-x3', 'fsrcnn-x3']
    """
    return [model for model in catalog.list_models() if scale in (None, model.info.scale)]


def load_model(name: str | Path | None = None, scale: int | None = None) -> Model:
    """Find a model by its name, its architecture or its file.

    Parameters
    ----------
    name : a name from `list_models`, an architecture such as "9-1-5", or the path of a model file. By default, the
        default model for `scale` is returned
    scale : the scale factor of the model. Required for a .mat, .pt, .pth or .param file if its name does not contain
        the scale factor, as in "x3.mat"

    Raises
    ------
    ModelUnknown, NoModelForScale, ArchitectureScaleMismatch, ModelScaleMismatch, WeightsUnusable

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
    image: str | Path | Image,
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> Image: ...
def upscale(
    image: Any,
    scale: float | None = None,
    *,
    model: str | Path | Model | None = None,
    device: str = "auto",
    self_ensemble: bool = False,
    on_event: Callable[[Any], object] = _ignore,
) -> Any:
    """Upscale an image with a model, and return the result.

    Parameters
    ----------
    image : path of an image file, an Image, or an array of uint8 or uint16 pixels with the shape (H, W), (H, W, 1) or
        (H, W, 3)
    scale : the scale factor, from 1 to 16. By default, the scale factor of the model
    model : a Model, a name or file that `load_model` accepts, or None for the default model of this scale factor. For
        a JPEG file with a quality below 98, None selects a photo model, which removes compression artifacts
    device : "cpu", "cuda", "mps", "vulkan" or "vulkan:0", or "auto" for the fastest available device
    self_ensemble : average the results of all eight flips and rotations. This takes eight times as long
    on_event : a function that is called with each event of the job, such as `engine.upscaling.events.TileDone`

    Returns
    -------
    NDArray or Image
        If `image` is an array, an array of the same dtype and number of dimensions. Otherwise, an Image.

    Raises
    ------
    InvalidSetting, DeviceUnknown, OutOfMemory, OutputTooLarge, NotEnoughMemory, and the errors of `load_model` and
    `read_image`
    TypeError, ValueError
        `image` is an array with an unsupported dtype or shape.

    Examples
    --------
    >>> import numpy as np
    >>> from engine import upscale
    >>> upscale(np.zeros((10, 12, 3), np.uint8), scale=2).shape
    (20, 24, 3)
    >>> upscale("resources/samples/cat.png", scale=2).pixels.shape
    (600, 902, 3)
    """
    from engine.upscaling import job as upscale_job
    from engine.upscaling.model_choice import choose_model, choose_target, is_automatic
    from engine.upscaling.request import Target, UpscaleRequest

    source = read_image(image) if isinstance(image, str | Path) else _as_image(image)
    if isinstance(model, Model):
        target = None if scale in (None, model.info.scale) else Target(factor=scale)
        chosen, exact = model, True
    else:
        target = choose_target(scale)
        chosen, exact = choose_model(None if model is None else str(model), scale, target)
    request = UpscaleRequest(
        chosen,
        device,
        compare=False,
        self_ensemble=self_ensemble,
        target=target,
        exact=exact,
        automatic=is_automatic(None if model is None else str(model)),
    )
    result = run_job(upscale_job.upscale(source, request), on_event).image
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
    """Score a model on a folder of ground-truth images, as in the SRCNN papers.

    Each image is downscaled with bicubic interpolation, then upscaled with the model and with bicubic interpolation.
    The scores are PSNR in dB and SSIM on the 8-bit Y channel (BT.601), without a border of `scale` pixels on each
    side. Gray images are scored on their gray levels.

    Parameters
    ----------
    folder : a folder of images, or the name of a downloaded test set, such as "set5"
    scale : the scale factor. By default, the scale factor of the model
    model : a Model, a name or file that `load_model` accepts, or None for the default model of this scale factor
    device : "cpu", "cuda", "mps", "vulkan" or "vulkan:0", or "auto" for the fastest available device
    self_ensemble : average the results of all eight flips and rotations. This takes eight times as long
    on_event : a function that is called with each event, such as `engine.evaluation.events.ImageScored`

    Raises
    ------
    NoImages, NotDownloaded, WeightsUnusable

    Examples
    --------
    >>> from engine import evaluate
    >>> table = evaluate("resources/samples", scale=3)
    >>> table.mean_model.psnr_db > table.mean_bicubic.psnr_db
    True
    """
    from engine.datasets.download import resolve_folder
    from engine.evaluation.job import run
    from engine.evaluation.request import EvaluateRequest
    from engine.models.weights import resolve

    name = None if model is None else str(model)
    chosen = model if isinstance(model, Model) else resolve(name, scale, simulate=True)
    request = EvaluateRequest(resolve_folder(Path(folder)), chosen, device, self_ensemble=self_ensemble)
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
) -> "TrainResult":
    """Train a model, and save the weights with the best validation PSNR to a file.

    Parameters
    ----------
    source : a folder of images, a patch file (.h5), or the name of a training set: "starter" or "t91"
    output : path of the .safetensors file to write
    architecture : the filter sizes of the three layers of an SRCNN, such as "9-1-5", or "fsrcnn" or "compact-s"
    scale : the scale factor, from 2 to 8
    minutes, steps, epochs : length of the training, in minutes, steps or epochs. Set exactly one of them
    recipe : hyperparameters of the training, and settings of the patches. By default, `STANDARD_RECIPE`
    seed : random seed for the validation set, the initial weights and the order of the patches
    device : "cpu", "cuda" or "mps", or "auto" for the fastest available device
    overwrite : replace an existing file. By default, an existing file is an error
    on_event : a function that is called with each event, such as `engine.training.events.Validated`

    Returns
    -------
    TrainResult
        The best model and its validation PSNR in dB.

    Raises
    ------
    NoImages, FileExists, InvalidSetting, ModelUnwritable

    Examples
    --------
    >>> import tempfile
    >>> from engine import train
    >>> file = tempfile.mkdtemp() + "/mine.safetensors"
    >>> train("starter", file, scale=2, steps=2).model.name
    'mine'
    """
    from engine.datasets.download import resolve_folder
    from engine.training.job import run
    from engine.training.request import STANDARD_RECIPE, TrainRequest

    request = TrainRequest(
        source=resolve_folder(Path(source)),
        info=registry.parse(architecture, scale),
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


def _as_image(image: Any) -> Image:
    """Convert an array of pixels to an Image. An Image is returned unchanged.

    Raises
    ------
    TypeError
        The argument is neither an Image nor an array, or its dtype is neither uint8 nor uint16.
    ValueError
        The shape is not (H, W), (H, W, 1) or (H, W, 3), or the array is empty.
    """
    if isinstance(image, Image):
        return image
    if not isinstance(image, np.ndarray):
        raise TypeError(f"Expected pixels, an Image or a file, not {type(image).__name__}.")
    if image.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"Expected uint8 or uint16 pixels, not {image.dtype}. Scale and convert them first.")
    pixels = image[:, :, None] if image.ndim == 2 else image
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
        raise ValueError(f"Expected pixels of shape (H, W), (H, W, 1) or (H, W, 3), not {image.shape}.")
    return Image(np.ascontiguousarray(pixels))
