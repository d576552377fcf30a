r"""Whose laptop it is: a name means an account, by its SID; what is not known waits, what fits twice is refused."""

import random
from dataclasses import replace

import pytest

from pyinfra_wsl.core.windows import whose
from pyinfra_wsl.core.windows.profile_list import Unfit
from pyinfra_wsl.core.windows.whose import Known, Nobody

OWN, CORP, OTHER = "S-1-5-21-7-7-7", "S-1-5-21-1-2-3", "S-1-5-21-4-5-6"
ADMIN, LOCAL = f"{OWN}-1001", f"{OWN}-1002"
ALICE, BO, SECOND = f"{CORP}-1104", f"{CORP}-1105", f"{OTHER}-1104"
CLOUD = "S-1-12-1-11-22-33-44"
HERE = Known(
    computer="LT-1",
    connected=ADMIN,
    now={ADMIN: r"LT-1\fleet-admin"},
    local={ADMIN: "fleet-admin", LOCAL: "alice", f"{OWN}-500": "Administrator", f"{OWN}-503": "DefaultAccount"},
    cached={ALICE: (r"CORP\alice", "alice", "alice@corp.example"), BO: (r"CORP\bo",), CLOUD: (r"AzureAD\AliceSmith",)},
    profiles={
        ADMIN: r"C:\Users\fleet-admin", LOCAL: r"C:\Users\alice", ALICE: r"C:\Users\alice.CORP", BO: r"C:\Users\Bo Li",
        CLOUD: r"C:\Users\AliceSmith",
    },
)  # fmt: skip


def why(wanted, known=HERE):
    found = whose.resolve(wanted, known)
    assert isinstance(found, Nobody), found
    return found.why


@pytest.mark.parametrize(
    ("wanted", "sid"),
    [
        (r"CORP\alice", ALICE), (r"corp\ALICE", ALICE), (r"CORP\\alice", ALICE),
        ("alice@corp.example", ALICE), ("ALICE@Corp.Example", ALICE),
        (r".\alice", LOCAL), (r"LT-1\alice", LOCAL), (r"lt-1\Alice", LOCAL), ("bo", BO), (r"AzureAD\AliceSmith", CLOUD),
        ("alicesmith", CLOUD), (None, ADMIN), ("fleet-admin", ADMIN),
    ],
)  # fmt: skip
def test_a_name_means_an_account_in_every_spelling(wanted, sid):
    assert whose.resolve(wanted, HERE) == sid


def test_a_list_of_profiles_that_cannot_be_read_is_no_missing_profile():
    for wanted in (None, "console", r"CORP\alice", "carol"):
        assert why(wanted, replace(HERE, profiles={}, profiles_known=False)) == "profile"


def test_a_service_is_nobody():
    for connected in ("S-1-5-18", None, "S-1-5-21-x"):
        assert why(None, replace(HERE, connected=connected)) == "no_profile"


@pytest.mark.parametrize(
    "wanted", [r"OTHER\alice", r"CORP\carol", "carol", r"AzureAD\alice", r".\bo", "", "\\", "DefaultAccount", r".\Administrator"]
)
def test_a_name_that_nobody_with_a_profile_has_is_nobody(wanted):
    assert why(wanted) == "no_profile"


def test_a_name_alone_that_two_accounts_have_is_refused_with_both_whoever_is_logged_on():
    for known in (HERE, replace(HERE, desktops=frozenset({ALICE}), now={**HERE.now, ALICE: r"CORP\alice"})):
        found = whose.resolve("alice", known)
        assert found.why == "ambiguous"
        assert r"CORP\alice (C:\Users\alice.CORP)" in found.reason
        assert r"LT-1\alice (C:\Users\alice)" in found.reason


def test_a_folders_name_is_no_account():
    known = replace(HERE, cached={}, local=None, now={ADMIN: r"LT-1\fleet-admin"})
    for wanted in (r"CORP\alice", "alice", r".\alice", "alice@corp.example"):
        assert why(wanted, known) == "unknown"


