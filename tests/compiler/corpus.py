"""Sentences and whole flows that the grammar must read, and texts that it must refuse at a given line."""

from __future__ import annotations

LOAN = """\
@Flow loan approval, version 1
@About From application to decision: automatic scoring, a human decision, and a reminder.
@Start on http post "/loans" giving (application)
@Given (application) as Application
@Retry each task 3 times
@Retry wait period is exponential
@Retry wait period is one second
@Retry wait period is at most 1 minute
@Timeout flow after 30 days

@Together
    @Branch credit bureau
        @Then fetch the credit history of (application - applicant) giving (credit history)
        @Then score (credit history) giving (risk score) as int
    @Branch identity
        @Then ask the identity service about (application - applicant) (with key (application - id))
        @Provide (identity check) as IdentityCheck
@End

@When (risk score) is more than 80 or (identity check - passed) is false
    @Fail because "risk too high"
@Or when (risk score) is less than 20 and (application - amount) is at most 5000
    @Status "approved automatically"
@Otherwise
    @Then ask an officer to decide on (application) using (risk score) and (credit history)
    @Await the first
        @On (decision) from http post "/loans/decide" where (decision - loan id) is (application - id)
            @When (decision - outcome) is "rejected"
                @Finish with (decision) as "rejected"
            @End
        @On (withdrawal) from kafka topic "loans.withdrawn" where (withdrawal - loan id) is (application - id)
            @Finish as "withdrawn"
        @On timeout after 3 days
            @Then remind the officer about (application)
            @Receive (decision), or fail after 7 days
    @End
@End

@Try
    @Then run flow (pay out loan) using (application) giving (payout)
@On failure "AccountBlocked", "AccountClosed"
    @Then ask (application - applicant) for another account
    @Fail because "payout impossible"
@End
@Finish with (payout) as "paid out"
"""

BILLING = '''\
@Flow nightly billing
@Start every weekday at 02:30 in "Europe/Berlin"
@Limit flow to 1 at a time
@Retry each task five times

@Then list the open orders giving (orders) as list of Order
@When (orders) is empty
    @Finish as "nothing to do"
@End
@For each (order) in (orders), at most 20 at a time
    @Then price (order) giving (quote)
    @Then reserve credit for (order - customer) using (quote - total) giving (reservation)
    @Undo release (reservation)
    @Try
        @Then call grpc method "acme.Payments/Charge" using (reservation) giving (receipt) (with id "charge")
    @On failure "CardDeclined"
        @Meanwhile run flow (dunning) using (order)
    @End
@End of orders
@Repeat until (settlement - state) is one of "settled", "failed", every 10 minutes, at most 50 times
    @Then ask the bank about tonight's (settlement)
@End
@Wait until flow (ledger closing) reaches "closed", or fail after 6 hours
@Then send the report using "billing@acme.example" as (recipient)
"""
Dear team,
this night's billing is done.
"""
'''

HEADER = [
    "@Flow order fulfilment, version 2",
    "@Flow a, b and versions, version 3 # c",
    '@About From here (there), "to", there.',
    "@Import Order, Item from shop.models",
    "@Import Order from models",
    "@Given (limit) as int, by default 100",
    "@Given (a) and (b)",
    "@Given (a), by default yes and (b) as optional Money, by default three days",
    "@Key (order - id)",
    "@Retry each task two times",
    "@Retry each task once",
    "@Retry each task no times",
    "@Retry each task 1 time",
    "@Retry wait period is fixed",
    "@Retry wait period is random",
    "@Retry wait period is one second",
    "@Retry wait period is at most 1 minute",
    "@Retry for at most one hour",
    '@Retry only on "Timeout", "ConnectionError"',
    '@Retry never on "ValidationError"',
    "@Timeout each task after 30 seconds",
    "@Timeout flow after 30 days",
    "@Limit flow to 5 at a time for each (customer)",
    "@Limit each task to ten per second",
    '@Start on kafka topic "orders" giving (order) as Order',
    '@Start on thrift call "S.m"',
    "@Start every 15 minutes, catching up, allowing overlaps",
    "@Start every hour",
    "@Start every day",
    '@Start every day at 09:00 in "Europe/Berlin"',
    "@Start every Sunday at 23:59, skipping overlaps",
    '@Start on schedule "0 9 * * 1-5" in "UTC", queueing overlaps',
    '@Start when flow (payment) reaches "captured" giving (payment)',
]

