"""`ovsdissect completion`: click's completion, installed where each shell looks for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from ovsdissect.cli.options import Word

SHELLS: Final = ("bash", "zsh", "fish")


def place(shell: str) -> Path:
    """Return the file, below the user's home, from which a shell loads completions of ovsdissect."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "bash":
        user = os.environ.get("BASH_COMPLETION_USER_DIR")
        return (Path(user) if user else data / "bash-completion") / "completions" / "ovsdissect"
    if shell == "zsh":
        return data / "zsh" / "site-functions" / "_ovsdissect"
    return config / "fish" / "completions" / "ovsdissect.fish"


@click.command("completion", short_help="Install completion for bash, zsh and fish.")
@click.argument("action", type=Word(["install", "show"]))
@click.argument("shell", type=click.Choice(SHELLS), required=False, metavar=f"[{'|'.join(SHELLS)}]")
@click.pass_context
def command(ctx: click.Context, action: str, shell: str | None) -> int:
    """Install or show completion for a shell, by default that of $SHELL.  It completes commands, options, captures, families, and the
    fields and values of display filters and columns.

    \b
    ovsdissect completion install bash
    ovsdissect completion show fish > ~/.config/fish/completions/ovsdissect.fish
    """
    from click.shell_completion import get_completion_class

    from ovsdissect import files
    from ovsdissect.cli import COMPLETE, ovsdissect
    from ovsdissect.errors import OvsDissectError
    from ovsdissect.text.screen import escape

    own = os.path.basename(os.environ.get("SHELL", ""))
    shell = shell or own
    made = get_completion_class(shell) if shell in SHELLS else None
    if made is None:
        whose = f"{escape(own)} is not supported" if own else "$SHELL does not say which shell is used"
        raise OvsDissectError(f"{whose}: completion is for bash, zsh and fish; name one, as in `ovsdissect completion {action} bash`")
    text = made(ovsdissect, {}, "ovsdissect", COMPLETE).source()
    if action == "show":
        click.echo(text)
        return 0
    path = place(shell)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.written(str(path)) as out:
        out.write(text.encode() + b"\n")
    click.echo(f"ovsdissect: installed the completion for {shell} in {path}; start a new shell to use it", err=True)
    if shell == "zsh":
        click.echo(f"ovsdissect: add this line before compinit in ~/.zshrc: fpath=({path.parent} $fpath)", err=True)
    sys.stderr.flush()
    return 0
