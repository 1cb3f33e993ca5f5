"""What is claimed of chapter 2, over the eight photos."""

from collections.abc import Iterator

import harness
import numpy as np

from common import data
from phase1_linear_algebra import image_lab


def claims() -> Iterator[harness.Claim]:
    """The stack, which keeps one product, against a resampling for each turn."""
    names = sorted(path.name for path in data.FOLDER.glob("photos/*.*g"))
    photos = [image_lab.load(name) for name in names]
    changed = []
    for lab in photos:
        for _ in range(12):
            lab, _ = image_lab.run_command(lab, "rotate 30")
        image = image_lab.render(image_lab.floats(lab.pixels), lab.past[-1])
        changed.append(float((np.rint(255 * image) != lab.pixels).sum()))
    yield harness.Claim("8 photos: bytes changed by 12 turns in one product", changed)
    for order, kind in ((1, "bilinear"), (3, "bicubic")):
        left = []
        for lab in photos:
            image = lab.pixels[..., :3] / 255
            h, w = image.shape[:2]
            middle = ((w - 1) / 2, (h - 1) / 2)
            y, x = np.mgrid[:h, :w]
            disc = np.hypot(x - middle[0], y - middle[1]) < min(middle) - 2
            M, turned = image_lab.about(image_lab.rotation(30), middle), image
            for _ in range(12):
                turned = image_lab.warp(turned, M, order=order).clip(0, 1)
            error = ((turned - image)[disc] ** 2).mean()
            left.append(255 * float(error) ** 0.5)
        yield harness.Claim(f"8 photos: off by, 12 resamplings, {kind} (of 255)", left)
