"""Why a picture scores as it does: where the score comes from, and what would change it."""
