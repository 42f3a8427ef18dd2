"""Scale factor or target size at which the result has the size of the ground truth. Does not use Qt."""

from engine.imaging.image import Image
from engine.upscaling import low_res
from engine.upscaling.request import Target
from srcnn_gui.choices import text
from srcnn_gui.choices.options import MAX_SIDE
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.state import State
from srcnn_gui.runtime.translations import _

Size = tuple[int, Target | None]  # scale factor, and the target size that replaces it, if any


def matches_ground_truth(ground_truth: Image, image: Image, size: Size) -> bool:
    """Return whether the result has the size of the ground truth if `image` is upscaled to `size`."""
    scale, target = size
    if target is not None and not target.fits(image.height, image.width):
        return False
    scale_factor = target.scale_factor(image.height, image.width) if target else scale
    result = text.compute_result_size(image, scale, target, simulate=False)
    return low_res.has_result_size((ground_truth.height, ground_truth.width), result, scale_factor)


def find_matching_size(ground_truth: Image, image: Image, state: State) -> Size | None:
    """Return a scale factor or target size at which the result has the size of the ground truth, or None.

    The candidates, in this order, are the selected scale factor, the other scale factors, the selected target size,
    and the width of the ground truth if it is larger than the width of the image.
    """
    sizes: list[Size] = [(state.scale, None), *((scale, None) for scale in state.scales), (state.scale, state.target)]
    if image.width < ground_truth.width <= MAX_SIDE:
        sizes.append((state.scale, Target(width=ground_truth.width)))
    return next((size for size in sizes if matches_ground_truth(ground_truth, image, size)), None)


def format_size_mismatch(name: str, ground_truth: Image, image: Image, state: State) -> str:
    """Return an error message with the expected and the actual size of a ground truth of the wrong size.

    `name` is the file name of the ground truth.
    """
    message = _(
        "The ground truth and the result must have the same size, but {name} is {actual} and the result is "
        "{expected}. Choose another image."
    )
    expected = text.compute_result_size(image, state.scale, state.target, simulate=False)
    actual = text.format_size(ground_truth.height, ground_truth.width)
    return message.format(name=name, expected=text.format_size(*expected), actual=actual)


def explain_size_mismatch(ground_truth: Image, image: Image, state: State, matching: Size) -> Readout:
    """Return a readout that explains why there are no scores at the selected size.

    `matching` is the scale factor or target size that the readout advises the user to select.
    """
    message = _("The ground truth is {actual}, but the result is {expected}. Select {size} to get scores.")
    expected = text.compute_result_size(image, state.scale, state.target, simulate=False)
    return Readout(
        reason=_("The result and the ground truth have different sizes"),
        advice=message.format(
            actual=text.format_size(ground_truth.height, ground_truth.width),
            expected=text.format_size(*expected),
            size=text.format_scale_or_size(*matching),
        ),
    )
