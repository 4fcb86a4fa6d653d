"""The keywords: how they are written, what a typo or another language's word for them means, and their forms."""

from __future__ import annotations

from wgen.compiler.names import edit_distance

HEADERS = frozenset({"about", "import", "given", "key", "start", "retry", "timeout", "limit"})
BLOCKS = frozenset({"when", "together", "for", "repeat", "try", "await"})
PLAIN_STEPS = frozenset({"receive", "wait", "status", "finish", "fail", "break", "continue"})

# By first word, for it alone tells a keyword. Written as `wgen fmt` writes them.
SPELLED = {
    word.split()[0][1:].lower(): word
    for word in (
        "@Flow", "@About", "@Import", "@Given", "@Key", "@Start", "@Retry", "@Timeout", "@Limit", "@Then", "@And",
        "@Meanwhile", "@Provide", "@Undo", "@When", "@Or when", "@Otherwise", "@Together", "@Branch", "@For each",
        "@Repeat", "@Break", "@Continue", "@Try", "@On", "@Wait", "@Await the first", "@Receive", "@Status",
        "@Finish", "@Fail", "@End",
    )
}  # fmt: skip

# Words of other languages; None where no keyword does the same.
FOREIGN: dict[str, str | None] = {
    "if": "when", "unless": "when", "elseif": "or", "elsif": "or", "elif": "or", "else": "otherwise",
    "default": "otherwise", "switch": None, "match": None, "case": None, "loop": "repeat", "while": "repeat",
    "until": "repeat", "do": "then", "foreach": "for", "parallel": "together", "concurrently": "together",
    "fork": "together", "all": "together", "catch": "on", "except": "on", "rescue": "on", "finally": None,
    "goto": None, "jump": None, "return": "finish", "stop": "finish", "exit": "finish", "done": "end",
    "throw": "fail", "raise": "fail", "error": "fail", "abort": "fail", "sleep": "wait", "delay": "wait",
    "pause": "wait", "input": "given", "inputs": "given", "param": "given", "require": "given", "let": None,
    "set": None, "var": None, "step": "then", "task": "then", "call": "then", "run": "then", "activity": "then",
    "endif": "end", "endfor": "end", "endwhile": "end", "endtry": "end", "close": "end", "fi": "end",
    "workflow": "flow", "process": "flow", "feature": "flow", "scenario": "flow", "description": "about",
    "trigger": "start", "schedule": "start", "cron": "start", "every": "start", "output": "provide",
    "returns": "provide", "store": "provide", "compensate": "undo", "rollback": "undo", "background": "meanwhile",
    "async": "meanwhile", "spawn": "meanwhile", "skip": "continue", "next": "continue", "event": "receive",
    "signal": "receive", "expect": "receive", "but": "and", "use": None, "using": None,
}  # fmt: skip
OPENS_FOREIGN_BLOCK = frozenset({"switch", "match"})

FORMS: dict[str, tuple[str, ...]] = {
    "flow": ("@Flow order fulfilment", "@Flow order fulfilment, version 2"),
    "about": ("@About one line of description",),
    "import": ("@Import Order, Item from shop.models",),
    "given": ("@Given (order)", "@Given (limit) as int, by default 100"),
    "key": ("@Key (order - id)",),
    "start": (
        '@Start on kafka topic "orders" giving (order)',
        "@Start every 15 minutes",
        '@Start every day at 09:00 in "Europe/Berlin"',
        '@Start on schedule "0 9 * * 1-5"',
        '@Start when flow (payment) reaches "captured"',
    ),
    "retry": (
        "@Retry each task two times",
        "@Retry wait period is fixed (or linear, exponential, random)",
        "@Retry wait period is one second",
        "@Retry wait period is at most one minute",
        "@Retry for at most one hour",
        '@Retry only on "ConnectionError"',
        '@Retry never on "ValidationError"',
    ),
    "timeout": ("@Timeout each task after 30 seconds", "@Timeout flow after 30 days"),
    "limit": ("@Limit flow to 5 at a time", "@Limit each task to 10 per second"),
    "then": ("@Then price (order) using (rates) giving (quote)",),
    "and": ("@And price (order)",),
    "meanwhile": ("@Meanwhile warm the cache",),
    "provide": ("@Provide (quote)", "@Provide (quote) as Quote and (note)"),
    "undo": ("@Undo release (reservation)",),
    "when": ("@When (score) is more than 80",),
    "or": ("@Or when (score) is less than 20",),
    "otherwise": ("@Otherwise",),
    "together": (
        "@Together",
        "@Together, first to finish wins",
        "@Together, first to succeed wins",
        "@Together, at least 2 must succeed",
    ),
    "branch": ("@Branch credit bureau",),
    "for": (
        "@For each (order) in (orders)",
        "@For each (order) in (orders), at most 20 at a time",
        "@For each (order) in (orders), all at once, collecting (quote) into (quotes)",
    ),
    "repeat": (
        "@Repeat while (count) is less than 5",
        '@Repeat until (state) is "settled", every 10 minutes, at most 50 times',
        "@Repeat 3 times",
    ),
    "break": ("@Break",),
    "continue": ("@Continue",),
    "try": ("@Try",),
    "on": (
        '@On failure "CardDeclined" giving (failure)',
        '@On (decision) from http post "/decide"',
        '@On flow (payment) reaching "captured"',
        "@On timeout after 3 days",
    ),
    "wait": (
        "@Wait 3 days",
        '@Wait until 07:00 in "Europe/Berlin"',
        "@Wait until (order - due)",
        '@Wait until flow (ledger closing) reaches "closed", or fail after 6 hours',
    ),
    "await": ("@Await the first",),
    "receive": (
        "@Receive (approval)",
        '@Receive (decision) from http post "/decide" where (decision - id) is (order - id), or fail after 7 days',
    ),
    "status": ('@Status "active"',),
    "finish": ("@Finish", '@Finish with (order) as "registered"'),
    "fail": ('@Fail because "risk too high"', "@Fail because (reason)"),
    "end": ("@End", "@End of orders"),
}


def nearest(word: str) -> str | None:
    """The keyword that a typo meant: one letter off in a short word, two in a longer one."""
    limit = 1 if len(word) <= 4 else 2
    known = [(edit_distance(word, keyword, limit), keyword[:1] != word[:1], keyword) for keyword in SPELLED]
    distance, _, keyword = min(known)
    return keyword if distance <= limit else None
