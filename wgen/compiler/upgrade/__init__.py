"""Upgrades: what becomes of runs that began by an older text of a flow, told from both texts."""
