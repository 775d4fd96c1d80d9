"""Each kind of distortion, as a function of a batch of pictures.

All take pictures (N, 3, H, W), 0 to 1, an amount (N,) in the unit of table.toml, and a draw
(N, 4) of numbers from 0 to 1 that sets what is random, such as a direction. An undistorted
picture takes the same steps as all others, so that no trace of the steps tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from framepick.distortions.jpeg import jpeg_round_trip
from framepick.distortions.table import read_table

GAMMA = 2.2
VIEW_SIDE = 224
"""Side of the view, in pixels, that `upscaled` counts from."""
ROTATION = math.radians(10.0)
"""An upright picture is rotated by this angle, and back."""
UPRIGHT_SHARE = 0.7
"""Share of the side that stays filled under any rotation: below the square within the circle."""
CROP_SHARE = 0.6
LIGHT_FLOOR = 0.003
"""Added to light, so that black differs from near black by few stops."""

Distortion = Callable[[Tensor, Tensor, Tensor], Tensor]


def motion_blur(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Blur along a straight line in any direction, one pixel wide."""
    reach = 0.5 * amount * pictures.shape[3]
    down, across = _offsets(reach)
    angle = (math.pi * draw[:, 0])[:, None, None]
    along = (across * angle.cos() + down * angle.sin()).abs()
    beside = (down * angle.cos() - across * angle.sin()).abs()
    kernel = (1.0 - beside).clamp(0, 1) * (reach[:, None, None] + 0.5 - along).clamp(0, 1)
    return _blurred(pictures, kernel)


