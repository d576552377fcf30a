"""Why something published is not taken: each reason has a code of its own, and a next step."""

from __future__ import annotations

from pyinfra_wsl.core.failure import StepError

FORGED = "forged"
NAMESPACE = "namespace"
UNKNOWN = "key_unknown"
REVOKED = "key_revoked"
EXPIRED = "key_expired"
TOO_FEW = "too_few_signatures"
FORM = "form"
FLEET = "fleet"
OLDER = "older"
OTHER = "same_serial"
NEEDS = "needs_newer_program"
TRUST = "trust"
NOT_MEANT = "not_meant"
CUT = "cut"
WITHHELD = "withheld"
NOT_IN_BUNDLE = "not_in_bundle"

ADD_IT = "add it to the fleet file, or correct name in pull.yml"
"""The next step for a laptop for which nothing is published."""


class RefusedError(StepError):
    """What was fetched is not used; what was there before stays.

    Args:
        cause, remedy, code: as of `Failure`.

    """
