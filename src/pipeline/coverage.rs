//! How much of a corpus the profiles look at: which share of an app's records became marks, and which statements
//! were tried most often for nothing.

use super::each::each;
use super::{Reader, Summary};
use crate::profile::Profiles;
use crate::profile::compile::Statement;
use crate::profile::syntax::AppKind;
use crate::redact::{Door, Key};
use crate::scan::Scanner;
use crate::settings::Settings;
use crate::source::{self, Upload};
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What of an app's records became marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppCoverage {
    /// Id of the profile whose steps most of the upload's messages have; `-` where there are none.
    pub profile: String,
    /// Uploads.
    pub uploads: u64,
    /// Records in them.
    pub records: u64,
    /// Records that some statement means.
    pub marked: u64,
}

/// What a statement costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementCost {
    /// Its id.
    pub id: String,
    /// Records that its gate let through: on each, its expressions were run.
    pub tried: u64,
    /// Records that it means.
    pub matched: u64,
}

/// Both, over a corpus.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By profile.
    pub apps: Vec<AppCoverage>,
    /// The statements that were tried, the most wasteful first.
    pub statements: Vec<StatementCost>,
}

/// Measures the profiles on some paths.
///
/// # Errors
/// None at present; kept for the shape of [`super::analyze`].
pub fn coverage(paths: &[PathBuf], settings: &Settings, profiles: &Profiles) -> anyhow::Result<(Coverage, Summary)> {
    let door = Door::new(true, Key::new([0; 32]));
    let reader = Reader { scanner: Scanner::counting(profiles), ..Reader::new(settings, profiles, door, &super::Silent) };
    let mut apps: BTreeMap<String, AppCoverage> = BTreeMap::new();
    let mut matched: Vec<u64> = vec![0; profiles.statements.len()];
    let (mut own, mut files) = (Vec::new(), 0);
    let mut summary = each(paths, settings, &mut |upload| {
        files += upload.documents.len() as u64;
        reader.cover(&upload, &mut apps, &mut matched, &mut own);
        ControlFlow::Continue(())
    });
    summary.files += files;
    summary.add_problems(own);
    let cost = |(number, _): (u32, &Statement)| StatementCost {
        id: profiles.id_of(number).to_owned(),
        tried: reader.scanner.tried(number),
        matched: matched[number as usize],
    };
    let mut statements: Vec<StatementCost> = (0u32..).zip(&profiles.statements).map(cost).filter(|c| c.tried > 0).collect();
    statements.sort_by_key(|c| (std::cmp::Reverse(c.tried.saturating_sub(c.matched)), c.id.clone()));
    Ok((Coverage { apps: apps.into_values().collect(), statements }, summary))
}

impl Reader<'_> {
    fn cover(&self, upload: &Upload, apps: &mut BTreeMap<String, AppCoverage>, matched: &mut [u64], problems: &mut Vec<source::Problem>) {
        let profiles = self.scanner.profiles;
        let read = self.documents(upload, problems);
        let marks = || read.documents.iter().enumerate().flat_map(|(n, d)| d.scanned.marks.iter().map(move |m| (n, m)));
        let mut steps: BTreeMap<usize, usize> = BTreeMap::new();
        let mut records = HashSet::new();
        for (document, mark) in marks() {
            matched[mark.statement as usize] += 1;
            records.insert((document, mark.record_line, mark.part));
            let profile = profiles.statements[mark.statement as usize].profile;
            if profiles.step(mark.statement).is_some() {
                // An app's own steps say whose log it is; the generic ones only where it has none.
                let weight = if profiles.all[profile].file.app.kind == AppKind::Generic { 1 } else { 1_000 };
                *steps.entry(profile).or_default() += weight;
            }
        }
        let main = steps.iter().max_by_key(|(_, n)| **n).map(|(profile, _)| profiles.all[*profile].file.app.id.clone());
        let main = main.unwrap_or_else(|| "-".to_owned());
        let app = apps.entry(main.clone()).or_insert_with(|| AppCoverage { profile: main, ..AppCoverage::default() });
        app.uploads += 1;
        app.records += read.counts.records;
        app.marked += records.len() as u64;
    }
}
