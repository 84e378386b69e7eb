//! A table of aggregated counts, from anybody's warehouse -> rows per app and system.
//!
//! Columns: `attempts`, `unsent`, optionally `users` and `unsent_sq`; every other column is a dimension. `app` and
//! `os` divide the table, `version` is what the version table is of.

use super::cells::{Counts, VERSION};
use super::observed::Observed;
use std::collections::BTreeMap;

/// Columns that hold counts.
const COUNTS: [&str; 4] = ["attempts", "unsent", "users", "unsent_sq"];
/// Columns that divide the table.
const APP: &str = "app";
const OS: &str = "os";
/// Most dimensions.
pub const DIMENSIONS_MAX: usize = 12;
/// Most versions of one app and system.
pub const VERSIONS_MAX: usize = 1_000;
/// What an empty level is called.
const NOT_STATED: &str = "(not stated)";

/// Counts of one app and system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Family {
    /// The app, where the table has a column of it.
    pub app: Option<String>,
    /// The system.
    pub os: Option<String>,
    /// Names of the dimensions.
    pub dimensions: Vec<String>,
    /// Levels and counts.
    pub rows: Vec<(Vec<String>, Counts)>,
    /// What logs say of its versions besides; empty for a table of counts.
    pub observed: BTreeMap<String, Observed>,
}

/// Reads a table.
///
/// # Errors
/// `line: what is wrong and what was expected`.
pub fn read(text: &[u8]) -> Result<Vec<Family>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let header: Vec<String> = reader.headers().map_err(|e| format!("1: {e}"))?.iter().map(str::to_owned).collect();
    let columns = Columns::of(&header)?;
    let mut families: BTreeMap<(Option<String>, Option<String>), Family> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let get = |column: usize| record.get(column).unwrap_or_default();
        let counts = columns.counts(&get).map_err(|e| format!("{line}: {e}"))?;
        let level = |column: &usize| if get(*column).is_empty() { NOT_STATED.to_owned() } else { get(*column).to_owned() };
        let key = (columns.app.as_ref().map(level), columns.os.as_ref().map(level));
        let family = families.entry(key).or_insert_with_key(|(app, os)| Family {
            app: app.clone(),
            os: os.clone(),
            dimensions: columns.dimensions.iter().map(|c| header[*c].clone()).collect(),
            ..Family::default()
        });
        family.rows.push((columns.dimensions.iter().map(level).collect(), counts));
    }
    if families.is_empty() {
        return Err("the table has no rows".to_owned());
    }
    for family in families.values() {
        family.check()?;
    }
    Ok(families.into_values().collect())
}

struct Columns {
    attempts: usize,
    unsent: usize,
    users: Option<usize>,
    unsent_sq: Option<usize>,
    app: Option<usize>,
    os: Option<usize>,
    dimensions: Vec<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, String> {
        for (place, name) in header.iter().enumerate() {
            if name.is_empty() {
                return Err(format!("1: column {} has no name", place + 1));
            }
            if header[..place].contains(name) {
                return Err(format!("1: column `{name}` is there twice"));
            }
        }
        let find = |name: &str| header.iter().position(|h| h == name);
        let needed = |name: &str| find(name).ok_or_else(|| format!("1: there is no column `{name}` (there are: {})", header.join(", ")));
        let is_dimension = |place: &usize| {
            let name = header[*place].as_str();
            !COUNTS.contains(&name) && name != APP && name != OS
        };
        let dimensions: Vec<usize> = (0..header.len()).filter(is_dimension).collect();
        if dimensions.is_empty() {
            return Err(format!("1: there is no dimension: a column besides {} ({VERSION}, device, network …)", COUNTS.join(", ")));
        }
        if dimensions.len() > DIMENSIONS_MAX {
            return Err(format!("1: there are {} dimensions, at most {DIMENSIONS_MAX} are compared", dimensions.len()));
        }
        Ok(Self {
            attempts: needed("attempts")?,
            unsent: needed("unsent")?,
            users: find("users"),
            unsent_sq: find("unsent_sq"),
            app: find(APP),
            os: find(OS),
            dimensions,
        })
    }

    fn counts<'r>(&self, get: &impl Fn(usize) -> &'r str) -> Result<Counts, String> {
        let attempts = whole("attempts", get(self.attempts))?;
        let unsent = whole("unsent", get(self.unsent))?;
        if unsent > attempts {
            return Err(format!("unsent is {unsent}, more than the {attempts} attempts"));
        }
        let other = |column: Option<usize>, name: &str| column.map(|c| amount(name, get(c))).transpose();
        Ok(Counts { attempts, unsent, users: other(self.users, "users")?, unsent_sq: other(self.unsent_sq, "unsent_sq")?, offset: 0.0 })
    }
}

/// A count: whole and not negative.
fn whole(name: &str, text: &str) -> Result<f64, String> {
    let value = amount(name, text)?;
    if value.fract() != 0.0 {
        return Err(format!("{name} is `{text}`, which is not a whole number"));
    }
    Ok(value)
}

/// A number that is not negative.
fn amount(name: &str, text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{name} is `{text}`, which is not a number"))?;
    if !(0.0..=1e15).contains(&value) {
        return Err(format!("{name} is `{text}`; a number from 0 to 1e15 was expected"));
    }
    Ok(value)
}

impl Family {
    fn check(&self) -> Result<(), String> {
        let Some(place) = self.dimensions.iter().position(|d| d == VERSION) else { return Ok(()) };
        let mut versions: Vec<&str> = self.rows.iter().map(|(names, _)| names[place].as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        if versions.len() > VERSIONS_MAX {
            return Err(format!("there are {} versions, at most {VERSIONS_MAX} are compared: leave old ones out", versions.len()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_counts_is_refused_with_its_line_and_column() {
        for (table, error) in [
            ("version,attempts\n1,2\n", "no column `unsent`"),
            ("version,version,attempts,unsent\n", "`version` is there twice"),
            ("attempts,unsent\n1,1\n", "no dimension"),
            ("version,attempts,unsent\n1.0,-3,0\n", "2: attempts is `-3`"),
            ("version,attempts,unsent\n1.0,3.5,0\n", "2: attempts is `3.5`, which is not a whole number"),
            ("version,attempts,unsent\n1.0,3,1\n1.1,3,4\n", "3: unsent is 4, more than the 3 attempts"),
            ("version,attempts,unsent,users\n1.0,3,1,-1\n", "2: users is `-1`"),
            ("version,attempts,unsent\n1.0,NaN,1\n", "2: attempts is `NaN`"),
            ("version,attempts,unsent\n1.0,3\n", "found record with 2 fields"),
            ("version,attempts,unsent\n", "no rows"),
        ] {
            let found = read(table.as_bytes()).unwrap_err();
            assert!(found.contains(error), "{table:?}: {found}");
        }
    }

    #[test]
    fn apps_and_systems_are_tables_of_their_own() {
        let families = read(b"app,os,version,attempts,unsent,users\nA,ios,1,10,1,2.5\nA,android,1,10,1,1\nA,ios,2,10,1,\n");
        assert!(families.unwrap_err().contains("4: users is ``"));
        let families = read(b"app,os,version,attempts,unsent\nA,ios,1,10,1\nA,android,,10,1\nA,ios,2,10,1\n").unwrap();
        assert_eq!(families.len(), 2);
        assert_eq!((families[0].os.as_deref(), families[0].rows.len()), (Some("android"), 1));
        assert_eq!(families[0].rows[0].0, [NOT_STATED]);
        assert_eq!(families[1].dimensions, ["version"]);
    }
}
