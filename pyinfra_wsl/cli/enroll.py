"""``pyinfra-wsl enroll``: the package that makes a laptop come by itself."""

from __future__ import annotations

from pathlib import Path

import click

from pyinfra_wsl.pull import enroll as enrolling
from pyinfra_wsl.pull import settings


@click.command()
@click.argument("public", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--source", metavar="PLACE", required=True, help="Where laptops find PUBLIC: https://…, or a share.")
@click.option("--out", metavar="FOLDER", required=True, type=click.Path(file_okay=False, path_type=Path), help="The package.")
@click.option("--fallback", "fallbacks", metavar="PLACE", multiple=True, help="Another place; may be repeated.")
@click.option("--results", metavar="PLACE", help="Where laptops hand documents back: https://…, or a share.")
@click.option("--detail", type=click.Choice(settings.DETAILS), default="brief", show_default=True,
              help="What these tell: brief names nobody.")  # fmt: skip
@click.option("--proxy", metavar="ADDRESS", help="http://host:port, or none; without it, what LocalSystem has.")
@click.option("--ca", metavar="FILE", help="Certificate authorities on the laptop, where Windows' own do not do.")
@click.option("--every", metavar="MINUTES", type=click.IntRange(30, 24 * 60), default=60, show_default=True,
              help="How often; laptops spread over that time by their names.")  # fmt: skip
def enroll(public: Path, source: str, out: Path, every: int, **asked: object) -> None:
    """Write what laptops need to pull what is published in PUBLIC: one package for all of them.

    It holds the task, pull.yml, the newest trust, install.cmd and uninstall.cmd, and a README that says how Python comes
    beside them and how Intune or a group policy delivers it.

    \b
    Example:
      pyinfra-wsl enroll public --source https://fleet.corp.example/public --out package
    """
    back = {"detail": asked["detail"], **({"to": asked["results"]} if asked["results"] else {})}
    more: dict[str, object] = {"results": back} if asked["results"] or asked["detail"] != "brief" else {}
    more |= {name: asked[name] for name in ("proxy", "ca") if asked[name]}
    if asked["fallbacks"]:
        more["fallbacks"] = list(asked["fallbacks"])  # type: ignore[call-overload] # a tuple of click's
    for one in enrolling.make(enrolling.Order(public, source, out, every, more)):
        click.echo(one)
    click.echo(f"Next: {out / 'README.md'} says how Python comes into it, and how it is delivered")
