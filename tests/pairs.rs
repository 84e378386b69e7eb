//! Causes that are taken for each other. Each test holds two logs that differ in the one thing which decides.

mod support;

use support::rows;
use whyunsent::source::Grouping;
use whyunsent::taxonomy::{Cause, Kind, Outcome};

/// What becomes of the only message of a log.
#[track_caller]
fn told(name: &str, log: &str) -> (Outcome, Option<Cause>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(name), log).expect("writable");
    let all = rows(&[folder.path().to_path_buf()], |s| s.source.grouping = Grouping::Dir);
    let messages: Vec<_> = all.into_iter().filter(|r| r.kind == Kind::Message).collect();
    let [row] = messages.as_slice() else { panic!("{} messages in\n{log}", messages.len()) };
    (row.outcome.expect("a message has an outcome"), row.cause)
}

#[track_caller]
fn unsent(name: &str, log: &str, cause: Cause) {
    assert_eq!(told(name, log), (Outcome::Unsent, Some(cause)), "{log}");
}

/// A logcat of a message that Conversations wrote at 10:00:00, of what happened next, and of a later time.
/// Lines state second, process and the rest: `01 1410 I ActivityManager: x`.
fn conversations(lines: &[&str]) -> String {
    let stamp = |at: &str, line: &str| {
        let (process, rest) = line.split_once(' ').expect("a process and a line");
        format!("05-02 {at}.000 {process:>5} {process:>5} {rest}\n")
    };
    let mut log = stamp("09:59:00", "1410 I ActivityManager: Start proc 700:eu.siacs.conversations/u0a123 for service x");
    log += &stamp("09:59:30", "700 D conversations: ana@x.example: stream management enabled (resumable)");
    log += &stamp("10:00:00", "700 D conversations: ana@x.example: counting outbound message as #8");
    for line in lines {
        let (second, line) = line.split_once(' ').expect("a second and a line");
        log += &stamp(&format!("10:00:{second}"), line);
    }
    log + &stamp("10:30:00", "1410 I SystemServer: tick")
}

/// The same, where the connection ends for this reason.
fn broken(before: &[&str], reason: &str) -> String {
    let why = format!("20 700 D conversations: ana@x.example: {reason}");
    let again = "20 700 D conversations: ana@x.example: error connecting account. try again in 9s for the 1 time. lowPingTimeout=false";
    conversations(&[before, &[&why, again]].concat())
}

/// The process ends for this reason.
fn ended(lines: &[&str]) -> String {
    conversations(&[lines, &["09 1410 I ActivityManager: Process eu.siacs.conversations (pid 700) has died: cch CEM"]].concat())
}

/// A message in JSON lines: it is enqueued, tried and fails with this text.
fn failed(error: &str) -> String {
    format!(
        "{{\"time\":\"2026-03-04T18:20:00Z\",\"level\":\"info\",\"msg\":\"enqueue\",\"msg_id\":\"m-1\"}}\n\
         {{\"time\":\"2026-03-04T18:20:01Z\",\"level\":\"info\",\"msg\":\"attempt 1\",\"msg_id\":\"m-1\"}}\n\
         {{\"time\":\"2026-03-04T18:20:09Z\",\"level\":\"error\",\"msg\":\"send failed\",\"msg_id\":\"m-1\",\"error\":\"{error}\"}}\n"
    )
}

const LOST: &str =
    "05 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 101] EVENT_NETWORK_INFO_CHANGED, going from CONNECTED to DISCONNECTED";
const WIFI: &str =
    "02 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 101] EVENT_NETWORK_INFO_CHANGED, going from CONNECTING to CONNECTED";
const NO_NAME: &str = "Unable to resolve host \"x.example\": No address associated with hostname(java.net.UnknownHostException)";
const LATE: &str = "connect timed out(java.net.SocketTimeoutException)";
const RESET: &str = "recvfrom failed: ECONNRESET (Connection reset by peer)(java.net.SocketException)";

#[test]
fn a_name_that_does_not_resolve_is_dns_while_there_is_a_link_and_offline_without_one() {
    unsent("logcat.txt", &broken(&[WIFI], NO_NAME), Cause::NetworkDns);
    unsent("logcat.txt", &broken(&[LOST], NO_NAME), Cause::NetworkOffline);
}

#[test]
fn a_bare_time_out_is_a_time_out_and_one_on_a_poor_link_is_the_link() {
    let poor = "10 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 101] NetworkCapabilities [ Transports: WIFI Capabilities: INTERNET&VALIDATED SignalStrength: -91]";
    unsent("logcat.txt", &broken(&[], LATE), Cause::NetworkTimeout);
    unsent("logcat.txt", &broken(&[poor], LATE), Cause::NetworkWeak);
}

#[test]
fn a_time_out_is_the_network_and_an_answer_of_the_server_is_the_server() {
    unsent("app.jsonl", &failed("request timed out"), Cause::NetworkTimeout);
    unsent("app.jsonl", &failed("HTTP 504 Gateway Timeout"), Cause::ServiceError);
}

