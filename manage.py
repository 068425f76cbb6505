#!/usr/bin/env python3
"""Django's command line, for factdesk, with the embedded PostgreSQL running while a command does."""

import os
import sys

from django.core.management import execute_from_command_line

from factdesk import embedded, env, pgprograms, serving


def main(arguments: list[str]) -> int:
    """Run one command. ``serve`` sees to its PostgreSQL itself, and loads no settings or models of Django's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factdesk.settings")
    settings = env.load_or_exit()
    sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: what a terminal cannot show ends no command
    try:
        if arguments[1:] == ["serve"]:
            return serving.serve(settings)
        with embedded.running(settings):
            execute_from_command_line(arguments)
    except (pgprograms.DatabaseTrouble, serving.CannotServe) as trouble:
        sys.stderr.write(f"factdesk: {trouble}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("factdesk: interrupted\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
