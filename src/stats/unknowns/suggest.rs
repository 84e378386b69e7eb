//! A cluster -> a rule that an engineer can accept, as TOML of a profile.

use super::Cluster;
use crate::profile::Profiles;
use crate::taxonomy::Cause;
use crate::template::VARIABLE_TEXT;
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The shortest window of a rule.
const WITHIN_MIN_MS: i64 = 5_000;
/// Examples of a rule.
const EXAMPLES_MAX: usize = 3;

/// A profile with a rule for each cluster that can have one; each rule names its cluster.
///
/// Where the words of a template mean a cause it is that one, else the cause is left to the engineer and stands as a
/// fault of the program, the one that has to be looked into.
#[must_use]
pub fn profile(clusters: &[Cluster], profiles: &Profiles) -> String {
    let rules: Vec<(&Cluster, String)> = clusters.iter().filter_map(|c| Some((c, rule(c, profiles)?))).collect();
    let forms: BTreeSet<&str> =
        rules.iter().flat_map(|(c, _)| &c.samples).map(|s| s.form.as_str()).filter(|form| !form.is_empty()).collect();
    let forms: Vec<String> = forms.iter().map(|form| format!("\"{form}\"")).collect();
    let mut text = format!(
        "# Suggested rules: read each expression, say the cause, and move the rule to the profile of its app.\n\n[app]\nid = \"suggested\"\nname = \"Suggested rules\"\nkind = \"system\"\nformats = [{}]\nlogs_acks = false\nreference = \"logs of unexplained failures\"\n",
        forms.join(", ")
    );
    for (_, rule) in rules {
        text.push_str(&rule);
    }
    text
}

/// The rule of a cluster, if its expression means all its samples and not the record that it must not mean.
fn rule(cluster: &Cluster, profiles: &Profiles) -> Option<String> {
    // One record is asked for by a rule, not an order of two.
    let pattern = expression(Some(&cluster.template).filter(|_| cluster.then.is_none())?)?;
    let regex = Regex::new(&pattern).ok()?;
    let texts: Vec<&str> = cluster.samples.iter().map(|s| s.record.text.as_str()).collect();
    if texts.is_empty() || !texts.iter().all(|text| regex.is_match(text)) {
        return None;
    }
    let tags: BTreeSet<&str> = cluster.samples.iter().map(|s| s.record.tag.as_str()).filter(|tag| is_word(tag)).collect();
    let meant = profiles.lexicon.find(&cluster.template).map(|found| found.cause);
    let within = (cluster.before_ms * 3 / 2).div_euclid(1_000) * 1_000;
    let within = within.clamp(WITHIN_MIN_MS, crate::cause::candidate::NEAR_REACH_MS);
    let mut out = format!("\n[[rule]]\nid = \"suggested.{}\"\n", cluster.id);
    let _ = writeln!(
        out,
        "# Near {} of the unexplained messages and near {} of as many sent ones; phi {:.2}. `generic`: gives way to any other rule.",
        cluster.unsent, cluster.sent, cluster.phi
    );
    if meant.is_none() {
        out.push_str("# Say which cause it is: none of its words means one.\n");
    }
    let _ = writeln!(out, "cause = \"{}\"", meant.unwrap_or(Cause::SoftwareBug));
    // Until somebody has read it, it takes nothing from any other rule.
    let _ = writeln!(out, "tier = \"local\"\njoin = \"near\"\nwithin_ms = {within}\ngeneric = true");
    out.push_str(
        "says = { en = \"a record near the failure that stands near no sent message\", zh = \"失败前后出现了成功消息附近没有的日志\" }\n",
    );
    let examples: BTreeSet<&str> = texts.into_iter().take(EXAMPLES_MAX).collect();
    let examples: Vec<String> = examples.into_iter().map(quoted).collect();
    let _ = writeln!(out, "examples = [{}]", examples.join(", "));
    if let Some(counter) = cluster.counter.as_ref().filter(|record| !regex.is_match(&record.text)) {
        let _ = writeln!(out, "counter_examples = [{}]", quoted(&counter.text));
    }
    out.push_str("[rule.match]\n");
    if !tags.is_empty() && cluster.samples.iter().all(|s| is_word(&s.record.tag)) {
        let tags: Vec<String> = tags.into_iter().map(quoted).collect();
        let _ = writeln!(out, "tag = [{}]", tags.join(", "));
    }
    let _ = writeln!(out, "message = {}", quoted(&pattern));
    Some(out)
}

/// Whether a tag is a name that can be asked for.
fn is_word(tag: &str) -> bool {
    !tag.is_empty() && !tag.contains('<')
}

/// The expression of a template: constants as they are, anything for what varies or was redacted. None where too
/// little is constant to be looked for.
fn expression(template: &str) -> Option<String> {
    static VARIES: std::sync::LazyLock<Regex> =
        std::sync::LazyLock::new(|| Regex::new(r"<\*>|<[a-z_]{2,12}>|\b(?:u|m|g|d|id|room|event)_[0-9a-f]{12}\b").expect("a constant"));
    let mut pattern = String::from("^");
    let mut longest = 0;
    let mut constant = |text: &str, pattern: &mut String| {
        longest = longest.max(text.split(' ').map(str::len).max().unwrap_or(0));
        let words: Vec<String> = text.split(' ').map(regex::escape).collect();
        pattern.push_str(&words.join(r"\s+"));
    };
    let mut from = 0;
    for found in VARIES.find_iter(template) {
        constant(&template[from..found.start()], &mut pattern);
        // A variable may be nothing between quotes.
        pattern.push_str(".*?");
        from = found.end();
    }
    constant(&template[from..], &mut pattern);
    debug_assert!(VARIES.is_match(VARIABLE_TEXT));
    if template.ends_with(VARIABLE_TEXT) {
        pattern.truncate(pattern.len() - 3);
    }
    (longest >= 4).then_some(pattern)
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    if text.contains(['\'', '\n', '\r']) || text.chars().any(char::is_control) {
        toml::Value::String(text.to_owned()).to_string()
    } else {
        format!("'{text}'")
    }
}

#[cfg(test)]
mod tests {
    use super::super::find::tests::{found, message};
    use super::*;

    #[test]
    fn an_expression_holds_what_is_constant_and_leaves_open_what_varies() {
        assert_eq!(expression("lease <*> was lost to owner <*>").as_deref(), Some(r"^lease\s+.*?\s+was\s+lost\s+to\s+owner\s+"));
        assert_eq!(expression("to <phone> (u_0123456789ab)").as_deref(), None);
        assert_eq!(expression("<*>: <*>"), None);
    }

    #[test]
    fn a_suggested_profile_is_one_that_the_check_of_profiles_accepts() {
        let mut all = Vec::new();
        for n in 0..20 {
            all.push(message(n, true, &[format!("lease {n} isn't ours: owner {n}")]));
            all.push(message(n, false, &[format!("config revision {n}")]));
        }
        let profiles = Profiles::builtin();
        let toml = profile(&found(&all).clusters, &profiles);
        assert!(
            toml.contains("counter_examples") && toml.contains("cause = \"software.bug\"") && toml.contains("tag = ['Gate']"),
            "{toml}"
        );
        let with = profiles.with(vec![("suggested".to_owned(), toml.clone())]);
        assert!(with.is_ok(), "{toml}\n{:?}", with.err());
    }
}
