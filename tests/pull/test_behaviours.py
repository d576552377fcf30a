"""The twenty-five behaviours of a laptop that pulls, B1 to B25: each with the tests that show it, all of which are here.

`test_each_behaviour_is_shown` fails where one of them has no test, or names one that is not collected.
"""

import ast
import re
from pathlib import Path

import pytest

TESTS = {
    node.name
    for path in Path(__file__).resolve().parents[1].rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.FunctionDef)
}
SHOWN = {
    "B1 converged: one GET of the pointer, one agent, two requests, exit 0; the same serial fetches no slice again": (
        "test_a_converged_laptop_costs_one_small_get_one_agent_and_two_requests",
        "test_the_second_fetch_of_the_same_is_one_small_get",
    ),
    "B2 drift while the server is away is repaired, and the outcome names serial and source": (
        "test_drift_is_repaired_while_the_server_is_away",
    ),
    "B3 a first pull without a server touches nothing, ends with 4, and its document waits": (
        "test_a_first_pull_without_a_server_touches_nothing",
    ),
    "B4 one changed byte of manifest, signature or slice is refused; what was there stays bit by bit": (
        "test_one_changed_byte_is_refused_and_what_was_there_stays",
        "test_a_changed_byte_anywhere_in_a_signature_is_seen",
    ),
    "B5 a wrong namespace, another fleet, an unknown, revoked or expired key: each its own code": (
        "test_who_signs_what_for_whom_each_has_a_code",
        "test_each_reason_has_its_own_code",
    ),
    "B6 a lower serial, and another bundle of the same; one of two places gone, both gone": (
        "test_an_older_one_is_refused_and_another_of_the_same_serial",
        "test_who_deletes_one_of_two_places_brings_nothing_old_back",
    ),
    "B7 trust rotates over several versions in one pull; signed by new keys alone is refused; a new epoch": (
        "test_a_rotation_is_followed_in_one_pull",
        "test_it_is_handed_on_from_one_to_three",
        "test_three_rotations_are_followed_in_one_pull_though_every_key_is_another",
        "test_none_of_them_can_be_left_out",
        "test_what_does_not_follow_is_refused",
        "test_after_a_new_epoch_a_lower_serial_is_taken",
    ),
    "B8 expired: repairs and says stale, then looks; always a document": (
        "test_what_is_over_repairs_for_a_while_and_then_only_looks",
        "test_what_is_over_narrows_what_is_done",
    ),
    "B9 a clock two years behind, two years ahead, and right again": (
        "test_a_clock_that_is_behind_does_no_harm_and_one_that_is_ahead_is_named",
        "test_a_clock_that_is_years_ahead_is_named_where_nothing_can_be_taken",
        "test_a_bundle_that_is_not_yet_is_taken_by_a_clock_that_is_years_behind",
    ),
    "B10 a download that is cut, a full disk, a kill between any two writes": (
        "test_a_download_that_is_cut_anywhere_changes_nothing",
        "test_whatever_write_goes_wrong_there_is_one_bundle_and_the_next_pull_completes_it",
        "test_whichever_write_kills_a_pull_the_next_ones_do_the_rest_and_nothing_twice",
        "test_whichever_write_meets_a_full_disk_it_is_said_in_a_sentence_and_the_next_pull_goes_on",
        "test_a_disk_that_gets_full_in_a_run_is_a_sentence_and_no_traceback",
    ),
    "B11 nothing leads out of the folder, no bombs: there is no archive, a slice is one bounded text": (
        "test_a_slice_that_is_proved_and_no_slice_is_refused_before_anything_is_written",
        "test_no_member_of_an_archive_leaves_its_folder",
        "test_a_bomb_is_neither_unpacked_nor_believed",
        "test_a_slice_names_no_place_to_write_to_or_to_read_from",
    ),
    "B12 two at once: one works, the other ends in 2 s with 3 and says who; a push; a killed holder": (
        "test_two_pulls_at_once_are_one_and_a_killed_one_frees_the_lock",
        "test_a_push_at_work_holds_a_pull_up",
        "test_who_holds_the_lock_is_said_also_by_one_who_comes_before_it_is_written",
    ),
    "B13 a restart: its part of the document is on disk before; the next start goes on; no loop": (
        "test_a_first_run_is_two_starts_of_one_chain_and_the_third_changes_nothing",
        "test_what_does_not_end_in_four_starts_has_failed",
    ),
    "B14 policies no_user, window and never hold; the person is told 60 s before; not before the window": (
        "test_a_restart_waits_for_its_policy",
        "test_where_a_restart_is_never_made_it_waits_and_says_for_whom",
        "test_a_restart_waits_for_its_window_and_then_the_person_is_told_a_minute_before",
    ),
    "B15 nobody is logged on: the machine's converges, the person's waits; WSL is never called as LocalSystem": (
        "test_what_is_a_persons_waits_for_them_and_wsl_is_never_called_as_localsystem",
    ),
    "B16 several people, users switched, a profile that is not ASCII: the declared one, and no file of the others": (
        "test_of_three_people_the_declared_one_is_served_whoever_is_at_the_screen",
    ),
    "B17 20,000 names spread evenly and the same each time; --now does not wait": (
        "test_20000_names_are_spread_evenly_and_stay_where_they_are",
        "test_the_task_waits_for_its_turn_and_who_asks_for_now_does_not",
    ),
    "B18 503, 407, sent on, a captive portal, endless slow answers: each a cause, bounded in time and size": (
        "test_each_answer_has_its_cause",
        "test_whatever_it_answers_the_last_good_bundle_stays_and_the_cause_is_a_line",
        "test_the_page_of_a_captive_portal_is_not_taken_for_a_bundle",
        "test_an_endless_body_ends_in_time",
        "test_a_server_that_never_begins_is_given_up_in_time",
    ),
    "B19 the proxy that is set, NO_PROXY, no scripts, nobody's own": (
        "test_a_proxy_is_asked_where_it_is_named_and_not_where_it_is_not",
        "test_settings_that_cannot_be_used_are_said_with_a_next_step",
    ),
    "B20 thirty runs without a server arrive once, the oldest first; stored and answered with 500: once": (
        "test_after_thirty_runs_without_a_server_all_arrive_once_the_oldest_first",
        "test_thirty_of_one_laptop_and_one_of_another_are_taken_once_each_as_runs",
    ),
    "B21 no account name, SID or profile by default; all of it where asked for": (
        "test_two_people_and_no_word_of_either_in_what_is_handed_back",
        "test_in_brief_each_is_told_by_a_number_and_by_no_name",
        "test_why_a_laptop_is_disabled_stays_on_it_unless_all_is_handed_back",
    ),
    "B22 the line is at most 2,000 ASCII characters; a detection says drift, changes and starts nothing": (
        "test_a_line_is_short_and_ascii_whatever_was_said",
        "test_every_document_can_be_read_by_the_report_and_is_told_in_a_line",
        "test_a_detection_says_drift_changes_nothing_and_starts_nothing_of_anybody",
    ),
    "B23 exit codes": (
        "test_every_outcome_has_a_code_of_its_own",
        "test_settings_that_are_wrong_end_with_2",
    ),
    "B24 no code: what names some is refused or not fetched; who is not in the bundle; a newer program": (
        "test_a_deploy_py_that_a_signed_manifest_names_is_not_even_fetched",
        "test_no_setting_of_a_laptop_allows_code",
        "test_what_needs_code_of_its_own_fails_since_none_is_published",
        "test_an_unknown_laptop_finds_nothing_and_nothing_is_removed",
        "test_who_was_left_out_is_so_by_the_signed_list_and_stays_so_without_a_server",
        "test_a_newer_program_is_waited_for",
    ),
    "B25 the task's XML, value by value; disabled until a date, for a reason, and ends by itself": (
        "test_the_task_is_as_it_must_be",
        "test_a_laptop_that_is_disabled_is_left_alone_until_that_ends_by_itself",
        "test_a_pause_ends_by_itself_and_has_a_reason",
    ),
}


@pytest.mark.parametrize("behaviour", SHOWN)
def test_each_behaviour_is_shown(behaviour):
    assert SHOWN[behaviour]
    assert [name for name in SHOWN[behaviour] if name not in TESTS] == []


def test_none_is_left_out():
    assert [int(re.match(r"B(\d+) ", one)[1]) for one in SHOWN] == list(range(1, 26))
