//! App knowledge as data: what comes in are TOML files, the built-in ones and the user's, what goes
//! out are compiled statements with their steps, contexts and rules.
//!
//! To teach the tool an app, add one file to `builtin/` and one word to [`BUILTIN`]; every example,
//! counter-example and case in it is a test. The syntax is in [`syntax`].

mod builtin;
pub mod check;
pub mod codes;
pub mod compile;
pub mod lexicon;
pub mod literal;
pub mod matcher;
pub mod name;
pub mod pattern;
pub mod signature;
pub mod syntax;

pub use builtin::BUILTIN;

use crate::format::{FAMILIES, GRAMMARS, is_of};
use codes::Codes;
use compile::{Statement, Use};
use lexicon::Lexicon;
use pattern::When;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CODES: &str = include_str!("builtin/codes.csv");
const LEXICON: &str = include_str!("builtin/lexicon.toml");

/// Files of a user's profile directory that are read at most.
const USER_FILES_MAX: usize = 1_000;
/// Largest profile file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Something wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The file, or `builtin:<id>`.
    pub file: String,
    /// 1-based line; 0 where it is the whole file.
    pub line: usize,
    /// 1-based column; 0 where it is the whole line.
    pub column: usize,
    /// What is wrong and what was expected.
    pub what: String,
}

impl std::fmt::Display for ProfileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)
    }
}

/// One profile.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its content.
    pub file: syntax::File,
    /// Its text.
    pub source: Cow<'static, str>,
    /// Where it is from.
    pub origin: String,
}

/// A line of `profiles list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileInfo {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `app`, `sdk`, `system` or `generic`.
    pub kind: &'static str,
    /// Number of steps.
    pub steps: usize,
    /// Number of rules.
    pub rules: usize,
    /// Number of cases.
    pub cases: usize,
    /// Where it is from.
    pub origin: String,
}

/// All profiles in force.
#[derive(Debug)]
pub struct Profiles {
    /// The profiles, by id.
    pub all: Vec<Profile>,
    /// Their compiled statements.
    pub statements: Vec<Statement>,
    /// Error codes.
    pub codes: Codes,
    /// Phrases.
    pub lexicon: Lexicon,
}

impl Profiles {
    /// The built-in profiles.
    ///
    /// # Panics
    /// Never in a released build: a test compiles every built-in profile.
    #[must_use]
    pub fn builtin() -> Self {
        Self::load(None).expect("the built-in profiles compile, as a test proves")
    }

    /// The built-in profiles and those of a directory; a user's profile replaces the built-in one of
    /// the same id.
    ///
    /// # Errors
    /// Everything that is wrong with them, with file, line and column.
    pub fn load(dir: Option<&Path>) -> Result<Self, Vec<ProfileError>> {
        let mut read = builtin::read();
        if let Some(dir) = dir {
            read.par_extend(user_files(dir)?.into_par_iter().map(read_one));
        }
        Self::compile(read)
    }

    /// These profiles and further ones, by origin and text; one of the same id replaces the one that was there.
    ///
    /// # Errors
    /// Everything that is wrong with them, with file, line and column.
    pub fn with(&self, further: Vec<(String, String)>) -> Result<Self, Vec<ProfileError>> {
        Self::compile(self.all.iter().cloned().map(Ok).chain(further.into_iter().map(read_one)).collect())
    }

