//! How many people use each version at all: `version`, `users`, optionally `app` and `os`; further columns are summed up.

use std::collections::BTreeMap;

/// Uploads per active user of two versions may differ by this factor; beyond, whom the uploads speak for differs.
pub const UPLOADS_APART_MAX: f64 = 3.0;

type Key = (Option<String>, Option<String>, String);

/// Active users.
#[derive(Clone, Debug, Default)]
pub struct Population(BTreeMap<Key, f64>);

impl Population {
    /// Reads the table.
    ///
    /// # Errors
    /// `line: what is wrong`.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let header: Vec<String> = reader.headers().map_err(|e| format!("1: {e}"))?.iter().map(str::to_owned).collect();
        let find = |name: &str| header.iter().position(|h| h == name);
        let needed = |name: &str| find(name).ok_or_else(|| format!("1: there is no column `{name}` (there are: {})", header.join(", ")));
        let (version, users, app, os) = (needed("version")?, needed("users")?, find("app"), find("os"));
        let mut all = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let get = |column: usize| record.get(column).unwrap_or_default().to_owned();
            let number: f64 = get(users).parse().map_err(|_| format!("{line}: users is `{}`, which is not a number", get(users)))?;
            if !number.is_finite() || number < 0.0 {
                return Err(format!("{line}: users is `{number}`; a number that is not negative was expected"));
            }
            *all.entry((app.map(get), os.map(get), get(version))).or_insert(0.0) += number;
        }
        if all.is_empty() {
            return Err("the table has no rows".to_owned());
        }
        Ok(Self(all))
    }

    /// Active users of a version; a table without `app` or `os` is of all of them.
    #[must_use]
    pub fn users(&self, app: Option<&str>, os: Option<&str>, version: &str) -> Option<f64> {
        let fits = |stated: &Option<String>, asked: Option<&str>| stated.is_none() || stated.as_deref() == asked;
        let found: Vec<f64> = self.0.iter().filter(|((a, o, v), _)| v == version && fits(a, app) && fits(o, os)).map(|(_, n)| *n).collect();
        (!found.is_empty()).then(|| found.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_columns_are_summed_and_apps_told_apart() {
        let population = Population::read(b"app,version,device,users\nA,1.0,x,10\nA,1.0,y,5\nB,1.0,x,7\n").unwrap();
        assert_eq!(population.users(Some("A"), Some("ios"), "1.0"), Some(15.0));
        assert_eq!(population.users(Some("A"), None, "2.0"), None);
        assert!(Population::read(b"version\n1.0\n").unwrap_err().contains("no column `users`"));
        assert!(Population::read(b"version,users\n1.0,-4\n").unwrap_err().contains("2: users is `-4`"));
    }
}
