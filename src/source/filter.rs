//! `--include` and `--exclude`: globs come in; what goes out is whether a file is wanted. A glob
//! without `/` is held against the last part of the path, else against the whole; members of
//! archives are asked by their own path, and by those of the archives around them.

use globset::{Glob, GlobMatcher};

use super::name::split;
use super::problem::{Problem, ProblemKind};

/// The globs of a run.
pub(super) struct Filter {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    given: bool,
}

struct Pattern {
    matcher: GlobMatcher,
    whole: bool,
}

impl Filter {
    /// Compiles the globs; a bad one is a problem and matches nothing.
    pub(super) fn new(include: &[String], exclude: &[String], problems: &mut Vec<Problem>) -> Self {
        let mut compile = |globs: &[String]| -> Vec<Pattern> {
            let mut patterns = Vec::new();
            for glob in globs {
                match Glob::new(glob) {
                    Ok(good) => patterns.push(Pattern { matcher: good.compile_matcher(), whole: glob.contains('/') }),
                    Err(error) => problems
                        .push(Problem::new(glob, ProblemKind::Unreadable, format!("not a glob: {}", error.kind())).action("ignored")),
                }
            }
            patterns
        };
        Self { include: compile(include), exclude: compile(exclude), given: !include.is_empty() }
    }

    /// Whether nothing was asked for.
    pub(super) fn is_open(&self) -> bool {
        !self.given && self.exclude.is_empty()
    }

    /// Whether a document is wanted.
    pub(super) fn wants(&self, file: &str) -> bool {
        !self.excludes(file) && (!self.given || any(&self.include, file))
    }

    /// Whether a file, or an archive around it, is left out.
    pub(super) fn excludes(&self, file: &str) -> bool {
        any(&self.exclude, file)
    }
}

fn any(patterns: &[Pattern], file: &str) -> bool {
    patterns.iter().any(|p| {
        file.split("!/").any(|path| p.matcher.is_match(if p.whole { path } else { split(path).1 })) || (p.whole && p.matcher.is_match(file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_held_against_the_name_the_path_and_the_archives_around() {
        let mut problems = Vec::new();
        let filter = Filter::new(&["*.log".into(), "a/**".into()], &["old.zip".into(), "[".into()], &mut problems);
        assert!(filter.wants("x/y.log") && filter.wants("a/b/c.txt") && filter.wants("z.zip!/a/c.txt"));
        assert!(!filter.wants("x/y.txt") && !filter.wants("old.zip!/y.log"));
        assert!(problems.len() == 1 && problems[0].file == "[");
    }
}
