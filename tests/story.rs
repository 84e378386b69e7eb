//! `explain` and its replies: one test for each item that the article on unsent messages tells its readers, and a
//! lint that every reply must pass.

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use whyunsent::event::{EventRow, Evidence, Micros};
use whyunsent::profile::Profiles;
use whyunsent::report::help::{Help, Reach};
use whyunsent::report::model::Report;
use whyunsent::report::render::markdown;
use whyunsent::report::story::reply::{CHARS_MAX, Reader, WORDS_MAX, write};
use whyunsent::report::story::{self, Teller, Upload};
use whyunsent::report::view::View;
use whyunsent::stats::known::Known;
use whyunsent::taxonomy::{Cause, Channel, Kind, Outcome, Role, Trust};
use whyunsent::words::{self, Lang};

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::builtin);

fn message(outcome: Outcome, cause: Option<Cause>) -> EventRow {
    let mut row = EventRow::new(Kind::Message);
    row.outcome = Some(outcome);
    row.cause = cause;
    row.trust = cause.map(|_| Trust::Stated);
    row.key = Some("m_0123456789ab".into());
    row.message_id = Some("0123456789abcdef".into());
    row.user = Some("u_0123456789ab".into());
    row.started_at = Some(Micros(1_772_600_000_000_000));
    row.ended_at = Some(Micros(1_772_600_020_000_000));
    row.app = Some("Murmel".into());
    row.app_version = Some("3.5.2".into());
    row.device_manufacturer = Some("Fairphone".into());
    row.device_model = Some("FP4".into());
    row.os = Some("android".into());
    row.os_version = Some("13".into());
    row.network_type = Some("wifi".into());
    row.evidence = Some(vec![Evidence { file: "a.log".into(), line: 7, offset: 90, role: Some(Role::Proves), text: "send failed".into() }]);
    row
}

fn unsent(cause: Cause) -> EventRow {
    message(Outcome::Unsent, Some(cause))
}

/// Everything that is told of some rows: the story, and both replies.
struct Said {
    story: String,
    user: String,
    engineering: String,
}

fn said(rows: &[EventRow], help: &Help, lang: Lang, since_us: Option<i64>) -> Said {
    let view = View { lang, ..View::default() };
    let teller = Teller { view: &view, help, profiles: &PROFILES, since_us };
    let upload = Upload { rows };
    let report = Report { title: String::new(), banner: None, sections: story::upload(&upload, &teller) };
    Said {
        // Escapes are the form's business.
        story: markdown(&report, &view).replace('\\', ""),
        user: write(&upload, None, Reader::User, &teller),
        engineering: write(&upload, None, Reader::Engineering, &teller),
    }
}

fn both(rows: &[EventRow], help: &Help) -> BTreeMap<&'static str, Said> {
    Lang::ALL.iter().map(|lang| (lang.as_str(), said(rows, help, *lang, None))).collect()
}

/// The user's reply holds these, in both languages.
fn replies(rows: &[EventRow], help: &Help, en: &[&str], zh: &[&str]) {
    let said = both(rows, help);
    for (lang, wanted) in [("en", en), ("zh", zh)] {
        for text in wanted {
            assert!(said[lang].user.contains(text), "{lang}: `{text}` is not in\n{}", said[lang].user);
        }
    }
}

/// The story holds these, in both languages.
fn tells(rows: &[EventRow], help: &Help, en: &[&str], zh: &[&str]) {
    let said = both(rows, help);
    for (lang, wanted) in [("en", en), ("zh", zh)] {
        for text in wanted {
            assert!(said[lang].story.contains(text), "{lang}: `{text}` is not in\n{}", said[lang].story);
        }
    }
}

fn channels(all: &[(Channel, &str)]) -> Help {
    let channels = all.iter().map(|(kind, value)| Reach { kind: *kind, value: (*value).into() }).collect();
    Help { channels, ..Help::default() }
}

fn none() -> Help {
    Help::default()
}

#[test]
fn s0_the_symptom_is_told_with_its_outcome_and_its_proof() {
    let rows = [unsent(Cause::NetworkTimeout), message(Outcome::Sent, None), message(Outcome::Pending, None)];
    tells(
        &rows,
        &none(),
        &["Messages: 3. Sent: 1; delayed: 0; not sent: 1; no known end: 1.", "send failed", "a.log:7"],
        &["共 3 条消息：已发送 1 条，延迟 0 条，未发送 1 条，结果未知 1 条。"],
    );
}

