//! Gajim's XML console: `<!-- Outgoing DATE (account) -->`, the stanza below it, an empty line.
//!
//! Source: gajim/gajim `gajim/gtk/xml_console.py`; DATE is `strftime('%c')` and so in the user's locale:
//! glibc's C, English, German and Chinese forms and that of Windows are read, of others the time of day.

use super::form::{Form, Parts};
use super::stamp::{DAY_US, Stamp, Zone, days_from_civil, digits, month_named, time_of_day};
use super::{FormatInfo, find};

/// The grammar as registered.
pub const GAJIM_XML: Form = Form {
    info: FormatInfo {
        id: "gajim-xml",
        title: "Gajim XML console",
        reference: "https://dev.gajim.org/gajim/gajim/-/blob/master/gajim/gtk/xml_console.py",
    },
    parts,
    stamp,
    first: b"<",
    only_at_home: false,
    samples: &[
        "<!-- Outgoing Fri Feb  9 11:20:05 2024 (ana@x.example) -->",
        "<!-- Incoming Fri 09 Feb 2024 11:20:05 AM CET (ana@x.example) -->",
        "<!-- Outgoing 2024年02月09日 星期五 11时20分05秒 -->",
    ],
};

/// Longest head: date, account and marks.
const HEAD_MAX: usize = 200;
/// Where the date begins: behind `<!-- Outgoing `, which is as long as `<!-- Incoming `.
const STAMP: usize = 14;

fn parts(b: &[u8]) -> Option<Parts> {
    if !(b.starts_with(b"<!-- Outgoing ") || b.starts_with(b"<!-- Incoming ")) || b.len() > HEAD_MAX {
        return None;
    }
    let close = memchr::memmem::rfind(b, b" -->")?;
    let end = find(b, b" (").filter(|open| *open < close).unwrap_or(close);
    (end > STAMP).then_some(Parts { stamp: (STAMP, end), tag: (5, STAMP - 1), message: end + 1, ..Parts::default() })
}

fn stamp(b: &[u8]) -> Option<Stamp> {
    let text = std::str::from_utf8(b).ok()?;
    let us = hour_of(text)?;
    Some(match day_of(text) {
        Some(days) => Stamp::dated(days, us, Zone::Local),
        None => Stamp::dateless(us, Zone::Local),
    })
}

/// The time of day in µs: `11:20:05`, with AM or PM behind it, or `11时20分05秒`.
fn hour_of(text: &str) -> Option<i64> {
    if let Some(at) = text.find('时') {
        let read = |end: usize| digits(text.as_bytes(), end.checked_sub(2)?, 2);
        let (hour, minute, second) = (read(at)?, read(text.find('分')?)?, read(text.find('秒')?)?);
        return Some(((hour * 60 + minute) * 60 + second) * 1_000_000);
    }
    let at = text.find(':')?.checked_sub(2)?;
    let (us, end) = time_of_day(text.as_bytes(), at)?;
    let half = DAY_US / 2;
    let rest = text.get(end..).unwrap_or_default().trim_start();
    Some(match rest.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("AM") if us >= half => us - half,
        Some("PM") if us < half => us + half,
        _ => us,
    })
}

/// Days since 1970: a month's English name beside the day and the year, `2024年02月09日`, or `2024-02-09`.
fn day_of(text: &str) -> Option<i64> {
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').filter(|w| !w.is_empty());
    let number = |w: &str| w.parse::<i64>().ok();
    let numbers: Vec<i64> = words().filter_map(number).collect();
    let year = numbers.iter().copied().find(|n| (1970..=9999).contains(n))?;
    let mut others = numbers.iter().copied().filter(|n| (1..=31).contains(n));
    let named = words().find_map(|w| month_named(w.as_bytes()));
    let (month, day) = match named {
        Some(month) => (month, others.next()?),
        None if text.find('年') < text.find('月') || text.get(4..5) == Some("-") => (others.next()?, others.next()?),
        None => return None,
    };
    (month <= 12).then(|| days_from_civil(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_is_read_from_the_date_forms_of_several_locales() {
        let noon = |h: i64| Stamp::dated(days_from_civil(2024, 2, 9), ((h * 60 + 20) * 60 + 5) * 1_000_000, Zone::Local);
        for text in [
            "Fri Feb  9 11:20:05 2024",
            "Fri 09 Feb 2024 11:20:05 AM CET",
            "Fr 09 Feb 2024 11:20:05 CET",
            "2024年02月09日 星期五 11时20分05秒",
        ] {
            assert_eq!(stamp(text.as_bytes()), Some(noon(11)), "{text}");
        }
        assert_eq!(stamp(b"Fri 09 Feb 2024 11:20:05 PM"), Some(noon(23)));
        assert_eq!(stamp(b"Fri 09 Feb 2024 12:20:05 AM"), Some(noon(0)));
    }

    #[test]
    fn an_unknown_months_name_leaves_the_time_of_day() {
        assert_eq!(stamp("пт 09 фев 2024 11:20:05".as_bytes()).map(|s| s.has_date), Some(false));
        assert_eq!(stamp(b"yesterday"), None);
    }
}
