"""What nobody thought of: a plan that breaks on one laptop is that laptop's failure alone."""

import textwrap

DEPLOY = textwrap.dedent("""\
    from pyinfra import host
    from pyinfra.api.operation import operation
    from pyinfra_wsl.edge.converge import converge
    from pyinfra_wsl.resources.reboot.plan import plan
    from pyinfra_wsl.resources.reboot.resource import RESOURCE

    @operation()
    def odd():
        def planned(want, laptop):
            if host.name == "LT-ODD":
                raise ValueError("nobody thought of this")
            return plan(want, laptop, "2026-11-21T10:00:00+00:00")
        yield from converge(RESOURCE, {}, planned)

    odd(name="Odd")
    """)


def test_a_plan_that_breaks_ends_that_laptops_run_only(make_rehearsal):
    rehearsal = make_rehearsal(LT_ODD="converged", LT_EVEN="converged")
    (rehearsal.folder / "odd.py").write_text(DEPLOY)
    done = rehearsal.pyinfra("odd.py", "-y")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    results = rehearsal.results()
    assert results["LT-EVEN"]["outcome"] == "converged"
    (failure,) = results["LT-ODD"]["failures"]
    assert failure["cause"] == "restart: no plan can be made of what this host says"
    assert failure["remedy"]
