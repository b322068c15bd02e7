"""What the help of every command is framed with, in words; the library's are English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer import rich_utils

if TYPE_CHECKING:
    from collections.abc import Callable

_HELP = "Xem cách dùng."
_OPTIONS, _COMMAND = "[TÙY CHỌN]", "LỆNH [THAM SỐ]..."

#: What the library calls a kind of value → what people call it; nothing: a switch.
_KINDS = {
    "<path>": "<đường dẫn>",
    "<str>": "<chữ>",
    "<int>": "<số nguyên>",
    "<int range>": "<số nguyên>",
    "<float>": "<số>",
    "<bool>": None,
    "<list[path]>": "<đường dẫn>…",
    "<list[str]>": "<chữ>…",
    "<list[int]>": "<số nguyên>…",
}


def frame(command: Any) -> None:
    """Frame the help of a command, and of all below it."""
    rich_utils.OPTIONS_PANEL_TITLE = "Tùy chọn"
    rich_utils.ARGUMENTS_PANEL_TITLE = "Tham số"
    rich_utils.COMMANDS_PANEL_TITLE = "Lệnh"
    rich_utils.REQUIRED_LONG_STRING = "[bắt buộc]"
    rich_utils.DEFAULT_STRING = "[mặc định: {}]"
    _frame(command)


def _frame(command: Any) -> None:
    command.options_metavar = _OPTIONS
    command.get_help_option = _told(command.get_help_option)
    command.get_usage = _used(command.get_usage)
    for one in command.params:
        _name_kind(one)
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = _COMMAND
    for one in getattr(command, "commands", {}).values():
        _frame(one)


def _told(found: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def option(context: Any) -> Any:
        help_option = found(context)
        if help_option is not None:
            help_option.help = _HELP
            _name_kind(help_option)
        return help_option

    return option


def _name_kind(parameter: Any) -> None:
    """Say in words what a parameter takes; older libraries show it otherwise."""
    found = getattr(parameter, "display_type_rich", None)
    if found is not None:

        def shown(ctx: Any) -> str | None:
            told: str | None = found(ctx=ctx)
            return _KINDS.get(told.lower(), told) if told else told

        parameter.display_type_rich = shown


def _used(found: Callable[[Any], str]) -> Callable[[Any], str]:
    def usage(context: Any) -> str:
        return found(context).replace("Usage: ", "Cách dùng: ", 1)

    return usage
