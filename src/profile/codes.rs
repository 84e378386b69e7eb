//! Error codes of chat SDKs -> causes. What comes in is (sdk, code); codes are not unique across SDKs.

use crate::taxonomy::Cause;
use std::collections::HashMap;

/// What a code says of a failed send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMeaning {
    /// The cause.
    Cause(Cause),
    /// The cause that codes of this type have where nothing says more.
    OfType(Cause),
    /// No failure of a send: success, cancelled by the user, or repeated by the client itself.
    None,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Codes(HashMap<(String, String), CodeMeaning>);

impl Codes {
    /// Reads a table with the columns `sdk`, `code` and `cause` (others are for people).
    ///
    /// # Errors
    /// A sentence that names line and column of the first thing that cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|e| e.to_string())?.clone();
        let column = |name: &str| headers.iter().position(|h| h == name).ok_or_else(|| format!("codes.csv has no column `{name}`"));
        let (sdk, code, cause) = (column("sdk")?, column("code")?, column("cause")?);
        let mut table = HashMap::new();
        for row in reader.records() {
            let row = row.map_err(|e| e.to_string())?;
            let get = |i: usize| row.get(i).unwrap_or_default().trim();
            let line = row.position().map_or(0, csv::Position::line);
            let meaning = match get(cause) {
                "none" => CodeMeaning::None,
                label => CodeMeaning::Cause(label.parse().map_err(|e| format!("codes.csv line {line}: {e}"))?),
            };
            table.insert((get(sdk).to_owned(), get(code).to_owned()), meaning);
        }
        Ok(Codes(table))
    }

    /// The meaning of a code; in the table `10016-20000` stands for a range, `FLOOD_WAIT_X` for any number
    /// at X, and of the two-part codes of Mars `5/4xx` for a class of status and `3/*` for the rest of a type.
    #[must_use]
    pub fn get(&self, sdk: &str, code: &str) -> Option<CodeMeaning> {
        let key = |code: &str| (sdk.to_owned(), code.to_owned());
        if let Some(found) = self.0.get(&key(code)) {
            return Some(*found);
        }
        if let Ok(number) = code.parse::<i64>() {
            return self.0.iter().find(|((s, c), _)| s == sdk && in_range(c, number)).map(|(_, m)| *m);
        }
        if let Some((kind, number)) = code.split_once('/') {
            let class = number.get(..1).filter(|_| number.len() == 3).map(|digit| format!("{kind}/{digit}xx"));
            let found = class.and_then(|class| self.0.get(&key(&class))).or_else(|| self.0.get(&key(&format!("{kind}/*"))));
            return found.map(|meaning| match meaning {
                CodeMeaning::Cause(cause) | CodeMeaning::OfType(cause) => CodeMeaning::OfType(*cause),
                CodeMeaning::None => CodeMeaning::None,
            });
        }
        let end = code.trim_end_matches(|c: char| c.is_ascii_digit());
        self.0.get(&key(&format!("{end}X"))).copied()
    }

    /// The causes that some code gives.
    pub fn causes(&self) -> impl Iterator<Item = Cause> {
        self.0.values().filter_map(|m| match m {
            CodeMeaning::Cause(cause) | CodeMeaning::OfType(cause) => Some(*cause),
            CodeMeaning::None => None,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn in_range(range: &str, number: i64) -> bool {
    let Some((from, to)) = range.split_once('-').filter(|(from, _)| !from.is_empty()) else { return false };
    matches!((from.parse::<i64>(), to.parse::<i64>()), (Ok(from), Ok(to)) if (from..=to).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_resolve_by_sdk_range_and_placeholder() {
        let codes = Codes::parse(
            "sdk,code,cause\na,1,network.dns\nb,1,none\nb,20000-29999,service.rejected\nt,FLOOD_WAIT_X,service.rate_limited\n",
        )
        .unwrap();
        assert_eq!(codes.get("a", "1"), Some(CodeMeaning::Cause(Cause::NetworkDns)));
        assert_eq!(codes.get("b", "1"), Some(CodeMeaning::None));
        assert_eq!(codes.get("b", "20006"), Some(CodeMeaning::Cause(Cause::ServiceRejected)));
        assert_eq!(codes.get("t", "FLOOD_WAIT_14"), Some(CodeMeaning::Cause(Cause::ServiceRateLimited)));
        assert_eq!(codes.get("a", "2"), None);
    }

    #[test]
    fn a_two_part_code_falls_back_to_its_class_and_then_to_its_type() {
        let codes = Codes::parse("sdk,code,cause\nm,4/*,network.weak\nm,4/104,network.blocked\nm,5/5xx,service.error\n").unwrap();
        assert_eq!(codes.get("m", "4/104"), Some(CodeMeaning::Cause(Cause::NetworkBlocked)));
        assert_eq!(codes.get("m", "4/-10001"), Some(CodeMeaning::OfType(Cause::NetworkWeak)));
        assert_eq!(codes.get("m", "5/502"), Some(CodeMeaning::OfType(Cause::ServiceError)));
        assert_eq!(codes.get("m", "5/301"), None);
    }

    #[test]
    fn an_unknown_cause_names_its_line() {
        let error = Codes::parse("sdk,code,cause\na,1,network.slow\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("network.slow"), "{error}");
    }
}