#[test]
fn c1_and_n1_an_unstable_network_is_told_apart_from_none_with_the_state_of_that_second() {
    tells(&[unsent(Cause::NetworkWeak)], &none(), &["Unstable network", "At 2026-03-04 04:53:40.000 the device had"], &["网络不稳定"]);
    let mut row = unsent(Cause::NetworkOffline);
    row.network_type = Some("none".into());
    tells(&[row], &none(), &["the device had: No network (none)."], &["设备状态：无网络（none）"]);
}

#[test]
fn c2_an_account_that_cannot_send_is_named_and_signing_in_is_tried_first() {
    replies(
        &[unsent(Cause::AccountSignedOut)],
        &none(),
        &["the sign-in had expired", "Sign out and in once."],
        &["登录已过期", "重新登录"],
    );
    replies(&[unsent(Cause::AccountDeleted)], &none(), &["cancelled"], &["已注销"]);
}

#[test]
fn c3_and_r3_what_the_recipient_does_not_accept_is_said_neutrally() {
    let rows = [unsent(Cause::PermissionRecipientBlocked)];
    replies(&rows, &none(), &["do not accept", "another way"], &["不接收", "其他方式"]);
}

#[test]
fn c4_a_fault_of_the_app_is_named_as_such() {
    replies(&[unsent(Cause::SoftwareBug)], &none(), &["the app failed in its own code"], &["应用自身代码"]);
}

#[test]
fn c4a_waiting_comes_first_where_the_server_failed_and_never_for_a_bug() {
    replies(&[unsent(Cause::ServiceError)], &none(), &["1. A passing problem: wait a few minutes"], &["1. 临时问题"]);
    assert!(!both(&[unsent(Cause::SoftwareBug)], &none())["en"].user.contains("wait"));
}

#[test]
fn r1_swapping_networks_is_advised_where_the_network_failed() {
    for cause in [Cause::NetworkWeak, Cause::NetworkTimeout, Cause::NetworkBlocked] {
        replies(&[unsent(cause)], &none(), &["Swap between Wi-Fi and mobile data"], &["在 Wi-Fi 与移动数据之间切换"]);
    }
}

#[test]
fn r2_checking_the_account_comes_before_support() {
    let reply = both(&[unsent(Cause::AccountDisabledPolicy)], &none());
    let (check, support) = (reply["en"].user.find("Check the account"), reply["en"].user.find("Contact support"));
    assert!(check.is_some() && check < support, "{}", reply["en"].user);
}

#[test]
fn r4_an_update_is_named_only_where_the_server_refused_the_version() {
    replies(&[unsent(Cause::SoftwareOutdated)], &none(), &["Update the app."], &["请更新应用"]);
}

#[test]
fn r5_a_restart_is_advised_for_a_stuck_or_frozen_app() {
    for cause in [Cause::SoftwareStuck, Cause::SoftwareUnresponsive, Cause::SoftwareKilled] {
        replies(&[unsent(cause)], &none(), &["Close the app fully and reopen"], &["完全关闭应用后再打开"]);
    }
}

#[test]
fn n2_a_round_trip_that_the_log_shows_is_told_with_the_speed_test() {
    let mut sent = message(Outcome::Sent, None);
    sent.server_ms = Some(640);
    replies(&[unsent(Cause::NetworkWeak), sent], &none(), &["a round trip of about 640 ms"], &["往返时延约 640 ms"]);
}

#[test]
fn n3_turning_the_link_off_and_on_is_advised_for_a_poor_link_and_for_names() {
    for cause in [Cause::NetworkWeak, Cause::NetworkDns] {
        replies(&[unsent(cause)], &none(), &["Turn the connection off for a few seconds"], &["关闭网络几秒后再打开"]);
    }
}

#[test]
fn n4_failing_on_one_network_only_is_seen() {
    let mut sent = message(Outcome::Sent, None);
    sent.network_type = Some("cell".into());
    tells(&[unsent(Cause::NetworkBlocked), sent], &none(), &["Messages failed only on wifi and went out on cell"], &["仅在 wifi 上失败"]);
    let rows = [unsent(Cause::NetworkBlocked), message(Outcome::Sent, None)];
    assert!(!both(&rows, &none())["en"].story.contains("failed only on"));
}

