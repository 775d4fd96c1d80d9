"""What can go wrong, as one tree.

FramepickError
├── UsageError        the call itself is wrong: an option, a folder where a file belongs
├── SourceError       this input cannot be read: missing, not a video, nothing in it decodes
│   ├── SourceClosed  frames were asked of a source that is closed
│   ├── DecoderError  the decoder of this input crashed, hung or was killed
│   └── LostFrames    frames look different when decoded again
├── WeightsError      a checkpoint or its card is missing, broken or does not fit
├── StoreError        an object store cannot be reached, or does not let us in
└── OutputError       a result could not be written

Every message is one line that names the input, the reason and, where there is one, the way out.
"""


def reason_of(error: OSError) -> str:
    """Give what the system says of an error, in lower case, for use in a message."""
    return (error.strerror or str(error)).lower()


def unexpected(error: BaseException) -> str:
    """Give one line that names an error that nobody foresaw."""
    return f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"


class FramepickError(Exception):
    """Base of every error that framepick raises on purpose."""


class UsageError(FramepickError):
    """The call cannot be carried out as it was made."""


class SourceError(FramepickError):
    """An input cannot be opened or holds nothing that can be used."""


class SourceClosed(SourceError):  # noqa: N818 - says what the source is
    """Frames were asked of a source that is closed, or it was closed while it gave them."""


class DecoderError(SourceError):
    """The decoder process of one input crashed, hung or was killed."""


class LostFrames(SourceError):  # noqa: N818 - says what is lost
    """Frames could not be found again as they were; `frame_indices` says which."""

    def __init__(self, message: str, frame_indices: frozenset[int]) -> None:
        super().__init__(message)
        self.frame_indices = frame_indices


class WeightsError(FramepickError):
    """Weights or their card are missing, damaged or do not fit together."""


class StoreError(FramepickError):
    """An object store cannot be reached or does not let us in: nothing in it can be used."""


class OutputError(FramepickError):
    """A result could not be written."""
