"""Count the events on which the run's verdict rests."""

from collections import Counter

from tests.e2e.faults.user_journey import UserJourney

counted: Counter[str] = Counter()


def add(journey: UserJourney) -> None:
    genuine = [one for one in journey.deliveries if one["variant"] == "genuine"]
    counted["runs"] += 1
    counted["deliveries"] += len(genuine)
    counted["deliveries answered 200"] += sum(one["status"] == 200 for one in genuine)
    counted["deliveries answered otherwise, or not at all"] += sum(one["status"] != 200 for one in genuine)
    counted["answers to the user under a fault"] += len(journey.answers("refresh")) + len(journey.answers("read"))
    counted["forged webhooks"] += len(journey.answers("forged"))
    counted["calls to AWS spoiled"] += journey.spoiled


def summary() -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counted.items())
