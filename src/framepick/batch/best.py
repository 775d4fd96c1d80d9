"""The best picks of all files of a batch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from framepick.batch.ledger import Record
from framepick.batch.outcomes import Outcome, with_result
from framepick.config import PickConfig
from framepick.outputs.best_folder import BestPick, best_document, write_best
from framepick.outputs.comparable import read_comparable
from framepick.outputs.result_folders import PICKS_NAME, read_document
from framepick.picking.between import best_of_many
from framepick.results import Comparable
from framepick.types import Flags

MOMENT_SHARE = 0.5
"""How much of what the moment adds to a score in its video counts between videos, too: the moment
axis has no zero point that videos have in common, but tells the frames of each apart."""
_FACTS = ("rank", "time_seconds", "frame_index", "score", "percentile", "percentile_in_video")


@dataclass(frozen=True, slots=True)
class BestRules:
    """How many of the picks of all files are the best, and how different they have to be."""

    count: int
    variety: float
    encoder: str
    """Results of another encoder are passed over: their scores are no measure for these."""

    @classmethod
    def earlier(cls, document: Mapping[str, Any], encoder: str) -> Self | None:
        """Give the rules of an earlier choice, for `encoder`; None if `document` has none."""
        try:
            known = document["rules"]
            rules = cls(known["count"], known["variety"], encoder)
            PickConfig(count=rules.count, variety=rules.variety)
        except (KeyError, TypeError, ValueError):
            return None
        return rules


def is_up_to_date(rules: BestRules | None, out: Path, manifest: str) -> bool:
    """Tell whether the best picks in `out` are those of the results that `manifest` names."""
    known = best_document(out)
    return rules is None or (known.get("rules"), known.get("of")) == (asdict(rules), manifest)


def find_best(found: Iterable[Outcome], out: Path, rules: BestRules) -> list[BestPick]:
    """Choose among the picks of all results in `out` whose stills are there."""
    owners: list[tuple[Outcome, Record]] = []
    parts: list[Comparable] = []
    rows: list[tuple[int, int]] = []  # of each picture: its place in owners, and in picks.json
    for outcome, record in with_result(found):
        document = _document(out, record) if record.version.encoder == rules.encoder else {}
        if one := _between_videos(document):
            there = np.flatnonzero(_are_there(document, out / record.folder))
            rows += [(len(owners), number) for number in there.tolist()]
            owners.append((outcome, record))
            parts.append(Comparable(one.scores[there], one.content[there].astype(np.float16)))
    if not parts:
        return []
    scores = np.concatenate([one.scores for one in parts])
    pictures = Comparable(scores, np.concatenate([one.content for one in parts]))
    chosen = best_of_many(pictures, PickConfig(count=rules.count, variety=rules.variety))
    return [
        _described(rank, *owners[rows[row][0]], rows[row][1], float(scores[row]), out)
        for rank, row in enumerate(chosen, 1)
    ]


def keep_best(picks: Sequence[BestPick], out: Path, rules: BestRules, manifest: str) -> None:
    """Write the best picks of the results that `manifest` names.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    write_best(picks, out, {"requested": rules.count, "rules": asdict(rules), "of": manifest})


def _document(out: Path, record: Record) -> dict[str, Any]:
    return read_document(out / record.folder / PICKS_NAME)


def _between_videos(document: Mapping[str, Any]) -> Comparable | None:
    """Give the picks of a picks.json with scores that compare videos; None if it has none."""
    known = read_comparable(document)
    if known is None:
        return None
    in_video = np.array([pick["score"] for pick in document["picks"]], np.float64)
    return replace(known, scores=known.scores + MOMENT_SHARE * (in_video - known.scores))


def _are_there(document: Mapping[str, Any], folder: Path) -> Flags:
    """Tell which stills (n,) of a result are in its folder."""
    return np.array([os.path.isfile(folder / pick["still"]) for pick in document["picks"]], bool)


def _described(
    rank: int, outcome: Outcome, record: Record, number: int, score: float, out: Path
) -> BestPick:
    pick = _document(out, record)["picks"][number]
    facts = {name: pick.get(name) for name in _FACTS}
    facts["rank_in_video"] = facts.pop("rank")
    more = {"source": outcome.source, "score_of_all": round(score, 6)}
    return BestPick(rank, record.folder, pick["still"], {**more, **facts})
