"""The `wattlas` command: one thin door per job, loaded when it is called, so that the command starts at once.

Every mistake of the caller becomes one line `wattlas: <sentence>` on stderr and exit code 2; a reader that goes away
(`wattlas kpi ... | head`) is no mistake.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from config.errors import WattlasError
from ui.options import ConfigOption, DataOption, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer.core import TyperCommand

USAGE_ERROR = 2
COMPLETION = {"install_completion", "show_completion"}  # belong to the program, not to each command
INTERRUPTED = 130

# name -> module in ui/commands that holds it as `app`; in the order that a newcomer needs them
COMMANDS = {
    "demo": "demo",
    "init": "init",
    "discover": "discover",
    "check": "check",
    "inventory": "inventory",
    "import": "importing",
    "usage": "usage",
    "collect": "collect",
    "up": "up",
    "ui": "page",
    "reload": "reload",
    "token": "token",
    "kpi": "kpi",
    "eed": "eed",
    "trace": "trace",
    "audit": "audit",
    "jobs": "jobs",
    "waste": "waste",
    "racks": "racks",
    "records": "records",
    "estimates": "estimates",
    "factors": "factors",
    "report": "report",
    "alerts": "alerts",
    "plan": "plan",
    "measures": "measures",
    "compare": "compare",
    "advise": "advise",
    "ledger": "ledger",
    "weather": "weather",
    "export": "export",
    "doctor": "doctor",
    "store": "store",
    "backup": "backup",
    "restore": "restore",
    "upgrade": "upgrade",
}


class LazyCommands(TyperGroup):
    """A group that imports a command's module only when that command is named (or for the overview of `--help`).

    Overrides are marked because typer carries click's classes under another name.
    """

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        """Names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(  # type: ignore[override]
        self,
        ctx: typer.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> TyperCommand | None:
        """Load one command; None where there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = typer.main.get_command(import_module(f"ui.commands.{module}").app)
        command.name = cmd_name
        command.params = [option for option in command.params if option.name not in COMPLETION]
        return command  # type: ignore[return-value]


app = typer.Typer(cls=LazyCommands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:  # noqa: FBT001 - the signature that typer calls
    if asked:
        from ui.version import installed_version

        typer.echo(f"wattlas {installed_version()}")
        raise typer.Exit


@app.callback()
def wattlas(
    config: ConfigOption = None,
    data: DataOption = None,
    *,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),  # noqa: ARG001, FBT003
) -> None:
    """Turn what a company's compute draws into an auditable ledger of energy and carbon."""
    place(config=config, data=data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error of ours is one sentence on stderr."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small: threads cost a forecast half its time
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")  # what Arrow frees goes back at once: a month's rows are many
    try:
        code = app(None if arguments is None else list(arguments), prog_name="wattlas", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _refuse(error.format_message())
    except WattlasError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains while it ends
        return 0
    except OSError as error:
        return _refuse(f"{error.filename or 'This computer'}: {error.strerror or error}: check path, rights and space.")
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _refuse(sentences: str) -> int:
    for sentence in sentences.splitlines():
        if sentence.strip():
            sys.stderr.write(f"wattlas: {sentence.strip()}\n")
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
