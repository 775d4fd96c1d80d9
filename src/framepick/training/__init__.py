"""Making and measuring weights: data, losses, fitting."""
