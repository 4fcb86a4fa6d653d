"""What becomes of runs when a new text of a flow takes the place of an old one."""
