"""The command `cds` with its groups."""

import click

import cds
from cds.cli.auditing import audit
from cds.cli.dmn import dmn
from cds.cli.evaluating import evaluate
from cds.cli.quality import quality
from cds.cli.releasing import release
from cds.cli.serving import serve
from cds.cli.tables import table
from cds.cli.trying import attempt
from cds.cli.validating import validate


@click.group(name="cds", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(cds.__version__, prog_name="cds")
def main() -> None:
    """Clinical decision support from a filled-in questionnaire.

    Not a medical device, not reviewed by a clinician, not for use in care.

    \b
    Example:
      cds evaluate examples/request.json
    """


for command in (serve, evaluate, validate, release, audit, dmn, table, attempt, quality):
    main.add_command(command)