    fn compile(read: Vec<Result<Profile, ProfileError>>) -> Result<Self, Vec<ProfileError>> {
        let mut errors = Vec::new();
        let mut all: Vec<Profile> = Vec::new();
        for profile in read {
            match profile {
                Ok(profile) => match all.iter_mut().find(|p| p.file.app.id == profile.file.app.id) {
                    Some(old) => *old = profile,
                    None => all.push(profile),
                },
                Err(error) => errors.push(error),
            }
        }
        all.sort_by(|a, b| a.file.app.id.cmp(&b.file.app.id));
        let mut statements = Vec::new();
        for (number, profile) in all.iter().enumerate() {
            let when = if profile.origin.starts_with("builtin:") { When::Needed } else { When::Now };
            match compile::statements(number, &profile.file, when) {
                Ok(found) => statements.extend(found),
                Err(bad) => errors.extend(bad.into_iter().map(|b| profile.error_at(&b.id, &b.what))),
            }
            errors.extend(profile.unknown_formats());
            errors.extend(profile.bad_system_tags());
        }
        let (codes, lexicon) = tables().map_err(|e| vec![e])?;
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Profiles { all, statements, codes, lexicon })
    }

    /// The texts that records are searched for before any is parsed, of all statements or of those that concern a form;
    /// of a text of several lines the longest.
    #[must_use]
    pub fn literals(&self, form: Option<&str>) -> BTreeSet<String> {
        let concerns = |statement: &&Statement| form.is_none_or(|form| self.all[statement.profile].file.app.may_write(form));
        let literals = self.statements.iter().filter(concerns).flat_map(|statement| statement.matcher.literals());
        let line = |literal: &Vec<u8>| {
            let line = literal.split(|b| *b == b'\n').max_by_key(|line| line.len()).unwrap_or_default();
            String::from_utf8_lossy(line).into_owned()
        };
        literals.map(line).filter(|literal| !literal.is_empty()).collect()
    }

    /// One line per profile.
    #[must_use]
    pub fn list(&self) -> Vec<ProfileInfo> {
        self.all
            .iter()
            .map(|p| ProfileInfo {
                id: p.file.app.id.clone(),
                name: p.file.app.name.clone(),
                kind: match p.file.app.kind {
                    syntax::AppKind::App => "app",
                    syntax::AppKind::Sdk => "sdk",
                    syntax::AppKind::System => "system",
                    syntax::AppKind::Generic => "generic",
                },
                steps: p.file.step.len(),
                rules: p.file.rule.len(),
                cases: p.file.case.len(),
                origin: p.origin.clone(),
            })
            .collect()
    }

    /// The text of a profile.
    #[must_use]
    pub fn show(&self, id: &str) -> Option<String> {
        self.all.iter().find(|p| p.file.app.id == id).map(|p| p.source.clone().into_owned())
    }

    /// The version of the rule set: a hash over all profiles, codes and phrases.
    #[must_use]
    pub fn version(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for profile in &self.all {
            hasher.update(profile.source.as_bytes());
        }
        hasher.update(CODES.as_bytes());
        hasher.update(LEXICON.as_bytes());
        format!("{}-{}", env!("CARGO_PKG_VERSION"), &hasher.finalize().to_hex()[..8])
    }

    /// The id of a statement.
    #[must_use]
    pub fn id_of(&self, statement: u32) -> &str {
        let file = &self.profile_of(statement).file;
        match self.statements[statement as usize].role {
            Use::Context(i) => &file.context[i].id,
            Use::Step(i) => &file.step[i].id,
            Use::Rule(i) => &file.rule[i].id,
        }
    }

    /// The profile of a statement.
    #[must_use]
    pub fn profile_of(&self, statement: u32) -> &Profile {
        &self.all[self.statements[statement as usize].profile]
    }

    /// The step of a statement, if it is one.
    #[must_use]
    pub fn step(&self, statement: u32) -> Option<&syntax::Step> {
        match self.statements[statement as usize].role {
            Use::Step(i) => Some(&self.profile_of(statement).file.step[i]),
            Use::Context(_) | Use::Rule(_) => None,
        }
    }

    /// The rule of a statement, if it is one.
    #[must_use]
    pub fn rule(&self, statement: u32) -> Option<&syntax::Rule> {
        match self.statements[statement as usize].role {
            Use::Rule(i) => Some(&self.profile_of(statement).file.rule[i]),
            Use::Context(_) | Use::Step(_) => None,
        }
    }

    /// What a rule says of its verdicts, by the rule's id.
    #[must_use]
    pub fn says(&self, rule: &str) -> Option<&syntax::Says> {
        self.all.iter().flat_map(|p| &p.file.rule).find(|r| r.id == rule).map(|r| &r.says)
    }

    /// The context of a statement, if it is one.
    #[must_use]
    pub fn context(&self, statement: u32) -> Option<&syntax::Context> {
        match self.statements[statement as usize].role {
            Use::Context(i) => Some(&self.profile_of(statement).file.context[i]),
            Use::Step(_) | Use::Rule(_) => None,
        }
    }
}

fn tables() -> Result<(Codes, Lexicon), ProfileError> {
    let error = |file: &str| {
        let file = format!("builtin:{file}");
        move |what| ProfileError { file, line: 0, column: 0, what }
    };
    Ok((Codes::parse(CODES).map_err(error("codes.csv"))?, Lexicon::parse(LEXICON).map_err(error("lexicon.toml"))?))
}

fn read_one((origin, text): (String, String)) -> Result<Profile, ProfileError> {
    Ok(Profile { file: parse(&origin, &text)?, source: text.into(), origin })
}

/// Parses one profile.
///
/// # Errors
/// Line, column and what was expected.
pub fn parse(origin: &str, source: &str) -> Result<syntax::File, ProfileError> {
    toml::from_str(source).map_err(|e| {
        let (line, column) = e.span().map_or((0, 0), |span| position(source, span.start));
        ProfileError { file: origin.to_owned(), line, column, what: e.message().to_owned() }
    })
}

