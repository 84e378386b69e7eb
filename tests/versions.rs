//! Version verdicts, slices and update targets against worlds with a planted truth, and what must not change them.

mod support;

use std::collections::BTreeSet;
use support::worlds::{Condition, Made, World, one_of_ten, worlds};
use whyunsent::event::EventRow;
use whyunsent::stats::Collector;
use whyunsent::stats::blame::cells::Counts;
use whyunsent::stats::blame::counts::Family;
use whyunsent::stats::blame::finding::Finding;
use whyunsent::stats::blame::judged::{Judged, judge};
use whyunsent::stats::blame::population::Population;
use whyunsent::stats::blame::ratio::Compared;
use whyunsent::stats::blame::verdict::{Action, Known, Remark};
use whyunsent::taxonomy::Kind;

/// Replicates of each world, and of those where nothing is wrong.
const SEEDS: u64 = 5;
const SEEDS_SILENT: u64 = 20;

type Named = Vec<(String, String)>;

fn named(judged: &Judged, literals: &[(usize, u32)]) -> Named {
    let mut all: Named =
        literals.iter().map(|(d, l)| (judged.cells.dimensions[*d].clone(), judged.cells.levels[*d][*l as usize].clone())).collect();
    all.sort();
    all
}

fn wanted(slice: &[Condition]) -> Named {
    let mut all: Named = slice.iter().map(|(d, l)| ((*d).to_owned(), l.clone())).collect();
    all.sort();
    all
}

fn versions_with(judged: &Judged, finding: Finding) -> BTreeSet<String> {
    judged.versions.iter().filter(|v| v.finding == finding).map(|v| v.version.clone()).collect()
}

/// What a judgement of a world got right and wrong.
#[derive(Debug, Default)]
struct Score {
    versions: [u32; 3],
    slices: [u32; 3],
    updates: [u32; 2],
    wrong: Vec<String>,
}

impl Score {
    fn add(&mut self, world: &World, made: &Made, judged: &Judged) {
        let background = |version: &String| made.background.contains(&vec![("version".to_owned(), version.clone())]);
        let bad = versions_with(judged, Finding::Bad);
        let is = |list: &[&str], version: &String| list.contains(&version.as_str());
        let right = bad.iter().filter(|v| is(&world.bad, v)).count();
        let wrong: Vec<&String> = bad.iter().filter(|v| !is(&world.bad, v) && !is(&world.may_be_bad, v) && !background(v)).collect();
        add(&mut self.versions, right, wrong.len(), world.bad.len() - right);
        let want: BTreeSet<Named> = world.slices.iter().map(|s| wanted(s)).collect();
        let mut found = BTreeSet::new();
        for slice in &judged.slices {
            let own = named(judged, &slice.literals);
            let alias = slice.aliases.iter().map(|a| named(judged, &[*a])).find(|a| want.contains(a));
            found.insert(if want.contains(&own) { own } else { alias.unwrap_or(own) });
        }
        let false_slices: Vec<&Named> = found.iter().filter(|s| !want.contains(*s) && !made.background.contains(*s)).collect();
        add(&mut self.slices, found.intersection(&want).count(), false_slices.len(), want.difference(&found).count());
        if !world.update_to.is_empty() {
            let target = judged.segments.first().and_then(|s| s.update_to.clone()).unwrap_or_default();
            self.updates[usize::from(!world.update_to.contains(&target.as_str()))] += 1;
        }
        for version in &world.confounded {
            assert!(versions_with(judged, Finding::Confounded).contains(*version), "{}: {version} must be confounded", world.name);
        }
        if !wrong.is_empty() || !false_slices.is_empty() {
            self.wrong.push(format!("{}: {wrong:?} {false_slices:?}", world.name));
        }
    }
}

fn add(sums: &mut [u32; 3], right: usize, wrong: usize, missed: usize) {
    for (sum, n) in sums.iter_mut().zip([right, wrong, missed]) {
        *sum += u32::try_from(n).unwrap();
    }
}

