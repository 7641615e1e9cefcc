"""A device behind the real library, simulated or a card: found, held, watched, reset after a hang.

`RemoteDevice` is what a target hands to the gates. Nothing of it was ever run on a simulator or a card: it was tried
with stand-in programs, and the program builder with the real library on its mock device.
"""

from __future__ import annotations

from op_pipeline.remote.device import RemoteDevice
from op_pipeline.remote.finding import Missing, find_device
from op_pipeline.remote.settings import Settings

__all__ = ["Missing", "RemoteDevice", "Settings", "find_device"]
