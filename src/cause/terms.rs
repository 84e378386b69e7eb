//! How long a refusal lasts: what comes in is the text that proves it, what goes out is the wait that the
//! server asked for, or the end of a sanction.

use crate::format::stamp::{Stamp, Zone};
use crate::taxonomy::Cause;
use regex::Regex;
use std::sync::LazyLock;

/// Longest wait that is believed: ten years.
const WAIT_MAX_MS: i64 = 315_576_000_000;

/// Whether a refusal for this cause may end by itself.
#[must_use]
pub const fn ends(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::ServiceRateLimited
            | Cause::PermissionMuted
            | Cause::AccountDisabledPolicy
            | Cause::AccountDisabledSecurity
            | Cause::AccountDisabledComplaint
    )
}

/// The wait that a text asks for, in ms: `FLOOD_WAIT_14` (Telegram, seconds), `Retry-After: 120` (RFC 9110, seconds),
/// `retry_after_ms=5000` (Matrix), "wait 86400 seconds" (signal-cli), "try again in 5 minutes", `请 30 秒后再试`.
#[must_use]
pub fn wait_ms(text: &str) -> Option<i64> {
    static WAIT: LazyLock<Regex> = LazyLock::new(|| {
        // All but Chinese is ASCII, which is compiled in half the time.
        let pattern = r#"(?x) (?i-u: \b(?:FLOOD_(?:PREMIUM_)?WAIT|SLOWMODE_WAIT)_(?<flood>\d{1,9})
            | \bretry[-_\x20]?after(?<millis>[_\x20]?m(?:illi)?s\w*)?(?u:[^0-9A-Za-z_]){1,6}(?:Some\()?(?<after>\d{1,12})\s*(?<after_unit>ms|s|sec|min|h)?
            | \b(?:wait|again\x20in|retry\x20in)\x20["']?(?<again>\d{1,9})["']?\s*(?<again_unit>ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?)\b)
            | (?<zh>[0-9]{1,9})\s*(?<zh_unit>毫秒|秒|分钟|小时|天)(?:之?后|以后)"#;
        Regex::new(pattern).expect("the pattern is a constant")
    });
    let found = WAIT.captures(text)?;
    let get = |name: &str| found.name(name).map(|m| m.as_str());
    let (number, unit) = if let Some(seconds) = get("flood") {
        (seconds, "s")
    } else if let Some(after) = get("after") {
        (after, if get("millis").is_some() { "ms" } else { get("after_unit").unwrap_or("s") })
    } else if let Some(again) = get("again") {
        (again, get("again_unit")?)
    } else {
        (get("zh")?, get("zh_unit")?)
    };
    let ms = number.parse::<i64>().ok()?.checked_mul(unit_ms(&unit.to_lowercase()))?;
    (ms > 0 && ms <= WAIT_MAX_MS).then_some(ms)
}

fn unit_ms(unit: &str) -> i64 {
    match unit {
        "ms" | "millisecond" | "milliseconds" | "毫秒" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "分钟" => 60_000,
        "h" | "hour" | "hours" | "小时" => 3_600_000,
        "day" | "days" | "天" => 86_400_000,
        _ => 1_000,
    }
}

/// The end of a sanction that a text states, µs UTC: a date or an epoch beside a word such as `until`, `mute_end`,
/// `解封时间` or `禁言至`. Dates without a zone are on the log's clock, `offset_us` ahead of UTC. An end before
/// `at_us`, when the text was written, is none.
#[must_use]
pub fn until_us(text: &str, at_us: Option<i64>, offset_us: i64) -> Option<i64> {
    static UNTIL: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r#"(?x) (?: (?i-u:\b(?:until|till|(?:un)?(?:ban|block|mute|lock|freeze|restrict|suspend)\w*[_\x20]?(?:until|end\w*|expire\w*|time|at)|expires?(?:[_\x20](?:at|on|time))?)\b)
                | 解封时间|解禁时间|截止时间|(?:封禁|停用|冻结|禁言|限制)(?:时间)?至|直到|截至|截止 )
            ["'\x20:=：]{0,4}
            (?: (?<zh>(?<year>[0-9]{4})年(?<month>[0-9]{1,2})月(?<day>[0-9]{1,2})日(?:\s*(?<hour>[0-9]{1,2})[:时：](?<minute>[0-9]{1,2}))?)
              | (?i-u:(?<date>\d{4}[-/]\d\d[-/]\d\d)(?:[T\x20](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(?<zone>Z|UTC|[+-]\d\d:?\d\d)?)?
              | (?<epoch>\d{10}(?:\d{3})?)\b) )"#;
        Regex::new(pattern).expect("the pattern is a constant")
    });
    let found = UNTIL.captures(text)?;
    let get = |name: &str| found.name(name).map(|m| m.as_str());
    let stamp = if let Some(epoch) = get("epoch") {
        Stamp::from_epoch(epoch.parse().ok()?)?
    } else if get("zh").is_some() {
        let (hour, minute) = (get("hour").unwrap_or("0"), get("minute").unwrap_or("0"));
        Stamp::parse(&format!("{}-{:0>2}-{:0>2} {hour:0>2}:{minute:0>2}:00", get("year")?, get("month")?, get("day")?))?
    } else {
        let time = get("time").unwrap_or("00:00:00");
        let seconds = if time.len() == 5 { ":00" } else { "" };
        Stamp::parse(&format!("{} {time}{seconds}{}", get("date")?.replace('/', "-"), get("zone").unwrap_or_default()))?
    };
    let us = match stamp.zone {
        Zone::Offset(_) => stamp.instant_us()?,
        Zone::Ambiguous(_) | Zone::Local => stamp.wall_us - offset_us,
    };
    at_us.is_none_or(|at| us > at).then_some(us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_read_in_the_unit_that_the_server_means() {
        for (text, ms) in [
            ("[Error : 420 : FLOOD_WAIT_14]", Some(14_000)),
            ("Too Many Requests: retry after 120", Some(120_000)),
            ("MatrixError(code=M_LIMIT_EXCEEDED, retry_after_ms=5000)", Some(5_000)),
            ("kind: LimitExceeded { retry_after: Some(3s) }", Some(3_000)),
            ("429 RATE_LIMIT_HIT {\"retry-after\": 28}", Some(28_000)),
            ("or wait \"86400\" seconds", Some(86_400_000)),
            ("please try again in 5 minutes", Some(300_000)),
            ("操作太频繁，请30秒后再试", Some(30_000)),
            ("retry after a while", None),
            ("waited 300 ms", None),
        ] {
            assert_eq!(wait_ms(text), ms, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_sanction_is_read_from_dates_and_epochs() {
        let noon = Stamp::parse("2026-03-05T12:00:00Z").and_then(Stamp::instant_us);
        for text in [
            "account banned until 2026-03-05T12:00:00Z",
            "mute_end=1772712000",
            "账号因违规被停用，解封时间：2026-03-05 20:00",
            "您已被禁言至2026年3月5日20时00分",
            "\"ban_expires_at\":1772712000000",
        ] {
            assert_eq!(until_us(text, None, 8 * 3_600_000_000), noon, "{text}");
        }
        assert_eq!(until_us("suspended until further notice", None, 0), None);
    }

    #[test]
    fn an_end_that_has_passed_when_the_text_was_written_is_none() {
        let later = Stamp::parse("2026-03-06T00:00:00Z").and_then(Stamp::instant_us);
        assert_eq!(until_us("banned until 2026-03-05T12:00:00Z", later, 0), None);
    }
}