#[test]
fn planted_versions_slices_and_targets_are_found_and_hardly_anything_else() {
    let mut score = Score::default();
    let mut silent = (0, 0);
    for (number, world) in (0..).zip(worlds()) {
        for seed in 0..if world.planted.is_empty() { SEEDS_SILENT } else { SEEDS } {
            let made = world.make(1_000 * number + seed);
            let judged = judge(&made.family, &Known::default());
            let before = score.wrong.len();
            score.add(&world, &made, &judged);
            if world.planted.is_empty() {
                silent.0 += 1;
                silent.1 += u32::from(score.wrong.len() > before);
            }
        }
    }
    let share = |[right, wrong, missed]: [u32; 3]| {
        (f64::from(right) / f64::from(right + wrong).max(1.0), f64::from(right) / f64::from(right + missed).max(1.0))
    };
    let (version_precision, version_recall) = share(score.versions);
    let (slice_precision, slice_recall) = share(score.slices);
    assert!(version_precision >= 0.95 && version_recall >= 0.95, "versions {:?}: {:?}", score.versions, score.wrong);
    assert!(slice_precision >= 0.95 && slice_recall >= 0.95, "slices {:?}: {:?}", score.slices, score.wrong);
    assert!(score.updates[0] >= 9 * score.updates[1], "updates {:?}", score.updates);
    assert!(silent.1 * 20 <= silent.0, "{silent:?}: {:?}", score.wrong);
}

