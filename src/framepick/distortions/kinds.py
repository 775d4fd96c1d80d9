"""Each kind of fault as a function of whole batches of pictures.

All take pictures (N, 3, H, W), 0 to 1, an amount (N,) in the unit of table.toml, and a draw
(N, 4) of numbers from 0 to 1 that sets what is left to chance, such as a direction. The amount
for no fault goes the same way as all others, so that no trace of the way gives the fault away.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from framepick.distortions.jpeg import stored

GAMMA = 2.2
VIEW_SIDE = 224
"""Side of the view, in pixels, that `upscaled` counts from."""
TURN = math.radians(10.0)
"""By which a picture is turned there and back where it is not tilted."""
UPRIGHT_SHARE = 0.7
"""Share of the side that no turn can empty: under the square within the inscribed circle."""
CROP_SHARE = 0.6

Fault = Callable[[Tensor, Tensor, Tensor], Tensor]


def motion_blur(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Light spread along a straight path in any direction, one pixel wide."""
    reach = 0.5 * amount * pictures.shape[3]
    down, across = _places(reach)
    angle = (math.pi * draw[:, 0])[:, None, None]
    along = (across * angle.cos() + down * angle.sin()).abs()
    beside = (down * angle.cos() - across * angle.sin()).abs()
    kernel = (1.0 - beside).clamp(0, 1) * (reach[:, None, None] + 0.5 - along).clamp(0, 1)
    return _spread(pictures, kernel)


def defocus(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Light spread over a disc."""
    reach = amount * pictures.shape[3]
    distance = torch.hypot(*_places(reach))
    return _spread(pictures, (reach[:, None, None] + 0.5 - distance).clamp(0, 1))


def underexposure(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Too little light."""
    return _exposed(pictures, -amount)


def overexposure(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Too much light: what is brighter than white is lost."""
    return _exposed(pictures, amount)


def noise(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Grain of the sensor, half of its power in grey."""
    generator = torch.Generator(pictures.device).manual_seed(int(draw[0, 3] * 2**31))
    spread = amount[:, None, None, None] * math.sqrt(0.5)
    shape = (len(pictures), 1, *pictures.shape[2:])
    grey = torch.randn(shape, generator=generator, device=pictures.device)
    colour = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    return (pictures + spread * (grey + colour)).clamp(0, 1)


def colour_cast(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """One colour over all: gains of the channels in any direction that leaves grey as bright."""
    turn = 2 * math.pi * draw[:, :1] + torch.tensor([0.0, 2.0, 4.0]).to(draw) * (math.pi / 3)
    stops = turn.cos()
    stops = stops * (amount[:, None] / (stops.amax(1) - stops.amin(1))[:, None])
    gains = 2.0**stops
    weights = torch.tensor([0.2126, 0.7152, 0.0722]).to(gains)
    gains = gains / (gains * weights).sum(1, keepdim=True)
    return (pictures**GAMMA * gains[:, :, None, None]).clamp(0, 1) ** (1 / GAMMA)


def washed_out(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Paler, and part of the contrast gone in a light haze."""
    lost = amount[:, None, None, None]
    grey = pictures.mean(dim=1, keepdim=True)
    haze = (0.5 + 0.35 * draw[:, 0])[:, None, None, None]
    return (1 - lost) * (pictures + 0.7 * lost * (grey - pictures)) + lost * haze


def compression(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Blocks and lost detail of a strongly compressed file."""
    return stored(pictures, amount)


def upscaled(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """Made smaller than the encoder's view, and large again."""
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
    """Turned to one side; an upright picture is turned as often, there and back."""
    side = torch.where(draw[:, 0] < 0.5, -1.0, 1.0)
    first = torch.where(draw[:, 1] < 0.5, -TURN, TURN)
    there = _turned(pictures, first, 1.0)
    return _turned(there, side * torch.deg2rad(amount) - first, UPRIGHT_SHARE)


def bad_crop(pictures: Tensor, amount: Tensor, draw: Tensor) -> Tensor:
    """A cut of one size whose middle is pushed towards an edge or a corner, off the subject."""
    angle = 2 * math.pi * draw[:, 0]
    push = torch.stack([angle.cos(), angle.sin()], dim=1)
    push = push / push.abs().amax(dim=1, keepdim=True)  # as far as the edge in every direction
    middle = amount[:, None] * push * (1 - CROP_SHARE)
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = CROP_SHARE
    matrix[:, :, 2] = middle
    return _sampled(pictures, matrix)


KINDS: dict[str, Fault] = {
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
}


def _exposed(pictures: Tensor, stops: Tensor) -> Tensor:
    return (pictures**GAMMA * 2.0 ** stops[:, None, None, None]).clamp(0, 1) ** (1 / GAMMA)


def _places(reach: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of a kernel's cells (1, K, K), counted from its middle."""
    margin = math.ceil(float(reach.max()))
    steps = torch.arange(-margin, margin + 1.0, device=reach.device)
    return steps[None, :, None], steps[None, None, :]


def _spread(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Each picture's light spread by its kernel (N, K, K), mirrored at the edges."""
    margin = kernels.shape[1] // 2
    padded = functional.pad(pictures**GAMMA, (margin,) * 4, mode="reflect")
    kernels = (kernels / kernels.sum(dim=(1, 2), keepdim=True))[:, None]
    size = padded.shape[2:]
    product = torch.fft.rfft2(padded) * torch.fft.rfft2(kernels, s=size)
    full = torch.fft.irfft2(product, s=size)[:, :, 2 * margin :, 2 * margin :]
    spread: Tensor = full.clamp(0, 1) ** (1 / GAMMA)
    return spread


def _turned(pictures: Tensor, angle: Tensor, share: float) -> Tensor:
    """Turned by `angle` (N,) in radians; the middle `share` of the sides fills the picture."""
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = share * angle.cos()
    matrix[:, 0, 1], matrix[:, 1, 0] = -share * angle.sin(), share * angle.sin()
    return _sampled(pictures, matrix)


def _sampled(pictures: Tensor, matrix: Tensor) -> Tensor:
    """Seen through affine maps (N, 2, 3) of the square -1 to 1."""
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    seen = functional.grid_sample(
        pictures, grid, mode="bicubic", padding_mode="reflection", align_corners=False
    )
    return seen.clamp(0, 1)