/// Line and column (1-based) of a byte offset.
#[must_use]
pub fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = &source.as_bytes()[..offset.min(source.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}

impl Profile {
    /// An error at the place of an id.
    pub(crate) fn error_at(&self, id: &str, what: &str) -> ProfileError {
        let at = self.source.find(&format!("id = \"{id}\"")).unwrap_or(0);
        let (line, column) = position(&self.source, at);
        ProfileError { file: self.origin.clone(), line, column, what: format!("{id}: {what}") }
    }

    /// What is wrong with its tags of a system: another profile would silence other apps, and each is one whole tag.
    fn bad_system_tags(&self) -> Vec<ProfileError> {
        let app = &self.file.app;
        let error = |text: &str, what: String| {
            let (line, column) = position(&self.source, self.source.find(text).unwrap_or(0));
            ProfileError { file: self.origin.clone(), line, column, what }
        };
        if app.kind != syntax::AppKind::System && !app.system_tags.is_empty() {
            return vec![error("system_tags", "`system_tags` are for profiles with `kind = \"system\"`".to_owned())];
        }
        let is_whole = |tag: &str| !tag.is_empty() && tag.len() < compile::TAG_MAX && compile::ending_of(tag.as_bytes()).is_none();
        let bad = app.system_tags.iter().filter(|tag| !is_whole(tag));
        bad.map(|tag| error(tag, format!("`{tag}` in `system_tags` is not a whole tag of less than {} bytes", compile::TAG_MAX))).collect()
    }

    fn unknown_formats(&self) -> Vec<ProfileError> {
        let families = FAMILIES.iter().map(|(family, _)| *family);
        let known: Vec<&str> = families.chain(GRAMMARS.iter().map(|g| g.info().id)).collect();
        let unknown = self.file.app.formats.iter().filter(|f| !known.contains(&f.as_str()));
        unknown
            .map(|f| {
                let (line, column) = position(&self.source, self.source.find(f.as_str()).unwrap_or(0));
                let what = format!("format `{f}` is not known (known: {})", known.join(", "));
                ProfileError { file: self.origin.clone(), line, column, what }
            })
            .collect()
    }
}

impl syntax::App {
    /// Whether its statements may stand in a form.
    #[must_use]
    pub fn may_write(&self, form: &str) -> bool {
        self.formats.is_empty() || self.formats.iter().any(|name| is_of(form, name))
    }
}

/// The `*.toml` files of a directory, sorted.
fn user_files(dir: &Path) -> Result<Vec<(String, String)>, Vec<ProfileError>> {
    let error = |file: &Path, what: String| vec![ProfileError { file: file.display().to_string(), line: 0, column: 0, what }];
    let entries = std::fs::read_dir(dir).map_err(|e| error(dir, format!("cannot read the directory of profiles: {e}")))?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|x| x == "toml")).collect();
    paths.sort();
    if paths.len() > USER_FILES_MAX {
        return Err(error(dir, format!("more than {USER_FILES_MAX} profiles")));
    }
    paths
        .into_iter()
        .map(|path| {
            let size = std::fs::metadata(&path).map_or(0, |m| m.len());
            if size > FILE_BYTES_MAX {
                return Err(error(&path, format!("larger than {FILE_BYTES_MAX} bytes")));
            }
            let text = std::fs::read_to_string(&path).map_err(|e| error(&path, e.to_string()))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_profile_compiles_and_is_named_like_its_file() {
        let profiles = Profiles::load(None).map_err(|e| e.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let profiles = profiles.unwrap_or_else(|e| panic!("{e}"));
        for (id, text) in BUILTIN {
            assert!(profiles.all.iter().any(|p| p.file.app.id == *id), "{id}");
            let file = parse(id, text).unwrap();
            assert!(compile::statements(0, &file, When::Now).is_ok(), "{id}");
        }
    }

    #[test]
    fn an_unknown_key_names_its_place_and_the_known_ones() {
        let error = parse("x.toml", "[app]\nid = \"x\"\nnmae = \"X\"\n").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.what.contains("nmae") && error.what.contains("name"), "{error}");
    }

    #[test]
    fn only_a_profile_of_a_system_says_which_whole_tags_are_of_it() {
        let profile = |kind: &str, tag: &str| {
            let app = format!("[app]\nid = \"x\"\nname = \"X\"\nkind = \"{kind}\"\nsystem_tags = [\"{tag}\"]\nreference = \"r\"\n");
            Profiles::builtin().with(vec![("x.toml".to_owned(), app)])
        };
        assert!(profile("system", "Compositor").is_ok());
        for (kind, tag) in [("app", "Compositor"), ("system", "*Compositor"), ("system", ""), ("system", "ATagThatAndroidWouldCut")] {
            let errors = profile(kind, tag).unwrap_err();
            assert_eq!(errors.iter().map(|e| e.what.contains("system_tags")).collect::<Vec<_>>(), [true], "{kind} {tag}");
        }
        assert_eq!(profile("app", "Compositor").unwrap_err()[0].line, 5);
    }

    #[test]
    fn no_app_that_is_known_prints_under_a_tag_of_the_system() {
        let profiles = Profiles::builtin();
        let of_system: BTreeSet<&str> = profiles.all.iter().flat_map(|p| &p.file.app.system_tags).map(String::as_str).collect();
        assert!(of_system.len() > 20);
        for statement in &profiles.statements {
            if profiles.all[statement.profile].file.app.kind != syntax::AppKind::System {
                assert!(of_system.iter().all(|tag| !compile::is_among(&statement.matcher.tags, tag.as_bytes())), "{statement:?}");
            }
        }
    }
}
