"""Which size a result must have to be measured against a ground truth from a file. No Qt."""

from engine.imaging.image import Picture
from engine.upscaling import low_res
from engine.upscaling.request import Target
from srcnn_gui.choices import text
from srcnn_gui.choices.options import LARGEST_PX
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.state import State
from srcnn_gui.runtime.translations import _

Size = tuple[int, Target | None]  # a scale, and another size if it is not the scale's


def fits(truth: Picture, picture: Picture, size: Size) -> bool:
    """Whether the result of an image at this size can be measured against the ground truth."""
    scale, target = size
    if target is not None and not target.fits(picture.height, picture.width):
        return False
    times = target.times(picture.height, picture.width) if target else scale
    result = text.output_size(picture, scale, target, reference=False)
    return low_res.matches((truth.height, truth.width), result, times)


def fitting_size(truth: Picture, picture: Picture, state: State) -> Size | None:
    """Return the size that fits the ground truth, if there is one: what is chosen, a scale, or the truth's own width.

    That width must be larger than the image's, or the result would not be upscaled.
    """
    sizes: list[Size] = [(state.scale, None), *((scale, None) for scale in state.scales), (state.scale, state.target)]
    if picture.width < truth.width <= LARGEST_PX:
        sizes.append((state.scale, Target(width=truth.width)))
    return next((size for size in sizes if fits(truth, picture, size)), None)


def refusal(name: str, truth: Picture, picture: Picture, state: State) -> str:
    """Say why a ground truth cannot be used: the size it must have, and the one it has."""
    told = _(
        "{name} cannot be the ground truth. It must be {expected}, the size of the upscaled image, "
        "but it is {actual}. Choose an image of that size."
    )
    expected = text.output_size(picture, state.scale, state.target, reference=False)
    actual = text.dimensions(truth.height, truth.width)
    return told.format(name=name, expected=text.dimensions(*expected), actual=actual)


def misfit(truth: Picture, picture: Picture, state: State, fitting: Size) -> Readout:
    """Say in place of the scores why there are none at the size chosen now, and at which there are."""
    told = _("The ground truth is {actual}, the result {expected}. Choose {size} to measure again.")
    expected = text.output_size(picture, state.scale, state.target, reference=False)
    return Readout(
        reason=_("The result does not have the size of the ground truth"),
        advice=told.format(
            actual=text.dimensions(truth.height, truth.width),
            expected=text.dimensions(*expected),
            size=text.size(*fitting),
        ),
    )
