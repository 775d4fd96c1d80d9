"""How fast the shipped network is beside its bare backbone, in the runtime that users get.

    python -m benchmarks.speed_of_model [ROUNDS]

Both take turns on the same views; printed are medians and their ratio.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import torch

from framepick.encoding.hardware import choose_runtime, use_threads
from framepick.model.card import default_weights
from framepick.model.checkpoint import load_checkpoint


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    runtime = choose_runtime("auto")
    use_threads(None)
    network, card = load_checkpoint(default_weights())
    network.to(runtime.device).to(memory_format=torch.channels_last)
    network.backbone.set_precision(runtime.precision)
    side = card.view.size
    generator = torch.Generator().manual_seed(0)
    views = torch.randint(
        0, 256, (runtime.batch_size, side, side, 3), dtype=torch.uint8, generator=generator
    ).to(runtime.device)

    def backbone_alone() -> torch.Tensor:
        pooled: torch.Tensor = network.maps(views)[-1].float().mean(dim=(2, 3))
        return pooled

    def whole() -> torch.Tensor:
        aesthetic: torch.Tensor = network(views)[0]
        return aesthetic

    taken: dict[Callable[[], torch.Tensor], list[float]] = {backbone_alone: [], whole: []}
    with torch.inference_mode():
        for turn in range(rounds + 5):
            for run, seconds in taken.items():
                start = time.perf_counter()
                run().cpu()
                if turn >= 5:
                    seconds.append(time.perf_counter() - start)
    alone, all_of_it = (
        statistics.median(seconds) / runtime.batch_size * 1e3 for seconds in taken.values()
    )
    print(f"{card.architecture.backbone} alone  {alone:.2f} ms a frame ({runtime.name})")
    print(f"{card.name}  {all_of_it:.2f} ms a frame, {alone / all_of_it:.2f} of its speed")


if __name__ == "__main__":
    main()
