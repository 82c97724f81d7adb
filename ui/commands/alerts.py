"""`wattlas alerts`: what the rules see, which alerts stand, what was told and where it went."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, ToOption, caller

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Check, list, silence and try alerts.")
CHECK_COLUMNS = ("rule", "site", "subject", "metric", "value", "limit", "state")
PAST_COLUMNS = ("at", "rule", "site", "word", "subjects", "began", "value", "limit")
LIST_COLUMNS = ("rule", "subject", "state", "since", "value", "acked_by", "silent_until")
SILENCE_COLUMNS = ("rule", "node", "tag", "until", "who", "comment")
HISTORY_COLUMNS = ("at", "word", "rule", "severity", "title", "channel", "way", "delivered_at", "attempts", "fault")
PastOption = Annotated[
    str | None, typer.Option("--from", help="Run the rules over the past from here on, in UTC; forms as of `kpi`.")
]
RuleArgument = Annotated[str | None, typer.Argument(help="Id of a rule; left out: of every rule.", show_default=False)]
NodeOption = Annotated[
    str | None, typer.Option("--node", help="A point with all that it feeds, or a site.", show_default=False)
]
TagOption = Annotated[str | None, typer.Option("--tag", help="A tag or tenant of points.", show_default=False)]


@app.command()
def check(
    *,
    start: PastOption = None,
    end: ToOption = None,
    step: Annotated[int, typer.Option("--step", min=1, help="Seconds between two looks at the past.")] = 60,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what every rule sees now or, with --from, what it would have told; nobody is told.

    Rules that cannot be used are named at the end, with exit code 2.
    """
    from config.errors import ConfigError
    from ui.alerts.history import dry_run
    from ui.alerts.rows import checked, rule_mistakes
    from ui.periods import span
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    if start is None:
        show(checked(service), as_json=as_json, columns=CHECK_COLUMNS, empty="No rule of [[alerts]] can be used.")
    else:
        first, last = span(start, end, zone=UTC, now=service.now())
        told = dry_run(service, first, last, step_s=step)
        show(told, as_json=as_json, columns=PAST_COLUMNS, empty="Nothing would have been told.")
    mistakes = rule_mistakes(service)
    if mistakes:
        raise ConfigError("\n".join(mistakes))


@app.command("list")
def list_alerts(
    *,
    silences: Annotated[bool, typer.Option("--silences", help="Print what is silent now, instead.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the alerts that are pending or firing, and those without data."""
    from ui.alerts.rows import silenced, standing
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    if silences:
        show(silenced(service), as_json=as_json, columns=SILENCE_COLUMNS, empty="Nothing is silent.")
    else:
        show(standing(service), as_json=as_json, columns=LIST_COLUMNS, empty="No alert stands.")


@app.command()
def history(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print what was told, and for each channel whether it took it."""
    from ui.alerts.rows import told
    from ui.service import open_service
    from ui.tables import show

    rows = told(open_service(config, data))
    show(rows, as_json=as_json, columns=HISTORY_COLUMNS, empty="Nothing was told yet.")


@app.command()
def ack(
    rule: RuleArgument = None,
    *,
    node: NodeOption = None,
    tag: TagOption = None,
    comment: Annotated[str, typer.Option("--comment", help="What is done about it.", show_default=False)],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Say that you take care of firing alerts of a rule, node or tag: reminders stop, their end is still told."""
    from config.alerts.scope import scope_of
    from ui.alerts.rows import acknowledge
    from ui.service import open_service

    service = open_service(config, data)
    scope = scope_of(service.settings, rule=rule, node=node, tag=tag)
    rows = acknowledge(service, scope, who=caller(), comment=comment)
    _say(f"{caller()} takes care of {len(rows)} alerts of {scope}.", rows, as_json=as_json)


@app.command()
def silence(
    rule: RuleArgument = None,
    *,
    node: NodeOption = None,
    tag: TagOption = None,
    hours: Annotated[float, typer.Option("--hours", min=0, max=8784, help="For how long; 0 ends it now.")] = 1.0,
    comment: Annotated[str, typer.Option("--comment", help="Why.", show_default=False)],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Tell nothing of a rule, node or tag for some hours; its alerts go on underneath."""
    from config.alerts.scope import scope_of
    from ui.alerts.rows import end_silence
    from ui.alerts.rows import silence as silenced
    from ui.service import open_service

    service = open_service(config, data)
    scope = scope_of(service.settings, rule=rule, node=node, tag=tag)
    if not hours:
        row = end_silence(service, scope, who=caller(), comment=comment)
        _say(f"{scope} is told again.", [row], as_json=as_json)
    else:
        row = silenced(service, scope, hours=hours, who=caller(), comment=comment)
        _say(f"{scope} is silent until {row['until']}.", [row], as_json=as_json)


@app.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(help="Id of a channel.", show_default=False)],
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Send one message to a channel now."""
    from collectors.store.alerts import AlertEvent
    from config.errors import InputError
    from config.reading.wording import remedy
    from ui.alerts.notify import TRIED, send
    from ui.service import open_service
    from ui.text import t

    service = open_service(config, data)
    found = {one.id: one for one in service.settings.alerting.channels}
    if channel not in found:
        message = f'"{channel}" is no channel of [alerting]; {remedy(channel, found)}'
        raise InputError(message)
    lang = found[channel].lang or service.settings.alerting.language
    title = t("alert.test", lang, company=service.settings.company.name)
    now = int(service.now())
    event = AlertEvent(
        key=f"test-{now}", at=now, rule="test", word=TRIED, severity="info", title=title, body=title, subjects=()
    )
    send(found[channel], event)
    _say(f"{channel} took it.", [{"channel": channel, "key": event.key}], as_json=as_json)


def _say(sentence: str, rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    from ui.tables import print_json

    if as_json:
        print_json(rows)
    else:
        typer.echo(sentence)