def test_a_twin_is_not_taken_for_the_account_whose_name_is_not_known():
    known = replace(HERE, cached={})
    found = whose.resolve(r"CORP\alice", known)
    assert (found.why, found.sids[0]) == ("unknown", ALICE)
    assert LOCAL not in found.sids
    assert r"C:\Users\alice.CORP" in found.reason


def test_of_a_name_alone_the_account_that_may_have_it_too_is_remembered():
    assert why("alice", replace(HERE, cached={})) == "ambiguous"
    gone = {sid: path for sid, path in HERE.profiles.items() if sid != ALICE}
    assert whose.resolve("alice", replace(HERE, cached={}, profiles=gone)) == LOCAL


def test_a_renamed_account_is_waited_for_and_not_refused():
    known = replace(HERE, cached={}, profiles={ADMIN: r"C:\Users\fleet-admin", ALICE: r"C:\Users\alice"})
    assert why(r"CORP\alicia", known) == "unknown"
    assert why(r"CORP\alice", known) == "unknown"


def test_what_windows_says_now_counts_more_than_what_was_written_down():
    known = replace(HERE, now={**HERE.now, ALICE: r"CORP\alicia"}, desktops=frozenset({ALICE}))
    assert whose.resolve(r"CORP\alicia", known) == ALICE
    assert why(r"CORP\alice", known) == "no_profile"
    assert whose.resolve("alice@corp.example", known) == ALICE


def test_names_that_contradict_each_other_are_no_name():
    known = replace(HERE, cached={ALICE: (r"CORP\alice", "alicia")})
    assert why(r"CORP\alice", known) == "unknown"
    assert why(r"CORP\alicia", known) == "unknown"


@pytest.mark.parametrize(
    ("cached", "folder", "found"),
    [
        ({ALICE: ("alice",), BO: (r"CORP\bo",)}, r"C:\Users\alice", ALICE),  # of the domain as bo
        ({ALICE: ("alice",)}, r"C:\Users\alice.CORP", ALICE),
        ({ALICE: ("alice",)}, r"C:\Users\Alice.Corp.002", ALICE),
        ({ALICE: ("alice",)}, r"C:\Users\alice", "unknown"),
        ({ALICE: ("alice",), BO: (r"OTHER\bo",)}, r"C:\Users\alice.CORP", "no_profile"),
        ({ALICE: ("alicia",)}, r"C:\Users\alice.CORP", "no_profile"),
        ({ALICE: (r".\alice",)}, r"C:\Users\alice", "unknown"),  # written by a script: it is none of the laptop's
    ],
)
def test_a_short_name_needs_its_domain_from_elsewhere(cached, folder, found):
    known = replace(HERE, cached=cached, profiles={ALICE: folder})
    said = whose.resolve(r"CORP\alice", known)
    assert (said.why if isinstance(said, Nobody) else said) == found


def test_an_account_that_was_deleted_leaves_a_profile_that_is_nobodys():
    local = {sid: name for sid, name in HERE.local.items() if sid != LOCAL}
    known = replace(HERE, local=local, cached={LOCAL: (r"LT-1\alice",)})
    assert why(r".\alice", known) == "no_profile"


def test_who_is_at_the_screen_is_not_whoever_has_the_only_desktop():
    known = replace(HERE, console=r"CORP\bo", desktops=frozenset({LOCAL}), now={**HERE.now, LOCAL: r"LT-1\alice"})
    assert why("console", known) == "away"
    twins = {**HERE.now, LOCAL: r"LT-1\alice", ALICE: r"CORP\alice"}
    both = replace(HERE, console=r"CORP\alice", desktops=frozenset({LOCAL, ALICE}), now=twins)
    assert whose.resolve("console", both) == ALICE
    assert whose.resolve("console", replace(both, console="", desktops=frozenset({LOCAL}))) == LOCAL


