"""Hold the prose of docs/scale.md."""

HEAD = """# Scale

A trading day with its evening burst, simulated event by event for 1,000, 100,000 and 1,000,000 users. `python -m
benchmarks scale` plays it and writes this page. Nothing here was measured on AWS. The units are measured locally
([performance.md](performance.md)), and the limits are published ones.

Units of {date}: {machine}.

"before" checks every item in each of the reconciler's 96 runs, polls hidden tabs every five minutes, and traces every
request. "after" checks what is due, at most three times a day, polls hidden tabs every half hour, does not trace, and
drops Lambda's own log lines.
"""

WAITING = """\
With the template's defaults and the limits that providers publish. A refused refresh names the seconds to the next
minute; its user clicks again then, ten times at most. All who wait come back within the same ten seconds, of which
the API's throttle refuses a part. A refresh that one provider refuses still fetches from the other."""

LIVE = """\
The day above is one of pages that poll. With `LiveUpdates`, as by default, an open page listens instead, and polls when
it opens, with each connection, for each nudge, and every 30 minutes ([live-updates.md](live-updates.md)). Hidden tabs
poll as before. "about 1 s" is assumed: [live-updates.md](live-updates.md#how-fast) has what a local cloud takes."""

LIVE_COUNTS = """\
A visit of an hour connects twice, since a page renews its connection within the hour. Each webhook is a change, and so
is each source that a refresh fetches. These are upper bounds: two changes at once make one nudge. Each of the three
live functions counts as always warm, and reads its secrets every five minutes."""

HOW = """## What is assumed

- Each user has a Plaid item and a SnapTrade connection. Each sends one webhook a day: 80 % of them from 16:30 to 20:30
  in New York, most of them near 17:20.
- Each user visits twice for an hour: once between 9:30 and 16:00, once in the evening, most often at 18:30. The page
  polls when it opens and then every five minutes ± 10 %.
- A user who sees the banner clicks 20 s later on average. The click fetches from both providers.
- One user in twenty leaves the page open in a hidden tab.
- A round trip to AWS takes 5 ms, and a provider's slowest call 1.2 s (median, log-normal). AWS adds 0.25 s to a cold
  start, and keeps an idle environment for ten minutes.
- CPU time on AWS is that of this machine, divided by Lambda's published share (memory / 1,769 MB).
- One check in twenty calls its provider.

`benchmarks/scale/parameters.py` holds all of it; change it there and run the command again.
"""

METHOD = """## How it is played

Every webhook, poll, GET, click and status check is an event with its own time. numpy holds the events of one kind in
one sorted array, so that a million users take minutes. What limits them:

- the API's throttle: a token bucket per route; once it is empty, second by second;
- Lambda's concurrency: from the beginnings and ends of each function's invocations, added up second by second;
- cold starts: Lambda takes the environment used last, so the k-th one serves only while k run at once;
- the queue of status checks: first in, first out, five at a time, with `BackgroundConcurrency` servers;
- the providers' limits: minute by minute, with everybody who comes back.

Each limit is first compared with whole arrays, and played step by step only if it is reached. The day repeats: an
update that nobody sees today is seen at tomorrow's first visit. The seed is fixed.

Not simulated: failures of AWS or of a provider, linking, paid refreshes, and a table's partitions beyond the one row
that all refreshes write. Live updates are computed from the day's counts, with list prices of AppSync Events.
"""
