//! Each label of the taxonomy has a way to be found and a word to be said; a forgotten place fails.

use std::collections::BTreeSet;
use whyunsent::profile::Profiles;
use whyunsent::profile::syntax::CauseOf;
use whyunsent::taxonomy::{Cause, Kind};

#[test]
fn every_cause_is_reachable_by_a_rule_a_code_or_a_phrase() {
    let profiles = Profiles::builtin();
    let mut reachable: BTreeSet<Cause> = profiles.codes.causes().chain(profiles.lexicon.causes()).collect();
    for rule in profiles.all.iter().flat_map(|p| &p.file.rule) {
        if let CauseOf::Fixed(cause) = rule.cause {
            reachable.insert(cause);
        }
    }
    let missing: Vec<_> = Cause::ALL.iter().filter(|c| **c != Cause::Unknown && !reachable.contains(c)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_cause_has_at_least_one_remedy() {
    for cause in Cause::ALL {
        assert!(!cause.remedies().is_empty(), "{cause}");
    }
}

#[test]
fn ids_are_unique() {
    let profiles = Profiles::builtin();
    let mut seen = BTreeSet::new();
    for profile in &profiles.all {
        let file = &profile.file;
        let rules = file.rule.iter().map(|r| ("rule", &r.id));
        let steps = file.step.iter().map(|s| ("step", &s.id));
        let contexts = file.context.iter().map(|c| ("context", &c.id));
        for (kind, id) in rules.chain(steps).chain(contexts) {
            assert!(seen.insert((kind, id.clone())), "{kind} {id} twice");
        }
    }
}

#[test]
fn every_match_brings_an_example() {
    let profiles = Profiles::builtin();
    for profile in &profiles.all {
        for rule in profile.file.rule.iter().filter(|r| r.r#match.is_some()) {
            assert!(!rule.examples.is_empty(), "{}", rule.id);
        }
        for context in &profile.file.context {
            assert!(!context.examples.is_empty(), "{}", context.id);
        }
        for step in &profile.file.step {
            assert!(!step.examples.is_empty(), "{}", step.id);
        }
    }
}

#[test]
fn every_kind_of_row_parses_back() {
    for kind in Kind::ALL {
        assert_eq!(kind.as_str().parse::<Kind>().as_ref(), Ok(kind));
    }
}

#[test]
fn every_case_of_the_builtin_profiles_comes_out_as_it_says() {
    let problems: Vec<String> = whyunsent::check_cases(&Profiles::builtin()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
