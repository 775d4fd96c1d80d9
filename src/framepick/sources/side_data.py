"""What accompanies a decoded picture: the matrix by which it is turned."""

from __future__ import annotations

from typing import Any, cast

import av
from av.sidedata.sidedata import Type


def display_matrix(picture: av.VideoFrame) -> bytes | None:
    """Give the display matrix of a picture, 36 bytes of native int32; None where it has none."""
    matrix: Any = picture.side_data.get("DISPLAYMATRIX")
    return bytes(matrix) if matrix else None


def _unknown(kind: type[Type], value: object) -> Type:
    member: Any = object.__new__(kind)
    member._name_, member._value_ = f"UNKNOWN_{value}", value
    return cast(Type, member)


# PyAV reads all side data or none, and raises an error at a kind that libav knows and it does not
Type._missing_ = classmethod(_unknown)  # type: ignore[assignment, method-assign]
