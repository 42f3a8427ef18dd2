"""Rebuild the photographs of the training set T91-photos, on which Compact models are trained.

The photographs are from Debian packages. training_photos.tsv lists the packages, authors and licenses. Each photograph
is downscaled with a box filter, which removes its compression artifacts.

    apt-get download lomiri-wallpapers-16.04 lomiri-wallpapers-20.04
    for package in *.deb; do dpkg -x "$package" extracted; done
    python -m benchmarks.training_photos extracted/usr/share/backgrounds t91-photos
    cp T91/*.bmp t91-photos/
"""

import csv
import sys
from pathlib import Path

from PIL import Image

TABLE = Path(__file__).with_suffix(".tsv")


def downscale(image: Image.Image, factor: int) -> Image.Image:
    """Downscale an image by averaging blocks of `factor` x `factor` pixels, and convert it to RGB.

    Incomplete blocks at the right and bottom edge are cropped.
    """
    width, height = image.width // factor, image.height // factor
    return image.convert("RGB").reduce(factor).crop((0, 0, width, height))


def main(originals: Path, output: Path) -> None:
    """Downscale the photographs, write them to the folder `output`, and print their authors and licenses."""
    output.mkdir(parents=True, exist_ok=True)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            with Image.open(originals / row["original"]) as image:
                downscale(image, int(row["factor"])).save(output / row["file"])
            print(f"{row['file']}: {row['author']}, {row['license']}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
