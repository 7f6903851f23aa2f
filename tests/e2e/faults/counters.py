"""How much the run's verdict rests on."""

from collections import Counter

from tests.e2e.faults.user_journey import UserJourney

counted: Counter[str] = Counter()


def add(story: UserJourney) -> None:
    genuine = [one for one in story.deliveries if one["variant"] == "genuine"]
    counted["runs"] += 1
    counted["deliveries"] += len(genuine)
    counted["deliveries answered 200"] += sum(one["status"] == 200 for one in genuine)
    counted["deliveries answered otherwise, or not at all"] += sum(one["status"] != 200 for one in genuine)
    counted["answers to the user under a fault"] += len(story.answers("refresh")) + len(story.answers("read"))
    counted["forged webhooks"] += len(story.answers("forged"))
    counted["calls to AWS spoiled"] += story.spoiled


def told() -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counted.items())
