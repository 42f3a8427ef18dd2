"""Cleanup strength of a photo model: interpolation between its weights and the clean model's.

A photo model is fine-tuned from the model for clean images with the same architecture. A network with interpolated
weights removes fewer artifacts and keeps more texture. At ×1, there is no clean model, so the result is blended with
the input.

References
----------
Wang et al., Deep Network Interpolation for Continuous Imagery Effect Transition (CVPR 2019).
"""

from copy import deepcopy

import torch

from engine.models import catalog
from engine.models.catalog import Model
from engine.models.network import Network
from engine.models.weights import load_network

FULL_STRENGTH = 100


def load(model: Model, strength: int) -> Network:
    """Load the network of a model. For a photo model with a strength below 100, interpolate its weights.

    Parameters
    ----------
    strength : percentage, from 0 for the clean model (at ×1, for the input) to 100 for the photo model. It has no
        effect on other models

    Raises
    ------
    WeightsUnusable
    """
    network = load_network(model.path, model.info.scale)
    if strength == FULL_STRENGTH or not catalog.is_photo_model(model):
        return network
    fraction = strength / FULL_STRENGTH
    clean_model = catalog.clean_counterpart(model)
    if clean_model is not None:
        return interpolate(load_network(clean_model.path, clean_model.info.scale), network, fraction)
    return blend_with_input(network, fraction) if model.info.scale == 1 else network


@torch.no_grad()
def interpolate(start: Network, end: Network, fraction: float) -> Network:
    """Return a network with weights interpolated linearly between two networks of the same architecture.

    Parameters
    ----------
    fraction : 0 for the weights of `start`, 1 for the weights of `end`
    """
    network = deepcopy(start)
    torch._foreach_lerp_(list(network.parameters()), list(end.parameters()), fraction)
    return network


@torch.no_grad()
def blend_with_input(network: Network, fraction: float) -> Network:
    """Return a network at ×1 whose result is blended with its input.

    A network adds the output of its last layer to its input. Therefore, the parameters of this layer are multiplied by
    `fraction`.

    Parameters
    ----------
    fraction : 0 for the input, 1 for the result of `network`
    """
    blended = deepcopy(network)
    last = blended.convolutions[-1]
    for parameter in last.parameters():
        parameter.mul_(fraction)
    return blended