STEPS = [
    "@Then start using the system",
    "@Then thank for giving, and for using things",
    "@Then Use (a) now",
    "@Then wait... and see (a).",
    "@Then pay (a), then (b); done!",
    "@Then pay (without tax) and (withheld amount) and (within limit)",
    "@Then check if it is more than (a) or not (b), at most (c), or fail after 3 days",
    '@Then tell everyone from kafka topic "x" where (a) reaches (b)',
    '@Then call http post "https://x.example/a?b=c#d" using (a) giving (y)',
    "@Then überweise (Betrag) an (Kunde)",
    '@Then charge (a) (with 5 retries, retry wait 2 seconds, timeout 1 minute, key (order - id), id "charge")',
    "@Then score (a) giving (x) using (b)",
    "@Then go (since version 2) (until version 3)",
    "@Meanwhile run flow (q) using (s)",
    "@Wait 500 milliseconds",
    "@Wait (delay)",
    '@Wait until 07:00 in "Europe/Berlin"',
    "@Wait until (order - due)",
    '@Wait until flow (ledger closing) for (order - id) reaches "closed", or fail after 6 hours',
    "@Receive (approval) as list of shop.Approval, or fail after one hour",
    '@Receive (d) as D from kafka topic "d" where (d - id) is (a - id) or (d - all), or fail after 7 days',
    '@Receive (d) where (d - kind) is one of "a", "b", or fail after 7 days',
    '@Status "active"',
    "@Finish",
    '@Finish with (x) as "registered"',
    '@Finish as "registered"',
    '@Fail because "risk too high"',
    "@Fail because (reason)",
    '@Fail with "risk too high"',
    "@Together, first to succeed wins\n@Branch a\n@Then x\n@Branch 2\n@Then y\n@End of the (odd) story",
    "@Together, at least 2 must succeed\n@Branch a\n@Then x\n@End",
    "@For each (x) in (a - xs), collecting (q) into (qs), all at once\n@Then x\n@End",
    "@Repeat while (n) is less than 5, at most ten times\n@Then x\n@Break\n@End",
    "@Repeat 3 times\n@Continue\n@End",
    "@Try\n@Then x\n@On failure giving (failure)\n@On failure\n@Then y\n@End",
    '@Await the first\n@On (x)\n@On flow (f) for (k) reaching "s"\n@On timeout after 3 days\n@End',
    "@When not (x) or (is) is one and (not) is one of 1, one hour, (or)\n@And (y) starts with (z)\n@Then x\n@End",
    '@Then load\n| name | note |\n\n# between\n| x \\| y | say "hi" (all) |\n|  | a # b|',
]

REFUSED = [
    ("@Given (a)\n@Then v (a\n@Then w\n", 2),
    ("@Given (a)\n@Then v a)\n", 2),
    ("@Given (a)\n@Then v (a – b)\n", 2),
    ("@Given (a)\n@Then v using (a) in the vault\n", 2),
    ("@Given (a)\n@Then v (with no retrys)\n", 2),
    ("@Given (a)\n@Then v\u00a0(a)\n", 2),
    ("@Given (a)\n@Then tell @ops\n", 2),
    ("@Given (a)\n@When (a)\n@Then x\n@Otherwise\n@Then y\n@Or when (b)\n@Then z\n@End\n", 6),
    ("@Given (a)\n@When (a) is 20min\n@Then x\n@End\n", 2),
    ("@Retry eachtask two times\n@Then x\n", 1),
    ("@Given (a)\n@Meanwhile a\n@And b\n", 3),
    ("@Given (a)\n@Wait 1 day\n@And y\n", 3),
    ("@Given (a)\n@Wait until tomorrow\n", 2),
    ("@Given (a), (b)\n@Then x\n", 1),
    ("@Start every monday\n@Then x\n", 1),
    ("@Then x\n| a | b\n", 2),
    ('@Then x\n@Provide (x)\n"""\na\n"""\n', 3),
    ("@Then x\n(a) on its own\n", 2),
    ("\n\n@Then x\n\n\n@Wenn (a)\n", 6),
]