#[test]
fn a_reset_is_a_block_while_the_link_is_steady_and_a_poor_network_while_it_comes_and_goes() {
    let back =
        "07 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 102] EVENT_NETWORK_INFO_CHANGED, going from CONNECTING to CONNECTED";
    let lost =
        "11 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 102] EVENT_NETWORK_INFO_CHANGED, going from CONNECTED to DISCONNECTED";
    let again =
        "15 1410 D ConnectivityService: NetworkAgentInfo [WIFI () - 103] EVENT_NETWORK_INFO_CHANGED, going from CONNECTING to CONNECTED";
    unsent("logcat.txt", &broken(&[WIFI], RESET), Cause::NetworkBlocked);
    unsent("logcat.txt", &broken(&[WIFI, LOST, back, lost, again], RESET), Cause::NetworkWeak);
}

#[test]
fn a_refused_certificate_is_tls_unless_a_portal_stands_in_between_or_the_peer_reset_the_connection() {
    let tls = "java.security.cert.CertPathValidatorException: Trust anchor for certification path not found.";
    let portal = "03 1410 D ConnectivityService: [101 WIFI] validation failed with redirect to http://portal.example/login";
    let reset = "javax.net.ssl.SSLHandshakeException: Read error: I/O error during system call, Connection reset by peer";
    unsent("logcat.txt", &broken(&[WIFI], tls), Cause::NetworkTls);
    unsent("logcat.txt", &broken(&[WIFI, portal], tls), Cause::NetworkBlocked);
    unsent("logcat.txt", &broken(&[WIFI], reset), Cause::NetworkBlocked);
}

/// A message through the Tencent SDK that ends with "not logged in".
fn not_logged_in(before: &str) -> String {
    format!(
        "TIM: 2025-03-02 09:10:00.101/I/4210-4288    /Login       -imcore_manager.cpp.330:Login                        /login|code:0\n{before}\
         TIM: 2025-03-02 09:11:41.502/I/4210-4288    /Msg         -imcore_conversation.cpp.117:operator()              /SendMsg|code:6014|msg:not login\n"
    )
}

#[test]
fn not_logged_in_is_a_session_that_ended_and_after_a_kick_it_is_the_other_device() {
    let kick = "TIM: 2025-03-02 09:11:30.020/W/4210-4288    /Login       -imcore_manager.cpp.520:OnForceOffline               /force offline|code:6208|desc:kicked off by other device|instid:1\n";
    let again =
        "TIM: 2025-03-02 09:11:35.000/I/4210-4288    /Login       -imcore_manager.cpp.330:Login                        /login|code:0\n";
    unsent("imsdk_20250302.log", &not_logged_in(""), Cause::AccountSignedOut);
    unsent("imsdk_20250302.log", &not_logged_in(kick), Cause::AccountDeviceConflict);
    unsent("imsdk_20250302.log", &not_logged_in(&format!("{kick}{again}")), Cause::AccountSignedOut);
}

#[test]
fn a_sanction_is_muted_and_a_missing_role_is_not_a_member() {
    unsent("app.jsonl", &failed("you have been muted in this group"), Cause::PermissionMuted);
    unsent("app.jsonl", &failed("M_FORBIDDEN: user power level 0 is below the required 50"), Cause::PermissionNotMember);
}

/// A message that Telegram for Android sends and is refused.
fn telegram(error: &str) -> String {
    let request = "org.telegram.tgnet.TLRPC$TL_messages_sendMessage@c3d4";
    format!(
        "-----start log 03_02_2025_10_00_00-----\n03_02_2025_10_00_01.020 D/tmessages: send request {request} with token = 32\n\
         03_02_2025_10_00_01.200 E/tmessages: {request} got error {error}\n"
    )
}

#[test]
fn a_limit_that_ends_by_itself_is_a_rate_limit_and_a_restriction_after_reports_is_the_complaints() {
    unsent("03_02_2025_10_00_00.txt", &telegram("420 FLOOD_WAIT_300"), Cause::ServiceRateLimited);
    unsent("app.jsonl", &failed("account restricted after user reports"), Cause::AccountDisabledComplaint);
}

#[test]
fn what_the_server_refuses_is_rejected_and_what_the_app_throws_before_it_sends_is_a_bug() {
    unsent("app.jsonl", &failed("HTTP 400 Bad Request"), Cause::ServiceRejected);
    unsent("app.jsonl", &failed("java.lang.IllegalStateException: body not set"), Cause::SoftwareBug);
}

#[test]
fn an_exception_is_a_bug_while_the_process_lives_and_a_crash_when_it_dies_of_it() {
    let fatal = "03 700 E AndroidRuntime: FATAL EXCEPTION: main";
    let process = "03 700 E AndroidRuntime: Process: eu.siacs.conversations, PID: 700";
    let exception = "03 700 E AndroidRuntime: java.lang.IllegalStateException: body not set";
    unsent("app.jsonl", &failed("java.lang.IllegalStateException: body not set"), Cause::SoftwareBug);
    unsent("logcat.txt", &ended(&[fatal, process, exception]), Cause::SoftwareCrash);
}