#[test]
fn n5_the_provider_is_asked_last() {
    replies(&[unsent(Cause::NetworkDns)], &none(), &["3. Ask the provider"], &["3. 询问运营商"]);
}

#[test]
fn a1_a_disabled_account_tells_until_when() {
    let mut row = unsent(Cause::AccountDisabledPolicy);
    row.until = Some(Micros(1_773_000_000_000_000));
    tells(&[row], &none(), &["Disabled: terms", "Until: 2026-03-08 20:00", "Appeal"], &["违规停用", "截止：2026-03-08 20:00", "申诉"]);
}

#[test]
fn a2_a_security_lock_asks_to_verify_and_change_the_password() {
    replies(&[unsent(Cause::AccountDisabledSecurity)], &none(), &["Verify yourself and change the password."], &["修改密码"]);
}

#[test]
fn a3_a_restriction_after_reports_can_be_appealed() {
    replies(&[unsent(Cause::AccountDisabledComplaint)], &none(), &["after reports by others", "Appeal"], &["投诉", "申诉"]);
}

#[test]
fn a4_another_device_is_named_and_devices_are_reviewed() {
    replies(
        &[unsent(Cause::AccountDeviceConflict)],
        &none(),
        &["signed in elsewhere", "Review the devices"],
        &["另一设备", "检查已登录的设备"],
    );
}

#[test]
fn a5_support_gets_the_error_code() {
    let mut row = unsent(Cause::AccountDisabledPolicy);
    row.code = Some("20012".into());
    replies(&[row], &none(), &["quoting 20012; repeated tries may prolong a limit"], &["错误码 20012", "勿反复尝试"]);
}

#[test]
fn p1_and_p2_the_privacy_settings_are_named_by_the_path_of_the_configuration() {
    let help = Help { privacy_path: Some("Settings > Privacy".into()), ..Help::default() };
    let rows = [unsent(Cause::PermissionNotAllowed)];
    replies(&rows, &help, &["See \"Settings > Privacy\""], &["在“Settings > Privacy”中"]);
}

#[test]
fn p3_the_own_list_and_theirs_are_told_apart() {
    let own = both(&[unsent(Cause::PermissionNotAllowed)], &none());
    let theirs = both(&[unsent(Cause::PermissionRecipientBlocked)], &none());
    assert!(own["en"].user.contains("privacy settings") && !theirs["en"].user.contains("privacy settings"));
}

#[test]
fn p5_a_test_message_follows_the_change_and_attempts_are_compared() {
    let reply = both(&[unsent(Cause::PermissionNotAllowed)], &none());
    assert!(reply["en"].user.contains("3. Then send a test message"), "{}", reply["en"].user);
    let mut later = message(Outcome::Sent, None);
    later.started_at = Some(Micros(1_772_700_000_000_000));
    let rows = [unsent(Cause::PermissionNotAllowed), later];
    let compared = said(&rows, &none(), Lang::En, Some(1_772_650_000_000_000)).story;
    assert!(compared.contains("Not sent before 2026-03-04 18:46: 1 of 1 messages; since then: 0 of 1."), "{compared}");
    assert!(!compared.contains("The message was not sent"), "what began before is only counted\n{compared}");
}

#[test]
fn f1_a_crash_tells_its_signature_and_the_messages_that_it_cost() {
    let mut crash = EventRow::new(Kind::Crash);
    crash.cause = Some(Cause::SoftwareCrash);
    crash.incident = Some("crash1".into());
    crash.signature = Some("java.lang.IllegalStateException at org.example.murmel.Outbox.run".into());
    let mut row = unsent(Cause::SoftwareCrash);
    row.incident = Some("crash1".into());
    tells(&[row, crash], &none(), &["**Crash**", "Outbox.run** | **1**"], &["**崩溃**", "Outbox.run** | **1**"]);
}

#[test]
fn f2_a_delay_tells_where_the_time_went_and_is_not_put_on_the_server() {
    let mut row = message(Outcome::Delayed, Some(Cause::SoftwareStuck));
    row.latency_ms = Some(95_000);
    row.queue_ms = Some(94_000);
    row.server_ms = Some(1_000);
    let wanted = ["confirmed only after 1 min 35 s: the message waited in a queue", "queue 1 min 34 s, server 1.0 s"];
    tells(&[row], &none(), &wanted, &["消息在 1 min 35 s 后才确认", "排队 1 min 34 s、服务端 1.0 s"]);
}

