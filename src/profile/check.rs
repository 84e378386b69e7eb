//! `profiles check`: every example must match its own statement, every counter-example must not.
//! (Cases are whole life cycles; [`crate::check_cases`] runs them through all stages.)

use super::compile::{Statement, Use};
use super::matcher::example_matches;
use super::{Profile, ProfileError, Profiles, position};

impl Profiles {
    /// What is wrong with the examples of all profiles, with file and line.
    #[must_use]
    pub fn check_examples(&self) -> Vec<ProfileError> {
        let mut problems = Vec::new();
        for statement in &self.statements {
            let profile = &self.all[statement.profile];
            let (id, examples, counter_examples) = texts(profile, statement);
            for example in examples {
                if !example_matches(&statement.matcher, example) {
                    problems.push(profile.error_at_text(id, example, "its example does not match"));
                }
            }
            for example in counter_examples {
                if example_matches(&statement.matcher, example) {
                    problems.push(profile.error_at_text(id, example, "its counter-example matches"));
                }
            }
        }
        problems
    }
}

/// The id of a statement, its examples and its counter-examples.
pub(crate) fn texts<'p>(profile: &'p Profile, statement: &Statement) -> (&'p str, &'p [String], &'p [String]) {
    match statement.role {
        Use::Context(i) => {
            let c = &profile.file.context[i];
            (&c.id, &c.examples, &c.counter_examples)
        }
        Use::Step(i) => {
            let s = &profile.file.step[i];
            (&s.id, &s.examples, &s.counter_examples)
        }
        Use::Rule(i) => {
            let r = &profile.file.rule[i];
            (&r.id, &r.examples, &r.counter_examples)
        }
    }
}

impl Profile {
    /// An error at the line of a text that belongs to an id.
    pub(crate) fn error_at_text(&self, id: &str, text: &str, what: &str) -> ProfileError {
        let start = self.source.find(&format!("id = \"{id}\"")).unwrap_or(0);
        let first = text.lines().next().unwrap_or_default();
        let needle: String = first.chars().take_while(|c| !matches!(c, '"' | '\\' | '\t')).collect();
        let at = self.source[start..].find(&needle).map_or(start, |found| start + found);
        let (line, column) = position(&self.source, at);
        ProfileError { file: self.origin.clone(), line, column, what: format!("{id}: {what}: {first}") }
    }
}

impl Profile {
    /// An error at the line of a case.
    pub(crate) fn error_at_text_of_case(&self, name: &str, what: &str) -> ProfileError {
        let at = self.source.find(&format!("name = \"{name}\"")).unwrap_or(0);
        let (line, column) = position(&self.source, at);
        ProfileError { file: self.origin.clone(), line, column, what: format!("case `{name}`: {what}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_of_the_builtin_profiles_holds() {
        let problems: Vec<String> = Profiles::builtin().check_examples().iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    /// A rule without a `match` watches states; what it rests on are the statements of those.
    #[test]
    fn every_builtin_statement_brings_an_example_and_a_counter_example_and_every_rule_its_reference() {
        let profiles = Profiles::builtin();
        let mut bare = Vec::new();
        for statement in &profiles.statements {
            let profile = &profiles.all[statement.profile];
            let (id, examples, counter_examples) = texts(profile, statement);
            let referenced = match statement.role {
                Use::Rule(i) => profile.file.rule[i].reference.is_some(),
                Use::Context(_) | Use::Step(_) => true,
            };
            if examples.is_empty() || counter_examples.is_empty() || !referenced {
                bare.push(id.to_owned());
            }
        }
        assert!(bare.is_empty(), "{}", bare.join("\n"));
    }

    #[test]
    fn a_broken_example_is_reported_with_its_line() {
        let source = "[app]\nid = \"x\"\nname = \"X\"\nkind = \"app\"\nreference = \"r\"\n\n[[step]]\nid = \"x.sent\"\nphase = \"ack\"\nmatch = { message = 'Sent (?<id_msg>\\d+)' }\nexamples = [\n  \"Sent 1\",\n  \"Send 2\",\n]\n";
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.toml"), source).unwrap();
        let problems = Profiles::load(Some(dir.path())).unwrap().check_examples();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 13);
        assert!(problems[0].file.ends_with("x.toml"));
    }
}