/// A two-proportion test on crude rates with a minimum effect: what people do without all this.
fn crude_accuses(family: &Family) -> BTreeSet<String> {
    let place = family.dimensions.iter().position(|d| d == "version").unwrap();
    let sum = |keep: &dyn Fn(&str) -> bool| {
        let rows = family.rows.iter().filter(|(names, _)| keep(&names[place]));
        rows.fold((0.0, 0.0), |(n, k), (_, c)| (n + c.attempts, k + c.unsent))
    };
    let versions: BTreeSet<&String> = family.rows.iter().map(|(names, _)| &names[place]).collect();
    let is_worse = |version: &&&String| {
        let ((n1, k1), (n2, k2)) = (sum(&|v| v == version.as_str()), sum(&|v| v != version.as_str()));
        let (p1, p2, pooled) = (k1 / n1, k2 / n2, (k1 + k2) / (n1 + n2));
        let z = (p1 - p2) / (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
        z > 2.6 && p1 >= 1.15 * p2
    };
    versions.iter().filter(is_worse).map(|v| (*v).clone()).collect()
}

#[test]
fn the_traps_are_real_a_crude_test_falls_into_them() {
    let world = |name: &str| worlds().into_iter().find(|w| w.name.starts_with(name)).unwrap();
    let accused = |name: &str| crude_accuses(&world(name).make(77).family);
    assert!(accused("the newest version went first").contains("3.5.2"));
    assert!(accused("a version is used most where").contains("3.3.1"));
    assert!(!accused("a bad version looks good").contains("3.4.1"));
    assert!(accused("a version ran on one device only").contains("4.0.0"));
}

fn row(names: &[&str], attempts: f64, unsent: f64) -> (Vec<String>, Counts) {
    (names.iter().map(|n| (*n).to_owned()).collect(), Counts { attempts, unsent, ..Counts::default() })
}

fn family(dimensions: &[&str], rows: Vec<(Vec<String>, Counts)>) -> Family {
    Family { dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(), rows, ..Family::default() }
}

/// All that is said of each version and slice, as text.
fn said(judged: &Judged) -> Vec<String> {
    let versions = judged.versions.iter().zip(&judged.verdicts).map(|(v, verdict)| {
        let row = &v.row;
        format!("{} {:?} {:?} {:.6} {:.6} {:.6}", v.version, v.finding, verdict.action, row.expected, row.interval.0, row.interval.1)
    });
    let slices = judged.slices.iter().map(|s| format!("{:?} {:.6}", named(judged, &s.literals), s.expected));
    versions.chain(slices).collect()
}

#[test]
fn order_split_cells_a_constant_dimension_and_other_names_change_nothing() {
    let world = worlds().into_iter().find(|w| w.name == "one version is bad").unwrap();
    let made = world.make(5).family;
    let plain = said(&judge(&made, &Known::default()));
    let mut reversed = made.clone();
    reversed.rows.reverse();
    assert_eq!(said(&judge(&reversed, &Known::default())), plain);
    let mut split = made.clone();
    let halves = |(names, counts): &(Vec<String>, Counts)| {
        let first = Counts {
            attempts: (counts.attempts / 2.0).floor(),
            unsent: (counts.unsent / 2.0).floor(),
            users: Some(0.0),
            unsent_sq: Some(0.0),
            ..Counts::default()
        };
        let rest = Counts { attempts: counts.attempts - first.attempts, unsent: counts.unsent - first.unsent, ..counts.clone() };
        [(names.clone(), first), (names.clone(), rest)]
    };
    split.rows = made.rows.iter().flat_map(halves).collect();
    assert_eq!(said(&judge(&split, &Known::default())), plain);
    let mut constant = made.clone();
    constant.dimensions.push("planet".to_owned());
    constant.rows.iter_mut().for_each(|(names, _)| names.push("earth".to_owned()));
    assert_eq!(said(&judge(&constant, &Known::default())), plain);
    let mut renamed = made.clone();
    renamed.rows.iter_mut().for_each(|(names, _)| names[1] = names[1].replace('D', "Model "));
    let back: Vec<String> = said(&judge(&renamed, &Known::default())).into_iter().map(|line| line.replace("Model ", "D")).collect();
    assert_eq!(back, plain);
}

#[test]
fn a_network_outage_week_changes_no_version_verdict() {
    // Half of all mobile messages of every version fail more for a week.
    let world = World { planted: vec![(vec![("version", "3.4.1".to_owned())], 2.5)], ..worlds().remove(2) };
    let outage = World {
        planted: vec![(vec![("version", "3.4.1".to_owned())], 2.5), (vec![("network", "cell".to_owned())], 4.0)],
        ..worlds().remove(2)
    };
    let bad = |world: &World| versions_with(&judge(&world.make(9).family, &Known::default()), Finding::Bad);
    assert_eq!(bad(&world), bad(&outage));
}

#[test]
fn a_crude_rate_can_accuse_the_better_version_f1() {
    // Real numbers of a game's two versions (https://blog.coolmaze.io/posts/015-did-you-say-simpson): the new one has
    // many more newcomers, who fail more with either.
    let rows = vec![
        row(&["1.0", "newcomer"], 466.0 + 1_131.0, 466.0),
        row(&["1.0", "experienced"], 1_051.0 + 11_850.0, 1_051.0),
        row(&["1.1", "newcomer"], 3_990.0 + 10_946.0, 3_990.0),
        row(&["1.1", "experienced"], 1_037.0 + 17_476.0, 1_037.0),
    ];
    let judged = judge(&family(&["version", "users_are"], rows), &Known::default());
    let new = &judged.versions[0];
    assert_eq!((new.version.as_str(), new.finding), ("1.1", Finding::Ok));
    let two = |x: f64| (x * 100.0).round() / 100.0;
    assert_eq!(two(new.row.raw_ratio), 1.44);
    assert_eq!((two(new.row.ratio()), two(new.row.interval.0), two(new.row.interval.1)), (0.86, 0.80, 0.92));
    assert!(judged.verdicts.iter().all(|v| !matches!(v.action, Action::Pull | Action::ForceUpdate)));
    assert!(judged.verdicts[0].remarks.contains(&Remark::MixEffect));
}

#[test]
fn one_version_all_failures_no_failures_and_next_to_nothing_are_stated_not_guessed() {
    for rows in [
        vec![row(&["1.0", "a"], 500.0, 20.0)],
        vec![row(&["1.0", "a"], 500.0, 500.0), row(&["1.1", "b"], 400.0, 400.0)],
        vec![row(&["1.0", "a"], 500.0, 0.0), row(&["1.1", "b"], 400.0, 0.0)],
        vec![row(&["1.0", "a"], 1.0, 1.0), row(&["1.1", "b"], 1.0, 0.0)],
        vec![row(&["1.0", "a"], 0.0, 0.0)],
        Vec::new(),
    ] {
        let judged = judge(&family(&["version", "device"], rows.clone()), &Known::default());
        for (version, verdict) in judged.versions.iter().zip(&judged.verdicts) {
            let row = &version.row;
            assert!(!matches!(verdict.action, Action::Pull | Action::ForceUpdate), "{rows:?}");
            assert!(
                [row.expected, row.ratio(), row.interval.0, row.raw_ratio, verdict.smallest_shown].iter().all(|x| !x.is_nan()),
                "{rows:?} {row:?}"
            );
        }
    }
}

#[test]
fn intervals_cover_the_truth_at_three_ten_and_a_hundred_events() {
    let mut numbers = support::Numbers(11);
    let mut poisson = |mean: f64| {
        let (mut n, mut sum) = (0_u32, 0.0);
        loop {
            sum -= (1.0 - numbers.share()).ln();
            if sum > mean {
                return f64::from(n);
            }
            n += 1;
        }
    };
    for expected in [3.0, 10.0, 100.0] {
        let worth = 400.0;
        let runs = 4_000;
        let mut covered = 0;
        for run in 0..runs {
            // Counts are whole: over means around the nominal one their steps even out. The comparator scatters too.
            let expected = expected * (0.75 + 0.5 * f64::from(run) / f64::from(runs));
            let comparator = poisson(worth).max(1.0);
            let (low, high) = Compared::new(poisson(expected), expected * comparator / worth, comparator, 1.0).interval(0.95);
            covered += u32::from(low <= 1.0 && 1.0 <= high);
        }
        let share = f64::from(covered) / f64::from(runs);
        assert!((0.93..=0.97).contains(&share), "{expected}: {share}");
    }
}

/// A/A: nothing but chance tells the halves apart.
#[test]
fn random_halves_of_the_sample_users_are_pulled_hardly_ever() {
    let rows = support::rows(&[support::root().join("sample-logs")], |_| {});
    let rows: Vec<EventRow> = rows.into_iter().filter(|row| row.app.as_deref() == Some("TokenIM") && row.kind != Kind::Upload).collect();
    let user = |row: &EventRow| row.user.clone().unwrap_or_else(|| row.bundle.clone());
    let mut users: Vec<String> = rows.iter().map(user).collect();
    users.sort_unstable();
    users.dedup();
    assert!(users.len() >= 40, "{}", users.len());
    let (runs, mut pulled) = (500_u32, 0);
    let mut random = support::Numbers(500);
    for _ in 0..runs {
        let first: BTreeSet<&String> = users.iter().filter(|_| random.share() < 0.5).collect();
        let mut collector = Collector::new(Vec::new(), chrono_tz::Tz::UTC);
        for row in &rows {
            let half = if first.contains(&user(row)) { "1.0" } else { "1.1" };
            collector.add(&[EventRow { app_version: Some(half.to_owned()), ..row.clone() }]);
        }
        let blame = collector.finish(&Known::default()).blame;
        pulled += u32::from(blame.judged.iter().flat_map(|j| &j.verdicts).any(|v| v.action == Action::Pull));
    }
    assert!(pulled * 20 <= runs, "{pulled} of {runs}");
}

/// How often one bad version of ten is found, by messages and ratio; docs/statistics.md shows the table.
#[test]
fn the_power_table_of_the_document_is_what_simulation_gives() {
    const SIZES: [usize; 3] = [5_000, 20_000, 60_000];
    const RATIOS: [f64; 5] = [1.0, 1.3, 1.5, 2.0, 3.0];
    const RUNS: u64 = 40;
    let cells: Vec<(usize, f64)> = SIZES.iter().flat_map(|size| RATIOS.map(|ratio| (*size, ratio))).collect();
    let found = |(number, (size, ratio)): (u64, (usize, f64))| {
        let (mut right, mut wrong) = (0, 0);
        for seed in 0..RUNS {
            let made = one_of_ten(size, ratio).make(900_000 + number * RUNS + seed);
            let bad = versions_with(&judge(&made.family, &Known::default()), Finding::Bad);
            let background = |version: &str| made.background.contains(&vec![("version".to_owned(), version.to_owned())]);
            right += usize::from(bad.contains("3.4.1"));
            wrong += bad.iter().filter(|v| *v != "3.4.1" && !background(v)).count();
        }
        (right, wrong)
    };
    let counts: Vec<(usize, usize)> = (0..).zip(cells).map(found).collect();
    let wrong: usize = counts.iter().map(|(_, wrong)| wrong).sum();
    let rows = SIZES.iter().zip(counts.chunks(RATIOS.len())).map(|(size, counts)| {
        let counts: Vec<String> = counts.iter().map(|(right, _)| right.to_string()).collect();
        format!("| {},000 | {} |\n", size / 1_000, counts.join(" | "))
    });
    let table: String = rows.collect();
    // In one run of twenty at most.
    assert!(wrong * 20 <= RUNS as usize * counts.len(), "{wrong} other versions were accused:\n{table}");
    println!("{wrong} other versions accused in {} runs", RUNS as usize * counts.len());
    let path = support::root().join("docs/statistics.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let head = "|---|---|---|---|---|---|\n";
    let start = document.find(&format!("{head}| 5,000")).unwrap() + head.len();
    let end = start + document[start..].find("\n\n").unwrap() + 1;
    if std::env::var_os("WHYUNSENT_UPDATE").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &document[..start], &document[end..])).unwrap();
        return;
    }
    assert_eq!(&document[start..end], table, "WHYUNSENT_UPDATE=1 writes the table anew");
}