def defocus(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Blur by a disc."""
    reach = amount * pictures.shape[3]
    distance = torch.hypot(*_offsets(reach))
    return _blurred(pictures, (reach[:, None, None] + 0.5 - distance).clamp(0, 1))


def underexposure(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Darken by `amount` stops."""
    return _exposed(pictures, -amount)


def overexposure(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Brighten by `amount` stops; highlights clip at white."""
    return _exposed(pictures, amount)


def noise(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Add Gaussian sensor noise, half of its power in luma."""
    generator = torch.Generator(pictures.device).manual_seed(int(draw[0, 3] * 2**31))
    spread = amount[:, None, None, None] * math.sqrt(0.5)
    shape = (len(pictures), 1, *pictures.shape[2:])
    grey = torch.randn(shape, generator=generator, device=pictures.device)
    colour = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return (pictures + spread * (grey + colour)).clamp(0, 1)


def colour_cast(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Multiply channels by gains in any hue direction that keep the luma of grey."""
    turn = 2 * math.pi * draw[:, :1] + torch.tensor([0.0, 2.0, 4.0]).to(draw) * (math.pi / 3)
    stops = turn.cos()
    stops = stops * (amount[:, None] / (stops.amax(1) - stops.amin(1))[:, None])
    gains = 2.0**stops
    weights = torch.tensor([0.2126, 0.7152, 0.0722]).to(gains)
    gains = gains / (gains * weights).sum(1, keepdim=True)
    return (pictures**GAMMA * gains[:, :, None, None]).clamp(0, 1) ** (1 / GAMMA)


def washed_out(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Lower saturation and contrast, as haze does."""
    lost = amount[:, None, None, None]
    grey = pictures.mean(dim=1, keepdim=True)
    haze = (0.5 + 0.35 * draw[:, 0])[:, None, None, None]
    return (1 - lost) * (pictures + 0.7 * lost * (grey - pictures)) + lost * haze


def compression(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Compress as JPEG with quantisation tables multiplied by `amount`."""
    return jpeg_round_trip(pictures, amount)


def upscaled(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Downscale below the encoder's view size, then upscale again."""
    sides = (VIEW_SIDE / amount).round().long().clamp(max=pictures.shape[2])
    copies = []
    for picture, side, factor in zip(pictures[:, None], sides.tolist(), amount, strict=True):
        if factor <= 1.0:
            copies.append(picture)
            continue
        small = functional.interpolate(picture, (side, side), mode="bilinear", antialias=True)
        copies.append(functional.interpolate(small, picture.shape[2:], mode="bicubic"))
    return torch.cat(copies).clamp(0, 1)


def tilt(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Rotate; an undistorted picture is resampled as often, by a rotation there and back."""
    side = torch.where(draw[:, 0] < 0.5, -1.0, 1.0)
    first = torch.where(draw[:, 1] < 0.5, -ROTATION, ROTATION)
    there = _rotated(pictures, first, 1.0)
    return _rotated(there, side * torch.deg2rad(amount) - first, UPRIGHT_SHARE)


def bad_crop(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Crop to a fixed size, off centre towards an edge or a corner."""
    angle = 2 * math.pi * draw[:, 0]
    push = torch.stack([angle.cos(), angle.sin()], dim=1)
    push = push / push.abs().amax(dim=1, keepdim=True)  # as far as the edge in every direction
    middle = amount[:, None] * push * (1 - CROP_SHARE)
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = CROP_SHARE
    matrix[:, :, 2] = middle
    return _warped(pictures, matrix)


def backlight(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Darken dark parts and brighten bright ones by up to `amount` stops each.

    A camera that exposes for neither shows the land as a silhouette under a white sky.
    """
    light = ((pictures**GAMMA).mean(dim=1, keepdim=True) + LIGHT_FLOOR).log2()
    above = (light - light.mean(dim=(2, 3), keepdim=True)).tanh()
    stops = amount[:, None, None, None] * above
    return (pictures**GAMMA * 2.0**stops).clamp(0, 1) ** (1 / GAMMA)


def mixed(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Combine a fault of light or lens with one of sensor or file, each of strength `amount`."""
    copies = []
    for at in range(len(pictures)):
        one = pictures[at : at + 1]
        for names, chosen in ((BEFORE_SENSOR, draw[at, 1]), (AFTER_LENS, draw[at, 2])):
            name = names[min(int(chosen * len(names)), len(names) - 1)]
            strength = read_table()[name].amount(amount[at : at + 1])
            one = KINDS[name](one, strength, draw[at : at + 1])
        copies.append(one)
    return torch.cat(copies)


KINDS: dict[str, Distortion] = {
    "motion_blur": motion_blur,
    "defocus": defocus,
    "underexposure": underexposure,
    "overexposure": overexposure,
    "noise": noise,
    "colour_cast": colour_cast,
    "washed_out": washed_out,
    "compression": compression,
    "upscaled": upscaled,
    "tilt": tilt,
    "bad_crop": bad_crop,
    "backlight": backlight,
    "mixed": mixed,
}
BEFORE_SENSOR = (
    "motion_blur",
    "defocus",
    "underexposure",
    "overexposure",
    "colour_cast",
    "washed_out",
)
AFTER_LENS = ("noise", "compression", "upscaled")


def _exposed(pictures: Tensor, stops: Tensor) -> Tensor:
    return (pictures**GAMMA * 2.0 ** stops[:, None, None, None]).clamp(0, 1) ** (1 / GAMMA)


def _offsets(reach: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column offsets (1, K, K) of a kernel's cells from its centre."""
    margin = math.ceil(float(reach.max()))
    steps = torch.arange(-margin, margin + 1.0, device=reach.device)
    return steps[None, :, None], steps[None, None, :]


def _blurred(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Convolve each picture, in linear light, with its kernel (N, K, K); edges are mirrored."""
    margin = kernels.shape[1] // 2
    padded = functional.pad(pictures**GAMMA, (margin,) * 4, mode="reflect")
    kernels = (kernels / kernels.sum(dim=(1, 2), keepdim=True))[:, None]
    size = padded.shape[2:]
    product = torch.fft.rfft2(padded) * torch.fft.rfft2(kernels, s=size)
    full = torch.fft.irfft2(product, s=size)[:, :, 2 * margin :, 2 * margin :]
    spread: Tensor = full.clamp(0, 1) ** (1 / GAMMA)
    return spread


def _rotated(pictures: Tensor, angle: Tensor, share: float) -> Tensor:
    """Rotate by `angle` (N,) in radians; the central `share` of the sides fills the picture."""
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = share * angle.cos()
    matrix[:, 0, 1], matrix[:, 1, 0] = -share * angle.sin(), share * angle.sin()
    return _warped(pictures, matrix)


def _warped(pictures: Tensor, matrix: Tensor) -> Tensor:
    """Resample through affine maps (N, 2, 3) of the square from -1 to 1."""
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    seen = functional.grid_sample(
        pictures, grid, mode="bicubic", padding_mode="reflection", align_corners=False
    )
    return seen.clamp(0, 1)