@pytest.mark.parametrize(
    ("unfit", "found"),
    [("temporary", "temporary"), ("aside", "temporary"), ("mandatory", "profile"), ("deleted", "profile"), ("unread", "profile")],
)
@pytest.mark.parametrize("wanted", [r"CORP\alice", "console"])
def test_a_profile_in_which_nothing_stays_is_told_and_not_taken(unfit, found, wanted):
    profiles = {sid: path for sid, path in HERE.profiles.items() if sid != ALICE}
    known = replace(
        HERE, profiles=profiles, unfit={ALICE: Unfit(unfit, r"C:\Users\TEMP")}, console=r"CORP\alice",
        desktops=frozenset({ALICE}), now={**HERE.now, ALICE: r"CORP\alice"},
    )  # fmt: skip
    said = whose.resolve(wanted, known)
    assert said.why == found
    assert r"C:\Users\TEMP" in said.reason


def test_a_folder_of_two_accounts_is_taken_for_who_is_in_it_alone():
    shared = replace(HERE, profiles={**HERE.profiles, BO: r"c:\users\ALICE.corp"})
    assert why(r"CORP\alice", shared) == "shared"
    assert whose.resolve(r"CORP\alice", replace(shared, desktops=frozenset({ALICE}))) == ALICE
    assert why(r"CORP\alice", replace(shared, desktops=frozenset({BO}))) == "shared"
    assert why(r"CORP\alice", replace(shared, desktops=frozenset({ALICE, BO}))) == "shared"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Straße", "Strasse"), ("ıda", "ida"), ("\u212aai", "kai"), ("\u017fam", "sam"), ("J\u00fcrgen", "Ju\u0308rgen")],
)
def test_names_are_compared_letter_by_letter(one, other):
    assert whose.fold(one) != whose.fold(other)
    assert whose.fold(one) == whose.fold(one.swapcase() if len(one.swapcase()) == len(one) and one.isascii() else one)


def test_names_that_are_not_ascii_are_the_same_in_any_case():
    assert whose.fold("JÜRGEN") == whose.fold("jürgen")
    assert whose.fold("Дмитрий") == whose.fold("ДМИТРИЙ")
    known = replace(HERE, cached={ALICE: (r"CORP\张伟",)})
    assert whose.resolve(r"corp\张伟", known) == ALICE


NAMES = ("alice", "Alice", "alicia", "bo", "张伟", "temp")
FOLDERS = ("alice", "ALICE", "alice.CORP", "alice.CORP.000", "alice.LT-1", "alice.OTHER", "bo", "TEMP", "TEMP.CORP", "old")
PREFIXES = {OWN: "LT-1", CORP: "CORP", OTHER: "OTHER", "S-1-12-1-9-9-9": "AzureAD"}


def world(dice):
    """Return a laptop with some people, what it knows of them, and who they are in truth."""
    truth = {}
    for number in range(dice.randint(1, 6)):
        prefix = dice.choice(list(PREFIXES))
        account = f"{PREFIXES[prefix]}\\{dice.choice(NAMES)}"
        if account.lower() not in {one.lower() for one in truth.values()}:
            truth[f"{prefix}-{1000 + number}"] = account
    sids = list(truth)
    known = Known(
        computer=dice.choice(("LT-1", "lt-1")),
        connected=dice.choice([*sids, None]),
        desktops=frozenset(sid for sid in sids if dice.random() < 0.3),
        now={sid: truth[sid] for sid in sids if dice.random() < 0.3},
        local={sid: name.partition("\\")[2] for sid, name in truth.items() if sid.startswith(OWN)} | {f"{OWN}-500": "Admin"}
        if dice.random() < 0.7
        else None,
        cached={sid: written(dice, truth[sid]) for sid in sids if dice.random() < 0.5},
        profiles={sid: rf"C:\Users\{folder(dice, truth[sid])}" for sid in sids if dice.random() < 0.9},
    )
    return truth, known


def folder(dice, account):
    """Return any folder, even another's, but none that names another domain: Windows gives the suffix."""
    fitting = [one for one in FOLDERS if "." not in one or one.split(".")[1] == account.partition("\\")[0]]
    return dice.choice(fitting)


