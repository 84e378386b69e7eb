//! When things were: the cases behind the complaints that users of log viewers have about time, and one for each
//! rule. A message that is enqueued and acknowledged says whether two lines are ordered and how far they are apart.

mod support;

use support::rows;
use whyunsent::event::EventRow;
use whyunsent::settings::Settings;
use whyunsent::taxonomy::{Clock, Kind, Outcome};

/// The messages of an upload of some files, by start.
fn messages(files: &[(&str, String)], change: impl FnOnce(&mut Settings)) -> Vec<EventRow> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("writable");
    }
    let dir = |settings: &mut Settings| {
        settings.source.grouping = whyunsent::source::Grouping::Dir;
        change(settings);
    };
    rows(&[folder.path().to_path_buf()], dir).into_iter().filter(|r| r.kind == Kind::Message).collect()
}

fn step(time: &str, event: &str, id: &str) -> String {
    format!("{{\"timestamp\":\"{time}\",\"event.name\":\"message.{event}\",\"message.id\":\"{id}\",\"message.content\":\"text\"}}\n")
}

/// A telemetry log of one message: enqueued and acknowledged.
fn sent(began: &str, ended: &str) -> String {
    [step(began, "enqueue", "m-1"), step(began, "attempt", "m-1"), step(ended, "ack", "m-1")].concat()
}

/// A logcat of one message.
fn logcat(began: &str, ended: &str) -> String {
    format!(
        "--------- beginning of main\n{began} I/Send    ( 3008): enqueue msg_id=m-1 to=c-1\n\
         {began} D/Send    ( 3008): attempt 1 msg_id=m-1\n{ended} I/Send    ( 3008): ack msg_id=m-1\n"
    )
}

fn exported(at: &str) -> (&'static str, String) {
    ("meta.json", format!("{{\"app\":\"a\",\"app_version\":\"1.0\",\"exported_at\":\"{at}\"}}"))
}

#[track_caller]
fn check(rows: &[EventRow], started: &str, latency_ms: Option<i64>, clock: Clock) {
    let [row] = rows else { panic!("{} messages", rows.len()) };
    let at = |us: i64| chrono::DateTime::from_timestamp_micros(us).expect("a time").format("%FT%T%.3fZ").to_string();
    let found = (row.started_at.map(|m| at(m.0)), row.latency_ms, row.clock, row.outcome.is_some_and(|o| o != Outcome::Pending));
    assert_eq!(found, (Some(started.to_owned()), latency_ms, Some(clock), true));
}

fn alone(text: String) -> Vec<EventRow> {
    messages(&[("app.jsonl", text)], |_| {})
}

#[test]
fn lines_of_customers_in_other_zones_are_all_told_in_utc() {
    // lnav #703, #241: customers in other zones.
    check(
        &alone(sent("2026-11-20T08:00:00.000+09:00", "2026-11-20T08:00:02.000+09:00")),
        "2026-11-19T23:00:00.000Z",
        Some(2_000),
        Clock::Zoned,
    );
    check(
        &alone(sent("2026-11-20T08:00:00.000-03:30", "2026-11-20T08:00:02.000-03:30")),
        "2026-11-20T11:30:00.000Z",
        Some(2_000),
        Clock::Zoned,
    );
}

#[test]
fn mixed_offsets_in_one_file_are_ordered_by_the_instant() {
    // lnav #1210: a phone that lands in another zone while it sends.
    check(
        &alone(sent("2026-11-20T08:00:00.000+09:00", "2026-11-20T00:00:03.000+01:00")),
        "2026-11-19T23:00:00.000Z",
        Some(3_000),
        Clock::Zoned,
    );
}

#[test]
fn a_zone_without_milliseconds_before_it_is_a_zone() {
    // lnav #1276, #359.
    check(&alone(sent("2026-11-20T08:00:00+0100", "2026-11-20T08:00:04+0100")), "2026-11-20T07:00:00.000Z", Some(4_000), Clock::Zoned);
    check(
        &alone(sent("2026-11-20 08:00:00 GMT-04:00", "2026-11-20 08:00:04 GMT-04:00")),
        "2026-11-20T12:00:00.000Z",
        Some(4_000),
        Clock::Zoned,
    );
}

#[test]
fn a_log_without_zones_takes_that_of_the_export_or_the_one_that_is_given() {
    // pgbadger #399, plaso #4214.
    let text = || sent("2026-11-20 08:00:00.000", "2026-11-20 08:00:02.000");
    let by_meta = messages(&[("app.jsonl", text()), exported("2026-11-20T09:00:00+08:00")], |_| {});
    check(&by_meta, "2026-11-20T00:00:00.000Z", Some(2_000), Clock::AssumedZone);
    let by_user = messages(&[("app.jsonl", text())], |s| s.time_zone = Some(chrono_tz::America::New_York));
    check(&by_user, "2026-11-20T13:00:00.000Z", Some(2_000), Clock::AssumedZone);
    check(&alone(text()), "2026-11-20T08:00:00.000Z", Some(2_000), Clock::AssumedZone);
}

