"""Chapter 2 against scikit-image, Pillow and OpenCV: one affine warp of a large photo.

python benchmarks/bench_image_lab.py
"""

import cv2
import harness
import numpy as np
from PIL import Image
from skimage import transform

from common import data
from phase1_linear_algebra import image_lab


def main() -> list[harness.Result]:
    """1920 x 1080 in colour, turned by 30 degrees about its middle, bilinear."""
    packages = ("numpy", "scikit-image", "pillow", "opencv-python-headless")
    harness.title("image lab", *packages)
    w, h = 1920, 1080
    with Image.open(data.FOLDER / "photos" / "china.jpg") as photo:
        picture = photo.resize((w, h))
    image = np.asarray(picture)  # bytes
    floats = image / 255
    M = image_lab.about(image_lab.rotation(30), ((w - 1) / 2, (h - 1) / 2))
    back = image_lab.inverse(M)
    # Pillow counts from the edge of the first pixel, the others from its middle
    pillow_back = tuple((image_lab.translation(0.5, 0.5) @ back
                         @ image_lab.translation(-0.5, -0.5))[:2].ravel())  # fmt: skip

    def ours() -> np.ndarray:
        return image_lab.warp(floats, M)

    def ours_bytes() -> np.ndarray:
        return image_lab.warp_bytes(image, M)

    def scikit() -> np.ndarray:
        return transform.warp(floats, back, order=1)

    def scikit_bytes() -> np.ndarray:  # floats come back; that is its only way
        return transform.warp(image, back, order=1)

    def pillow() -> Image.Image:
        kind, look = Image.Transform.AFFINE, Image.Resampling.BILINEAR
        return picture.transform((w, h), kind, pillow_back, look)

    def opencv() -> np.ndarray:
        return cv2.warpAffine(image, M[:2], (w, h), flags=cv2.INTER_LINEAR)

    inside = image_lab.warp(np.ones((h, w)), M) == 1  # all four neighbours are there
    worst = np.abs(ours() - scikit())[inside].max()
    assert worst < 1e-9, f"not the same work: scikit-image differs by {worst:.1e}"
    exact = 255 * ours()
    for name, result, limit in (
        ("our bytes", ours_bytes(), 1.5),
        ("Pillow", np.asarray(pillow()), 2),
        ("OpenCV", opencv(), 2),
    ):
        worst = np.abs(result - exact)[inside].max()
        assert worst <= limit, (
            f"not the same work: {name} differs by {worst:.1f} of 255"
        )
    work = "warp of 1920 x 1080 RGB"
    return [
        harness.duel(f"{work}, float64: scikit-image", ours, scikit, "3"),
        harness.duel(f"{work}, bytes: scikit-image", ours_bytes, scikit_bytes, "3"),
        harness.duel(f"{work}, bytes: Pillow", ours_bytes, pillow, "1.0"),
        harness.duel(f"{work}, bytes: OpenCV", ours_bytes, opencv, "0.13"),
    ]


if __name__ == "__main__":
    main()
