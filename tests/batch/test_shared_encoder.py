"""Workers that share one encoder process, as they do on a GPU; here it runs on the CPU."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import time_ns
from typing import Any

import numpy as np
import psutil
import pytest

from benchmarks.batch_faults import look, make_clips
from framepick.aesthetic import encode_views
from framepick.batch.destination import destination_of
from framepick.batch.encoder_host import EncoderHost
from framepick.batch.encoder_process import MODULE, Request, answer
from framepick.batch.ledger import Record
from framepick.batch.local_engine import LocalEngine
from framepick.batch.remote_encoder import EncoderLost, RemoteEncoder
from framepick.batch.run import Batch, plan_batch, run_batch, write_results
from framepick.batch.tasks import Rules
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.config import VideoConfig, config_hash
from framepick.encoding import load_encoder
from framepick.errors import FramepickError
from tests.conftest import wait_for

Run = Callable[..., Batch]


@pytest.fixture
def settings(tiny: Path, tmp_path: Path) -> WorkerSettings:
    config = VideoConfig()
    return WorkerSettings(
        out=str(tmp_path / "out"),
        config=config.as_dict(),
        config_hash=config_hash(config),
        encoder=load_encoder(tiny).encoder_id,
        since_ns=time_ns(),
        has_index=False,
        weights=str(tiny),
        threads=1,
        has_cache=False,
    )


@pytest.fixture
def run(settings: WorkerSettings, tmp_path: Path) -> Run:
    """Give a function that works on three clips."""
    make_clips(tmp_path / "clips", 3, 0.5)
    clips = sorted((tmp_path / "clips").iterdir())

    def call(name: str, shares: bool, show: Callable[..., None] = lambda *_: None) -> Batch:
        out = tmp_path / name
        one = replace(settings, out=str(out))
        batch = plan_batch(clips, destination_of(str(out)), one.config_hash, one.encoder, Rules())
        run_batch(batch, LocalEngine(one, Limits(), 2, shares_encoder=shares), show)
        write_results(batch, None, has_index=False)
        return batch

    return call


def encoders() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if MODULE in one.cmdline()]


def picks(out: Path) -> dict[str, Any]:
    return {
        path.parent.name: json.loads(path.read_text())["picks"] for path in out.glob("*/picks.json")
    }


def views(count: int, size: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 255, (count, size, size, 3), np.uint8)


def test_workers_with_one_encoder_pick_what_workers_with_their_own_pick(
    run: Run, tmp_path: Path
) -> None:
    seen: set[int] = set()
    run("shared", True, lambda *_: seen.update(one.pid for one in encoders()))
    run("own", False, lambda *_: seen.update(-one.pid for one in encoders()))
    assert len(seen) == 1
    assert min(seen) > 0
    assert len(picks(tmp_path / "own")) == 3
    assert picks(tmp_path / "shared") == picks(tmp_path / "own")


def test_an_encoder_that_is_killed_costs_nothing(run: Run, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(batch: Batch, record: Record | None) -> None:
        if batch.running and not killed:
            [one] = encoders()
            one.kill()
            killed.append(one.pid)

    batch = run("killed", True, kill)
    assert killed
    assert [record.state for record in batch.done.values()] == ["ok"] * 3
    run("own", False)
    found = look(tmp_path / "killed")
    assert picks(tmp_path / "killed") == picks(tmp_path / "own")
    assert found.redone == 0
    assert not found.hidden


def test_views_get_the_same_vectors_from_afar(settings: WorkerSettings, tiny: Path) -> None:
    encoder = load_encoder(tiny)
    some = views(37, encoder.view_spec.size, 1)
    with (
        EncoderHost(settings) as host,
        closing(RemoteEncoder(host.address, encoder.card)) as remote,
    ):
        assert (remote.encoder_id, remote.runtime) == (encoder.encoder_id, encoder.runtime)
        found, wanted = encode_views(remote, some), encode_views(encoder, some)
        assert np.array_equal(found.aesthetic, wanted.aesthetic)
        assert np.array_equal(found.content, wanted.content)
        with pytest.raises(ValueError, match="views must be"):
            encode_views(remote, views(1, 8, 1))
    assert not os.path.exists(host.address)


def test_requests_of_several_workers_are_encoded_together(tiny: Path) -> None:
    encoder = load_encoder(tiny)
    requests = [Request(views(count, encoder.view_spec.size, count)) for count in (3, 1, 5)]
    answer(encoder, requests)
    for request in requests:
        aesthetic, content = request.answer.get(timeout=1)
        wanted = encode_views(encoder, request.views)
        assert np.array_equal(aesthetic, wanted.aesthetic)
        assert np.array_equal(content, wanted.content)


def test_whoever_waits_for_a_dead_encoder_is_told_and_the_next_one_is_served(
    settings: WorkerSettings, tiny: Path
) -> None:
    card = load_encoder(tiny).card
    with EncoderHost(settings) as host:
        before, some = host.pid, views(2, card.view.size, 1)
        with closing(RemoteEncoder(host.address, card)) as remote:
            psutil.Process(before).kill()
            with pytest.raises(EncoderLost):
                encode_views(remote, some)
        with closing(RemoteEncoder(host.address, card)) as remote:
            assert len(encode_views(remote, some).moments) == 2
        assert wait_for(lambda: host.pid != before)


def test_weights_that_cannot_be_used_are_named_at_once(
    settings: WorkerSettings, tmp_path: Path
) -> None:
    wrong = replace(settings, weights=str(tmp_path / "none.safetensors"))
    with pytest.raises(FramepickError, match=r"none\.json"), EncoderHost(wrong):
        pass
