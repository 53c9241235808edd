"""`groundwork openapi`: the description of the HTTP interface."""

import click

from api.app import routed_app
from api.commands.options import print_json


@click.command("openapi", help="Print the description of the HTTP interface as JSON. Needs neither data nor a server.")
def command() -> None:
    """As a server gives it at /api/openapi.json."""
    print_json(routed_app().openapi())
