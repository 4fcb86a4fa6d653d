"""WG6, upgrades: what runs that began by an older text of a flow meet in the new one. `wgen breaking` says these."""

from __future__ import annotations

from wgen.compiler.diagnostics import Rule

FLOW_GONE = Rule("WG601", "flow-gone", "error", "runs of a flow may be open, and no flow has its name any more")
STEP_RENAMED = Rule("WG602", "step-renamed", "error", "a step was renamed while runs of it are open")
STEP_GONE = Rule("WG603", "step-gone", "error", "a step at which runs stand is gone")
STEP_CHANGED = Rule("WG604", "step-changed", "error", "a step is not the one any more at which runs stand")
STEP_SHIFTED = Rule("WG605", "step-shifted", "error", "of equal sentences one came or went, and runs go on at another")
VALUE_CHANGED = Rule("WG606", "value-changed", "error", "a value that runs know does not fit its type any more")
VALUE_UNCLEAR = Rule("WG607", "value-unclear", "warning", "a value that runs know may not fit its type any more")
VALUE_LACKING = Rule("WG608", "value-lacking", "error", "a sentence reads a value that runs from before do not know")
UNDO_CHANGED = Rule("WG609", "undo-changed", "error", "what runs have done can't be undone any more")
CHILD_GONE = Rule("WG610", "child-gone", "error", "runs come to a child flow, and no flow has its name any more")
INPUTS_CHANGED = Rule("WG611", "inputs-changed", "warning", "whoever starts the flow has to give something else")
EVENT_CHANGED = Rule("WG612", "event-changed", "warning", "an event is not waited for any more, or has another type")
RESULT_CHANGED = Rule("WG613", "result-changed", "warning", "the flow gives another result than before")
VERSION_LOWERED = Rule("WG614", "version-lowered", "warning", "the flow has a lower version than before")
TIME_SHORTENED = Rule("WG615", "time-shortened", "warning", "the whole flow has less time than before")
