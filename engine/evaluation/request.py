"""The request of an evaluation."""

from dataclasses import dataclass
from pathlib import Path

from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest


@dataclass(frozen=True)
class EvaluateRequest:
    """Score a model on a folder of ground-truth pictures, as the papers do."""

    folder: Path
    model: Model
    device: str = "auto"
    tile: int | None = None
    ensemble: bool = False
    precision: str = "float32"  # a published figure is float32's

    def __post_init__(self) -> None:
        UpscaleRequest(self.model, self.device, tile=self.tile, precision=self.precision)  # checks what it is asked