#[test]
fn nothing_is_pulled_where_its_users_upload_far_more_often_than_others() {
    let world = worlds().remove(2);
    let family = world.make(5).family;
    let users = |version: &str| if version == "3.4.1" { 200.0 } else { 5_000.0 };
    let table: String = world.versions.iter().map(|(v, _)| format!("{v},{}\n", users(v))).collect();
    let population = Population::read(format!("version,users\n{table}").as_bytes()).unwrap();
    let known = Known { population: Some(&population), ..Known::default() };
    let of = |judged: &Judged| {
        let place = judged.versions.iter().position(|v| v.version == "3.4.1").unwrap();
        (judged.versions[place].finding, judged.verdicts[place].action, judged.verdicts[place].remarks.contains(&Remark::UploadRatesDiffer))
    };
    assert_eq!(of(&judge(&family, &Known::default())), (Finding::Bad, Action::Pull, false));
    assert_eq!(of(&judge(&family, &known)), (Finding::Bad, Action::Watch, true));
}

#[test]
fn one_user_with_five_hundred_retries_is_no_slice() {
    let with_users = |names: [&str; 3], attempts: f64, unsent: f64, users: f64, unsent_sq: f64| {
        let (names, counts) = row(&names, attempts, unsent);
        (names, Counts { users: Some(users), unsent_sq: Some(unsent_sq), ..counts })
    };
    let mut rows: Vec<(Vec<String>, Counts)> = Vec::new();
    for version in ["1.0", "1.1", "1.2"] {
        for device in ["a", "b", "c"] {
            rows.push(with_users([version, device, "wifi"], 1_000.0, 30.0, 120.0, 36.0));
        }
    }
    let quiet = judge(&family(&["version", "device", "network"], rows.clone()), &Known::default());
    assert!(quiet.slices.is_empty());
    rows.push(with_users(["1.1", "b", "vpn"], 500.0, 500.0, 1.0, 250_000.0));
    let judged = judge(&family(&["version", "device", "network"], rows), &Known::default());
    assert!(judged.slices.is_empty(), "{:?}", judged.slices);
    assert!(judged.verdicts.iter().all(|v| v.action != Action::Pull));
}