#[test]
fn f3_a_missed_notification_is_no_unsent_message() {
    let rows = [EventRow::new(Kind::NotificationMissed), message(Outcome::Sent, None)];
    tells(&rows, &none(), &["Missed notification", "Allow notifications and background activity"], &["通知缺失", "允许通知"]);
    replies(&rows, &none(), &["No message failed, but the log shows: Missed notification."], &["没有消息发送失败"]);
}

#[test]
fn f4_an_incompatible_device_names_what_is_missing_and_the_system() {
    let mut row = EventRow::new(Kind::Incompatibility);
    row.cause = Some(Cause::SoftwareIncompatible);
    row.signature = Some("java.lang.NoSuchMethodError at org.example.murmel.Camera.open".into());
    tells(&[row], &none(), &["Incompatible device", "NoSuchMethodError", "Upgrade the operating system."], &["设备不兼容", "升级系统"]);
}

#[test]
fn f5_a_missing_function_asks_for_a_backup_first() {
    tells(&[EventRow::new(Kind::FeatureMissing)], &none(), &["Back up first"], &["请先备份"]);
}

#[test]
fn h1_to_h5_support_is_reached_as_the_configuration_says_and_not_otherwise() {
    let rows = [unsent(Cause::ServiceRejected)];
    let wanted: [(Channel, &str, &str, &str); 5] = [
        (Channel::Phone, "10000 (9-18)", "By phone: 10000 (9-18).", "客服热线：10000 (9-18)。"),
        (
            Channel::Feedback,
            "Me > Help",
            "Send feedback in \"Me > Help\" and tick \"attach logs\".",
            "在“Me > Help”提交反馈并勾选附带日志。",
        ),
        (Channel::Social, "@murmel", "@murmel: use direct messages; never post logs", "切勿公开日志"),
        (Channel::Mail, "help@chat.example.org", "By mail: help@chat.example.org.", "邮件支持：help@chat.example.org。"),
        (
            Channel::Forum,
            "https://forum.example.org",
            "User community: https://forum.example.org.",
            "用户社区：https://forum.example.org。",
        ),
    ];
    for (kind, value, en, zh) in wanted {
        replies(&rows, &channels(&[(kind, value)]), &[en], &[zh]);
    }
    let without = both(&rows, &none());
    assert!(!without["en"].user.contains("phone") && !without["en"].user.contains("mail"));
}

#[test]
fn h4_engineering_gets_what_a_report_needs() {
    let mut row = unsent(Cause::ServiceRejected);
    row.code = Some("400".into());
    let mail = &both(&[row], &none())["en"].engineering;
    for wanted in [
        "Murmel 3.5.2",
        "Fairphone FP4",
        "android 13",
        "wifi",
        "2026-03-04 04:53:20.000 UTC",
        "service.rejected",
        "400",
        "certain",
        "> send failed",
    ] {
        assert!(mail.contains(wanted), "`{wanted}` is not in\n{mail}");
    }
}

#[test]
fn h5_a_known_issue_is_linked_for_engineering_and_told_to_users_in_its_own_sentence() {
    let text = "[[known]]\ncause = \"software.crypto\"\nversions = [\"3.5.*\"]\nissue = \"https://forum.example.org/t/7\"\nsays = { en = \"We know this problem.\", zh = \"这是已知问题。\" }\n";
    let help = Help { known: Known::parse(text).unwrap(), ..Help::default() };
    replies(&[unsent(Cause::SoftwareCrypto)], &help, &["We know this problem."], &["这是已知问题。"]);
    assert!(both(&[unsent(Cause::SoftwareCrypto)], &help)["en"].engineering.contains("Known issue: https://forum.example.org/t/7"));
}

/// A reply without the lines that it cites.
fn own_words(reply: &str) -> String {
    reply.lines().filter(|l| !l.starts_with("> ")).collect::<Vec<_>>().join("\n")
}

/// What no reply may hold: identifiers, blame, promises, and an update that nothing shows to help.
struct Lint {
    identifier: regex::Regex,
    never: regex::Regex,
    update: regex::Regex,
}

