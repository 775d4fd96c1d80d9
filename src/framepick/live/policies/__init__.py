"""Which moments of a live session are kept: pure state machines, one for each mode."""

from framepick.live.policies.actions import Action, Drop, Keep, Policy, Propose
from framepick.live.policies.best import BestOfSession
from framepick.live.policies.every import BestOfEvery
from framepick.live.policies.on_peak import OnPeak
from framepick.live.policies.on_sweep import OnSweep
from framepick.live.policies.press import OnPress

__all__ = [
    "Action",
    "BestOfEvery",
    "BestOfSession",
    "Drop",
    "Keep",
    "OnPeak",
    "OnPress",
    "OnSweep",
    "Policy",
    "Propose",
]
