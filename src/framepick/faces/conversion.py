"""From the published face model to the graphs that framepick ships.

    python -m framepick.faces.conversion face_landmarker.task weights

The source is a zip of three networks in TensorFlow Lite's format. Each becomes an OpenVINO graph
with its values as half floats; all of them go into one archive, with a card beside it. The same
source gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from framepick.encoding.openvino_library import Model, core, save_model
from framepick.errors import FramepickError, WeightsError
from framepick.faces.networks import ARCHIVE_NAME, CARD_NAME
from framepick.files import whole_file

SOURCE_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_GRAPHS = {
    "detector": ("face_detector", [1, 128, 128, 3], 2),
    "landmarks": ("face_landmarks_detector", [1, 256, 256, 3], 2),
    "blendshapes": ("face_blendshapes", [1, 146, 2], 1),
}
"""By the name of a graph: its network in the source, the input's shape, the outputs to keep."""

_CARD = {
    "name": "framepick-faces",
    "base": "MediaPipe Face Landmarker (BlazeFace short range, Face Mesh V2, Blendshape V2)",
    "origin": "https://developers.google.com/mediapipe/solutions/vision/face_landmarker",
    "authors": "Google",
    "license": "Apache-2.0",
    "source_sha256": SOURCE_SHA256,
    "changes": "converted to OpenVINO graphs, values as half floats; one output left out",
    "does": [
        "finds faces that are about a tenth of the picture's longer side or larger",
        "gives 478 points of a face and the strengths of 52 expressions",
    ],
    "limits": [
        "tells nobody's identity, age, sex or origin, and keeps nothing that could",
        "misses small, veiled and strongly turned faces; framepick judges none under 40 pixels",
        "takes the faces of cats, dogs and statues for faces now and then, and round things",
        "was made for human faces filmed at arm's length to a few metres",
    ],
}


def convert(source: Path, folder: Path) -> None:
    """Write the archive of the graphs and their card to `folder`.

    Raises
    ------
    WeightsError, OutputError
        The source is not the published file; a file cannot be written.
    """
    try:
        content = source.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{source}: cannot be read ({error.strerror}); check the path"
        ) from error
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        raise WeightsError(
            f"{source}: is not the published model; its SHA-256 must be {SOURCE_SHA256}"
        )
    archive = folder / ARCHIVE_NAME
    with whole_file(archive) as partial, ZipFile(partial, "w") as packed:
        for name, part in _graphs(source):
            packed.writestr(_dateless(name), part)
    card = _CARD | {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    with whole_file(folder / CARD_NAME) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n")


def _graphs(source: Path) -> Iterator[tuple[str, bytes]]:
    """Convert the networks of the source, one file of a graph after the other."""
    with TemporaryDirectory() as scratch:
        try:
            ZipFile(source).extractall(scratch)
        except BadZipFile as error:
            raise WeightsError(f"{source}: is no archive; download it again") from error
        for name, (network, shape, outputs) in _GRAPHS.items():
            path = Path(scratch) / f"{name}.xml"
            model = core().read_model(Path(scratch) / f"{network}.tflite")
            model.reshape(shape)
            kept = Model(model.get_results()[:outputs], model.get_parameters(), name)
            for place, node in enumerate(kept.get_ordered_ops()):  # else numbered on from before
                node.set_friendly_name(f"{node.get_type_name()}_{place}")
            save_model(kept, path, compress_to_fp16=True)
            yield path.name, path.read_bytes()
            yield f"{name}.bin", path.with_suffix(".bin").read_bytes()


def _dateless(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    return info


def main() -> None:
    """Convert the source named on the command line."""
    parser = argparse.ArgumentParser(description="Convert the published face model.")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        convert(options.source, options.folder)
    except FramepickError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