#[test]
fn a_queue_that_never_tried_again_keeps_its_cause_and_one_that_never_tried_at_all_is_stuck() {
    let queue = |first: &str| {
        format!(
            "{{\"timestamp\":\"2026-03-04T18:20:00.000Z\",\"event.name\":\"message.enqueue\",\"message.id\":\"m-1\"}}\n{first}\
             {{\"timestamp\":\"2026-03-04T19:20:00.000Z\",\"event.name\":\"app.foreground\"}}\n"
        )
    };
    let tried = "{\"timestamp\":\"2026-03-04T18:20:01.000Z\",\"event.name\":\"message.attempt\",\"message.id\":\"m-1\"}\n\
                 {\"timestamp\":\"2026-03-04T18:20:02.000Z\",\"event.name\":\"message.fail\",\"message.id\":\"m-1\",\"error.type\":\"TokenExpired\",\"error.message\":\"token expired\"}\n";
    unsent("events.jsonl", &queue(tried), Cause::AccountSignedOut);
    unsent("events.jsonl", &queue(""), Cause::SoftwareStuck);
}

#[test]
fn mere_waiting_is_pending_and_a_queue_that_throws_is_unsent() {
    let waiting = "{\"time\":\"2026-03-04T18:20:00Z\",\"level\":\"info\",\"msg\":\"enqueue\",\"msg_id\":\"m-1\"}\n\
                   {\"time\":\"2026-03-04T18:20:04Z\",\"level\":\"info\",\"msg\":\"tick\"}\n";
    assert_eq!(told("app.jsonl", waiting), (Outcome::Pending, None));
    assert_eq!(told("app.jsonl", &failed("java.lang.IllegalStateException: queue is broken")).0, Outcome::Unsent);
}

#[test]
fn a_queue_that_stands_still_is_stuck_and_a_deadlock_that_is_logged_is_unresponsive() {
    unsent("app.jsonl", &failed("send queue blocked"), Cause::SoftwareStuck);
    unsent("app.jsonl", &failed("possible deadlock: main thread blocked"), Cause::SoftwareUnresponsive);
}

#[test]
fn a_hang_is_unresponsive_and_a_locked_or_full_database_is_storage() {
    let anr = [
        "06 1410 I am_anr  : [0,700,eu.siacs.conversations,948485702,Input dispatching timed out (x)]",
        "07 1410 E ActivityManager: ANR in eu.siacs.conversations (eu.siacs.conversations/.ui.ConversationActivity)",
        "07 1410 E ActivityManager: PID: 700",
        "07 1410 E ActivityManager: Reason: Input dispatching timed out (x)",
    ];
    unsent("logcat.txt", &conversations(&anr), Cause::SoftwareUnresponsive);
    unsent("app.jsonl", &failed("SQLiteDatabaseLockedException: database is locked"), Cause::SoftwareStorage);
    unsent("app.jsonl", &failed("database or disk is full"), Cause::SoftwareStorage);
}

#[test]
fn the_systems_kill_is_killed_and_the_apps_own_end_after_an_exception_is_a_crash() {
    let kill = "08 1410 I ActivityManager: Killing 700:eu.siacs.conversations/u0a123 (adj 905): empty #17";
    let fatal = [
        "03 700 E AndroidRuntime: FATAL EXCEPTION: main",
        "03 700 E AndroidRuntime: Process: eu.siacs.conversations, PID: 700",
        "03 700 E AndroidRuntime: java.lang.NullPointerException: x",
        "04 700 I Process : Sending signal. PID: 700 SIG: 9",
    ];
    unsent("logcat.txt", &ended(&[kill]), Cause::SoftwareKilled);
    unsent("logcat.txt", &ended(&fatal), Cause::SoftwareCrash);
}

#[test]
fn an_app_cut_off_by_data_saver_is_blocked_and_one_cut_off_by_doze_is_killed() {
    let cut = "04 1410 D ConnectivityService: Blocked status changed to true for 10123(57) on netId 101";
    let doze = "03 1410 I device_idle: [5,s:alarm]";
    unsent("logcat.txt", &broken(&[cut], LATE), Cause::NetworkBlocked);
    unsent("logcat.txt", &broken(&[doze, cut], LATE), Cause::SoftwareKilled);
}

#[test]
fn silence_to_the_end_is_a_failure_and_a_proven_loss_of_lines_is_not() {
    let quiet = "700 D conversations: ana@x.example: app switched into background";
    let loss = "700 I chatty  : uid=10123(u0_a123) conversations expire 80 lines";
    let log = |line: &str| conversations(&[&format!("30 {line}")]);
    assert_eq!(told("logcat.txt", &log(quiet)).0, Outcome::Unsent);
    assert_eq!(told("logcat.txt", &log(loss)).0, Outcome::Pending);
}

#[test]
fn lines_that_another_process_lost_excuse_nothing() {
    let loss = "30 1201 I chatty  : uid=1000(system) Binder:1201_2 expire 80 lines";
    assert_eq!(told("logcat.txt", &conversations(&[loss])).0, Outcome::Unsent);
}
