import pytest
from stage import BIN, ROOT
@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(LT_DONE="converged")
def test_x(here):
    for w in (("exec","--","exit 3"),("exec","--","echo hello & exit 3"),("fact","nope.Nope"), ("--limit","NOPE",ROOT/"deploy.py","-y"), (ROOT/"deploy.py","--dry","-y"), ("nofile.py",),("server.shell","exit 4")):
        d=here.pyinfra(*w)
        print("=====",w,d.returncode); print(d.stdout, "--err--", d.stderr)