#[test]
fn ambiguous_abbreviations_are_told_by_the_other_offsets_of_the_phone() {
    let cst = || sent("2026-11-20 08:00:00.000 CST", "2026-11-20 08:00:02.000 CST");
    check(&alone(cst()), "2026-11-20T00:00:00.000Z", Some(2_000), Clock::AssumedZone);
    let chicago = messages(&[("app.jsonl", cst()), exported("2026-11-20T09:00:00-06:00")], |_| {});
    check(&chicago, "2026-11-20T14:00:00.000Z", Some(2_000), Clock::AssumedZone);
    // The same phone in summer: CDT, and so CST is five and six hours behind.
    let summer = messages(&[("app.jsonl", cst()), exported("2026-06-20T09:00:00-05:00")], |_| {});
    check(&summer, "2026-11-20T14:00:00.000Z", Some(2_000), Clock::AssumedZone);
    let ist = || sent("2026-07-20 08:00:00.000 IST", "2026-07-20 08:00:02.000 IST");
    check(&alone(ist()), "2026-07-20T02:30:00.000Z", Some(2_000), Clock::AssumedZone);
    let dublin = messages(&[("app.jsonl", ist()), exported("2026-12-20T09:00:00+00:00")], |_| {});
    check(&dublin, "2026-07-20T07:00:00.000Z", Some(2_000), Clock::AssumedZone);
}

#[test]
fn a_year_that_is_not_written_is_that_before_the_export() {
    // lnav #1681.
    let text = || logcat("12-30 08:00:00.000", "12-30 08:00:02.000");
    let january = messages(&[("logcat.txt", text()), exported("2026-01-02T09:00:00Z")], |_| {});
    check(&january, "2025-12-30T08:00:00.000Z", Some(2_000), Clock::AssumedYear);
    let december = messages(&[("logcat.txt", text()), exported("2026-12-31T09:00:00Z")], |_| {});
    check(&december, "2026-12-30T08:00:00.000Z", Some(2_000), Clock::AssumedYear);
}

#[test]
fn a_message_over_new_year_takes_seconds_and_not_a_year() {
    let files = [("logcat.txt", logcat("12-31 23:59:59.000", "01-01 00:00:02.000")), exported("2026-01-02T09:00:00Z")];
    check(&messages(&files, |_| {}), "2025-12-31T23:59:59.000Z", Some(3_000), Clock::AssumedYear);
}

#[test]
fn a_leap_day_says_which_year_it_is() {
    let leap = || logcat("02-29 08:00:00.000", "02-29 08:00:02.000");
    let late = messages(&[("logcat.txt", leap()), exported("2026-03-02T09:00:00Z")], |_| {});
    check(&late, "2024-02-29T08:00:00.000Z", Some(2_000), Clock::AssumedYear);
    let over = [("logcat.txt", logcat("02-28 23:59:59.000", "02-29 00:00:01.000")), exported("2024-03-01T09:00:00Z")];
    check(&messages(&over, |_| {}), "2024-02-28T23:59:59.000Z", Some(2_000), Clock::AssumedYear);
    let common = [("logcat.txt", logcat("02-28 23:59:59.000", "03-01 00:00:01.000")), exported("2025-03-01T09:00:00Z")];
    check(&messages(&common, |_| {}), "2025-02-28T23:59:59.000Z", Some(2_000), Clock::AssumedYear);
}

#[test]
fn clocks_that_are_put_forward_or_back_for_summer_lose_no_hour() {
    let in_berlin = |text: String| messages(&[("app.jsonl", text)], |s| s.time_zone = Some(chrono_tz::Europe::Berlin));
    // 29 March 2026, 02:00 is 03:00.
    check(
        &in_berlin(sent("2026-03-29 01:59:58.000", "2026-03-29 03:00:01.000")),
        "2026-03-29T00:59:58.000Z",
        Some(3_000),
        Clock::AssumedZone,
    );
    // 25 October 2026, 03:00 is 02:00 again.
    check(
        &in_berlin(sent("2026-10-25 02:59:58.000", "2026-10-25 02:00:01.000")),
        "2026-10-25T00:59:58.000Z",
        Some(3_000),
        Clock::AssumedZone,
    );
    check(
        &in_berlin(sent("2026-10-25 01:59:58.000", "2026-10-25 02:00:01.000")),
        "2026-10-24T23:59:58.000Z",
        Some(3_000),
        Clock::AssumedZone,
    );
    // A time that never was.
    check(
        &in_berlin(sent("2026-03-29 02:30:00.000", "2026-03-29 03:30:01.000")),
        "2026-03-29T01:30:00.000Z",
        Some(1_000),
        Clock::AssumedZone,
    );
}