def written(dice, account):
    domain, _, name = account.partition("\\")
    forms = [account, name, f"{name}@{domain}.example"]
    stale = [rf"{domain}\{dice.choice(NAMES)}"] if dice.random() < 0.2 else []
    return tuple(dice.sample(forms, dice.randint(1, 3)) + stale)


def told(known, sid):
    """Return all that a laptop tells of an account's short name, written another way than the function that is tried."""
    sure = {known.now.get(sid), f"{known.computer}\\{(known.local or {}).get(sid)}" if sid in (known.local or {}) else None}
    sure.discard(None)
    names = sure or {one for one in known.cached.get(sid, ()) if "@" not in one}
    return {one.lower() for one in names}


def wishes(dice, truth):
    account = dice.choice([*truth.values(), r"CORP\alice", r"LT-1\alice", r"OTHER\bo"])
    domain, _, name = account.partition("\\")
    return dice.choice([account, account.upper(), name, rf".\{name}", f"{name}@{domain}.example"]), name


def test_no_world_gives_one_who_is_somebody_else_or_one_of_two():
    dice, found = random.Random(20261127), 0  # noqa: S311 - worlds are no secret
    for _ in range(20_000):
        truth, known = world(dice)
        wanted, name = wishes(dice, truth)
        sid = whose.resolve(wanted, known)
        if isinstance(sid, Nobody):
            assert sid.reason
            continue
        found += 1
        assert sid in known.profiles
        domain = known.computer if wanted.startswith(".\\") else wanted.rpartition("\\")[0]
        if "@" in wanted:
            assert wanted.lower() in {one.lower() for one in known.cached[sid]}
            assert wanted.lower() == f"{truth[sid].partition(chr(92))[2]}@{truth[sid].partition(chr(92))[0]}.example".lower()
            continue
        names = told(known, sid)
        assert names, "nothing but a folder's name"
        assert {one.rpartition("\\")[2] for one in names} == {name.lower()}
        assert all(one.rpartition("\\")[0] in ("", domain.lower()) for one in names) or not domain
        twins = [
            other for other in truth if other != sid and {one.rpartition("\\")[2] for one in told(known, other)} == {name.lower()}
        ]
        assert domain or not twins, (wanted, known)
        names = {one.lower() for one in (truth[sid], truth[sid].partition("\\")[2])}
        if domain and (sid in known.now or {one.lower() for one in known.cached.get(sid, ()) if "@" not in one} <= names):
            assert truth[sid].lower() == f"{domain}\\{name}".lower(), (wanted, known)
    assert found > 2000


@pytest.mark.parametrize("wanted", ["SYSTEM", "system", r"NT AUTHORITY\SYSTEM", r"NT-AUTORITÄT\SYSTEM", "S-1-5-18", r".\System"])
def test_localsystem_is_refused_with_the_reason_of_wsl(wanted):
    found = whose.resolve(wanted, HERE)
    assert found.why == "system"
    assert "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED" in found.reason


def test_to_be_connected_as_localsystem_is_no_person_either():
    assert "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED" in whose.resolve(None, replace(HERE, connected="S-1-5-18")).reason


def test_a_person_of_a_domain_may_be_called_so():
    known = replace(HERE, cached={ALICE: (r"CORP\system",)})
    assert whose.resolve(r"CORP\system", known) == ALICE


def test_a_sid_is_its_account_and_no_other():
    assert whose.resolve(ALICE.lower(), HERE) == ALICE
    assert why(f"{CORP}-9999") == "no_profile"


def test_of_everybody_the_one_at_the_screen_is_asked_for_the_machine():
    known = replace(HERE, console=r"CORP\bo", desktops=frozenset({ALICE, BO}), now={ALICE: r"CORP\alice", BO: r"CORP\bo"})
    assert whose.resolve("every", known) == whose.resolve("console", known) == BO
