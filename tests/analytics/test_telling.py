"""One message for one outage, one for its end, whatever the order in which its meters fall silent and come back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts import State
from analytics.look import looked
from analytics.telling import News, Patience, Told, telling, with_incident
from config.alerts.rules import Rule

TREE = {"hall": frozenset[str](), **{f"n{n}": frozenset({"hall"}) for n in range(4)}}


def told(states: dict[str, State], *, ended: list[State] | None = None, due: tuple[str, ...] = ()) -> tuple[News, ...]:
    return telling(states, scope=TREE, ended=ended or [], due=due, ancestors=TREE.__getitem__, wait_s=30.0).news


def test_those_that_fire_together_are_one_message_of_the_topmost() -> None:
    dark = {name: State("firing") for name in TREE}
    assert told(dark) == (News("firing", "", ("hall",)),)
    assert told({name: dark[name] for name in ("n0", "n2")}) == (News("firing", "", ("n0", "n2")),)


def test_a_message_waits_for_what_is_pending_but_not_for_ever() -> None:
    waiting = {"n0": State("firing", told_s=20.0), "n1": State("pending")}
    assert told(waiting) == ()
    assert told({**waiting, "n0": State("firing", told_s=30.0)}) == (News("firing", "", ("n0",)),)
    soon = Patience(lambda _: 0.0, 5.0, soon_s=90.0)
    for seconds, wait_s, news in ((89.0, 30.0, 0), (90.0, 30.0, 1), (0.0, 0.0, 1)):
        one = {"n0": State("firing", told_s=seconds)}
        found = telling(
            one, scope=TREE, ended=[], due=[], ancestors=TREE.__getitem__, wait_s=wait_s, patience=soon
        ).news
        assert len(found) == news
    assert told({**waiting, "n1": State("pending", dark=True)}) == (News("firing", "", ("n0",)),)


def test_what_is_spoken_for_is_not_told_again() -> None:
    below = {"hall": State("firing", told="k"), "n0": State("firing")}
    assert telling(below, scope=TREE, ended=[], due=[], ancestors=TREE.__getitem__, wait_s=0.0).joined == {"n0": "k"}
    all_below = {**{f"n{n}": State("firing", told="k") for n in range(4)}, "hall": State("firing")}
    assert told(all_below) == ()
    one_below = {"n0": State("firing", told="k"), "hall": State("firing")}
    assert told(one_below) == (News("firing", "", ("hall",)),), "three more went dark: that is news"


def test_an_end_is_told_once_all_of_an_incident_ended() -> None:
    gone = [State("firing", told="k")]
    assert told({"n1": State("firing", told="k")}, ended=gone) == ()
    assert told({}, ended=gone) == (News("resolved", "k"),)
    assert told({}, ended=[State("firing")]) == (), "what nobody was told needs no end"


def test_one_reminder_for_an_incident() -> None:
    states = {f"n{n}": State("firing", told="k") for n in range(3)} | {"hall": State("firing", told="k")}
    assert told(states, due=("n0", "n1", "n9")) == (News("reminder", "k"),)
    joined = Told((News("firing", "", ("n0",)),), {"n0": "", "n1": "k"}, {"n2": 5.0})
    after = with_incident(states, joined, new="m")
    assert (after["n0"].told, after["n0"].spoken_for) == ("m", False)
    assert (after["n1"].told, after["n1"].spoken_for, after["n2"].alone_s) == ("k", True, 5.0)


def looks(dark: list[set[str]], tree: dict[str, frozenset[str]] = TREE) -> list[tuple[int, str, tuple[str, ...]]]:
    """What is told when, looking every 10 s at who is dark; 30 s is the patience with what is left alone."""
    states, found = dict[str, State](), list[tuple[int, str, tuple[str, ...]]]()
    for number, names in enumerate(dark):
        ended = [states.pop(one) for one in list(states) if one not in names]
        states |= {one: State("firing") for one in names if one not in states}
        one = telling(
            states,
            scope=tree,
            ended=ended,
            due=[],
            ancestors=tree.__getitem__,
            wait_s=0.0,
            patience=Patience(lambda _: 30.0, 10.0),
        )
        states |= with_incident(states, one, new=str(number))
        found += [(number, news.word, news.subjects or (news.incident,)) for news in one.news]
    return found


def test_what_stays_dark_after_the_hall_came_back_is_told_in_its_own_name() -> None:
    hall, back = set(TREE), {"n1", "n3"}
    assert looks([hall, hall, {*back, "n0"}, back, back, back, back, back, set()]) == [
        (0, "firing", ("hall",)),
        (5, "resolved", ("0",)),
        (5, "firing", ("n1", "n3")),
        (8, "resolved", ("5",)),
    ]
    twice = looks([hall, back, hall, back, set()])
    assert [(at, word) for at, word, _ in twice] == [(0, "firing"), (2, "firing"), (3, "resolved"), (4, "resolved")]
    tree = {"hall": frozenset[str](), "pdu": frozenset({"hall"}), "n": frozenset({"pdu", "hall"})}
    told = looks([set(tree), *[{"pdu", "n"}] * 5], tree)
    assert told[1:] == [(4, "resolved", ("0",)), (4, "firing", ("pdu",))], "they do not speak for each other"


def test_a_meter_whose_children_came_back_is_told_in_its_own_name() -> None:
    children = {one for one in TREE if one != "hall"}
    told = looks([children, set(TREE), set(TREE), *[{"hall", "n3"}] * 5, set()])
    assert told == [
        (0, "firing", ("n0", "n1", "n2", "n3")),
        (6, "firing", ("hall",)),
        (8, "resolved", ("0",)),
        (8, "resolved", ("6",)),
    ]


@given(st.lists(st.tuples(st.sampled_from(sorted(TREE)), st.booleans()), max_size=60))
def test_begins_and_ends_pair_up_in_any_order(moves: list[tuple[str, bool]]) -> None:
    states: dict[str, State] = {}
    open_: set[str] = set()
    for number, (name, dark) in enumerate(moves):
        ended = [states.pop(name)] if not dark and name in states else []
        if dark:
            states.setdefault(name, State("firing"))
        found = telling(states, scope=TREE, ended=ended, due=[], ancestors=TREE.__getitem__, wait_s=0.0)
        states |= with_incident(states, found, new=str(number))
        for one in found.news:
            if one.word == "firing":
                open_.add(str(number))
            else:
                open_.remove(one.incident)
        assert open_ == {state.told for state in states.values()}


def test_a_look_ends_what_is_no_more_of_the_rule_at_its_site() -> None:
    one = Rule(id="r", kind="reading", above=1.0, reason="x")
    held = {"s/a": State("firing", told="k"), "s/b": State("firing"), "t/c": State("firing")}
    look = looked(one, held, {"s/a": 2.0, "s/d": 0.5}, site="s", elapsed_s=1.0, now=5)
    assert look.ended() == [held["s/b"]]
    assert dict(look.changes()) == {"s/b": State(), "s/a": look.states["s/a"]}
    reminding = Rule(id="r", kind="reading", above=1.0, remind_s=1.0, reason="x")
    look = looked(reminding, held, {"s/a": 2.0}, site="t", elapsed_s=1.0, now=5)
    assert look.due == ["s/a"]
    assert look.ended() == [held["t/c"]]


def test_a_look_that_sees_the_same_changes_nothing() -> None:
    held = {"s/a": State("firing", value=2.0, since=1, told="k")}
    one = Rule(id="r", kind="reading", above=1.0, reason="x")
    assert list(looked(one, held, {"s/a": 2.0}, site="s", elapsed_s=0.0, now=5).changes()) == []