impl Lint {
    fn new() -> Self {
        let regex = |text| regex::Regex::new(text).unwrap();
        Lint {
            identifier: regex(
                r"(?i)\b[mu]_[0-9a-f]{12}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-|\b[0-9a-f]{16}\b|[\w.+-]+@[\w-]+\.\w+|\+\d[\d ]{6,}|https?://",
            ),
            never: regex(
                r"(?i)blocked you|you (were|are|have been) blocked|拉黑|your fault|you (failed|forgot|should have)|您的(错|过失)|guarantee|promise|will be (fixed|solved)|soon|保证|承诺|马上修复|很快(修复|解决)",
            ),
            update: regex(r"(?i)\bupdat|更新"),
        }
    }

    /// Holds a reply to it; `rows` are those that it may be about.
    fn check(&self, reply: &str, lang: Lang, reader: Reader, rows: &[EventRow]) {
        let own = own_words(reply);
        let (count, most) = match (lang, reader) {
            (Lang::Zh, Reader::User) => (own.chars().filter(|c| !c.is_whitespace()).count(), CHARS_MAX),
            // What engineering pastes is a table of values in any language.
            _ => (own.split_whitespace().count(), WORDS_MAX),
        };
        assert!(count <= most, "{count}: {reply}");
        assert!(!self.never.is_match(&own), "{reply}");
        assert!(!self.identifier.is_match(&own), "{reply}");
        assert!(!self.update.is_match(&own) || rows.iter().any(|r| r.cause == Some(Cause::SoftwareOutdated)), "{reply}");
        let first = reply.lines().next().unwrap_or_default();
        let failed: Vec<&EventRow> = rows.iter().filter(|r| matches!(r.outcome, Some(Outcome::Unsent | Outcome::Delayed))).collect();
        if !failed.is_empty() {
            assert!(["not sent", "confirmed only after", "未发送", "后才确认"].iter().any(|w| first.contains(w)), "{reply}");
            let meaning = |r: &&EventRow| words::meaning(r.cause.unwrap_or(Cause::Unknown)).get(lang).chars().skip(1).collect::<String>();
            let names = |r: &&EventRow| {
                first.contains(&meaning(r)) || r.cause.is_none() && (first.contains("does not say why") || first.contains("日志未说明原因"))
            };
            assert!(failed.iter().any(names), "{reply}");
        }
    }
}

#[test]
fn every_reply_is_short_begins_with_outcome_and_cause_and_says_nothing_that_it_must_not() {
    let lint = Lint::new();
    for cause in Cause::ALL {
        for outcome in [Outcome::Unsent, Outcome::Delayed] {
            let mut row = message(outcome, Some(*cause));
            row.latency_ms = Some(3_725_000);
            row.retry_after_ms = Some(30_000);
            row.code = Some("20012".into());
            row.also = Some(vec!["network.timeout".into(), "service.error".into()]);
            let rows = [row.clone(), row.clone(), message(outcome, Some(Cause::Unknown))];
            for some in [&rows[..1], &rows[..2], &rows[..]] {
                for lang in Lang::ALL {
                    let said = said(some, &none(), *lang, None);
                    lint.check(&said.user, *lang, Reader::User, &some[..1]);
                    lint.check(&said.engineering, *lang, Reader::Engineering, &some[..1]);
                }
            }
        }
    }
}

#[test]
fn every_sample_upload_has_its_story_and_replies_that_pass_the_lint() {
    let lint = Lint::new();
    let rows = support::rows(&[support::root().join("sample-logs")], |s| s.redact = true);
    let uploads: Vec<&[EventRow]> = rows.split_inclusive(|r| r.kind == Kind::Upload).collect();
    assert!(uploads.len() > 60, "{}", uploads.len());
    for rows in uploads {
        for lang in Lang::ALL {
            let said = said(rows, &none(), *lang, None);
            let failed = rows.iter().filter(|r| matches!(r.outcome, Some(Outcome::Unsent | Outcome::Delayed)));
            for key in failed.filter_map(|r| r.key.as_ref()) {
                assert!(said.story.contains(key.as_str()) || rows.len() > 10, "{key} is not in {}", said.story);
            }
            lint.check(&said.user, *lang, Reader::User, rows);
            lint.check(&said.engineering, *lang, Reader::Engineering, rows);
        }
    }
}
