"""Photos in the colours of sRGB, whatever profile they carry."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageCms


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a picture to RGB by its ICC profile; without one that fits, as Pillow does."""
    if profile and not _is_srgb(profile):
        try:
            converted = ImageCms.profileToProfile(
                image, io.BytesIO(profile), _srgb(), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a damaged profile, or one of another colour model
        if converted is not None:
            return converted
    return image.convert("RGB")


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def _is_srgb(profile: bytes) -> bool:
    try:
        name = ImageCms.getProfileDescription(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return name.strip().startswith("sRGB")