#[test]
fn a_phone_that_has_not_set_its_clock_yet_took_no_fifty_years() {
    let text = sent("1970-01-01T00:02:00.000Z", "2026-11-20T08:00:00.000Z");
    let rows = alone(text);
    let [row] = rows.as_slice() else { panic!("{} messages", rows.len()) };
    assert_eq!((row.outcome, row.latency_ms), (Some(Outcome::Sent), None));
    assert!(row.started_at.is_none_or(|m| m.0 > 1_700_000_000_000_000), "{:?}", row.started_at);
}

#[test]
fn a_clock_that_is_set_back_keeps_the_order_of_the_lines() {
    // perfetto #2985: clocks that jump.
    let rows = alone(sent("2026-11-20T08:00:00.000Z", "2026-11-20T07:30:01.000Z"));
    let [row] = rows.as_slice() else { panic!("{} messages", rows.len()) };
    assert_eq!((row.outcome, row.latency_ms), (Some(Outcome::Sent), None));
}

#[test]
fn the_files_of_a_rotated_log_are_merged_whatever_their_order() {
    // Tailviewer #22.
    let (began, ended) = ("2026-11-20T08:00:00.000Z", "2026-11-20T08:00:02.000Z");
    let first = || [step(began, "enqueue", "m-1"), step(began, "attempt", "m-1")].concat();
    for (old, new) in [("app.1.jsonl", "app.jsonl"), ("app_9.jsonl", "app_0.jsonl"), ("a.jsonl", "b.jsonl")] {
        let rows = messages(&[(old, first()), (new, step(ended, "ack", "m-1"))], |_| {});
        check(&rows, "2026-11-20T08:00:00.000Z", Some(2_000), Clock::Zoned);
    }
}

#[test]
fn files_without_zone_and_year_are_merged_with_those_that_have_both() {
    let app = step("2026-11-20T08:00:02.000+08:00", "ack", "m-1");
    let began = step("2026-11-20 08:00:00.000", "enqueue", "m-1");
    let rows = messages(&[("a.jsonl", began), ("b.jsonl", app)], |_| {});
    check(&rows, "2026-11-20T00:00:00.000Z", Some(2_000), Clock::AssumedZone);
}

#[test]
fn what_a_cache_kept_of_the_last_run_stands_before_the_lines_around_it() {
    // Mars moves it into the day's file between two marks (`appender.cc`).
    let line = |time: &str, pid: &str, text: &str| format!("[I][2026-11-20 +8.0 {time}][{pid}, {pid}*][Pao.Send][:0, ][{text}\n");
    let text = [
        line("08:10:00.000", "500", "enqueue localId=7 talker=u_1 type=1 len=3"),
        "~~~~~ begin of mmap ~~~~~\n".to_owned(),
        line("08:00:00.000", "400", "enqueue localId=1 talker=u_1 type=1 len=3"),
        line("08:00:01.000", "400", "send ok localId=1 svrId=9"),
        "~~~~~ end of mmap ~~~~~[500,500][2026-11-20 +0800 08:10:00]\n".to_owned(),
        line("08:10:02.000", "500", "send ok localId=7 svrId=10"),
    ];
    let folder = [("PAO_20261120.log", text.concat())];
    let rows = messages(&folder, |_| {});
    let counts = |rows: &[EventRow]| rows.iter().map(|r| (r.latency_ms, r.outcome)).collect::<Vec<_>>();
    assert_eq!(counts(&rows), [(Some(1_000), Some(Outcome::Sent)), (Some(2_000), Some(Outcome::Sent))]);
}

#[test]
fn a_clock_that_differs_from_the_servers_is_told_with_the_upload() {
    let detail = |name: &str, text: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(name), text).expect("writable");
        let rows = rows(&[folder.path().to_path_buf()], |_| {});
        rows.into_iter().find(|r| r.kind == Kind::Upload).expect("a receipt").detail
    };
    let acked = |device: &str, server: &str| {
        let ack = step(device, "ack", "m-1").replace('}', &format!(",\"server.timestamp\":\"{server}\"}}"));
        [step(device, "enqueue", "m-1"), ack].concat()
    };
    let ahead = detail("app.jsonl", &acked("2026-11-20T08:02:01.000+08:00", "2026-11-20T00:00:00.000Z"));
    assert_eq!(ahead.as_deref(), Some("the device's clock is 121 s ahead of the server's"));
    let behind = detail("app.jsonl", &acked("2026-11-19T08:00:00.000+08:00", "1795132800000"));
    assert!(behind.is_some_and(|d| d.starts_with("the device's clock is ") && d.ends_with(" behind the server's")));
    assert_eq!(detail("app.jsonl", &acked("2026-11-20T08:00:01.000+08:00", "2026-11-20T00:00:00.000Z")), None);
    let signal =
        "============= SYSINFO =============\nTime              : 1764201610686\nServer Time Offset : 93000 ms (last updated: 5m ago)\n\n";
    let line = "[8.19.1] [511 ] 2025-11-27 00:00:00.000 GMT+00:00 I MainActivity: hello\n";
    assert_eq!(detail("log.txt", &[signal, line].concat()).as_deref(), Some("the device's clock is 93 s ahead of the server's"));
}
