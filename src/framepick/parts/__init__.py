"""One video scored by several processes: its frames in pieces, each a file."""

from framepick.parts.files import PieceFolder, Scored, ScoredPiece
from framepick.parts.scoring import encoded, score_pieces

__all__ = ["PieceFolder", "Scored", "ScoredPiece", "encoded", "score_pieces"]
