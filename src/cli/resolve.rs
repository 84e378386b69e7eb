//! Arguments, configuration, environment and defaults -> what is in force, each with its origin.

use super::args::{Global, HowArgs, Switch, Upload, When};
use super::config_file::{self, Found, TargetsFile};
use super::exit::Failure;
use super::spelled::{Duration, Percent};
use crate::report::help::{Help, Reach};
use crate::report::view::TOP;
use crate::scan::{SLAB_BYTES, SLAB_MAX_BYTES};
use crate::settings::{DELAYED_AFTER_MS, PENDING_AFTER_MS, Settings};
use crate::source::{Encoding, Grouping, Options, Secrets};
use crate::stats::known::Known;
use crate::stats::weekly::Targets;
use crate::words::Lang;
use chrono_tz::Tz;
use clap::ValueEnum;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Largest file of known issues.
const KNOWN_BYTES_MAX: u64 = 1 << 20;
/// Most worker threads.
const JOBS_MAX: usize = 1_024;

/// What is in force.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// For the pipeline.
    pub settings: Settings,
    /// The language of the output.
    pub lang: Lang,
    /// The zone of days and of shown times.
    pub zone: Tz,
    /// Whether it was given, or is UTC because none was.
    pub zone_is_given: bool,
    /// When to use colour.
    pub color: When,
    /// Rows shown per table.
    pub top: usize,
    /// Whether what reading does not need is given up.
    pub sandbox: bool,
    /// File with the key of pseudonyms.
    pub key_file: Option<PathBuf>,
    /// File with users to leave out.
    pub exclude_users: Option<PathBuf>,
    /// What the team adds to advice.
    pub help: Help,
    /// What the weekly report measures against.
    pub targets: Targets,
    /// Each setting, its value and where it comes from.
    pub shown: Vec<Setting>,
}

/// A line of `config show`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Setting {
    /// Its name, as flag and in the configuration.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// Puts together what is in force.
///
/// # Errors
/// A wrong value, naming where it stands and what is known.
pub fn resolve(global: &Global, read: &HowArgs, top: Option<usize>, exclude_users: Option<PathBuf>) -> Result<Resolved, Failure> {
    let found = config_file::find(global.config.as_deref()).map_err(Failure::usage)?;
    let mut picker = Picker::new(&found);
    let file = &found.file;
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let show = |path: &PathBuf| path.display().to_string();
    let ms = |d: &Duration| d.to_string();

    let profiles_dir = picker.option("profiles", read.profiles.clone(), file.profiles.clone(), show);
    let delayed = picker.pick(
        "delayed-after",
        read.delayed_after,
        picker.parsed("delayed-after", file.delayed_after.as_deref())?,
        Duration { ms: DELAYED_AFTER_MS },
        ms,
    );
    let pending = picker.pick(
        "pending-after",
        read.pending_after,
        picker.parsed("pending-after", file.pending_after.as_deref())?,
        Duration { ms: PENDING_AFTER_MS },
        ms,
    );
    let redact =
        picker.pick("redact", read.redact.map(|s| s == Switch::On), file.redact, true, |on| if *on { "on".into() } else { "off".into() });
    let key_file = picker.option("key-file", read.key_file.clone(), file.key_file.clone(), show);
    let xlog_key_file = picker.option("xlog-key-file", read.xlog_key_file.clone(), file.xlog_key_file.clone(), show);
    let logan_key_file = picker.option("logan-key-file", read.logan_key_file.clone(), file.logan_key_file.clone(), show);
    let password_file = picker.option("password-file", read.password_file.clone(), file.password_file.clone(), show);
    let secrets = secrets(xlog_key_file.as_deref(), logan_key_file.as_deref(), password_file.as_deref())?;
    let lang = picker.lang(global.lang, picker.parsed("lang", file.lang.as_deref())?);
    let tz = picker.option("tz", zone("--tz", read.tz.as_deref())?, zone("tz", file.tz.as_deref())?, |tz: &Tz| tz.name().to_owned());
    let jobs = picker.pick("jobs", read.jobs, file.jobs, jobs, usize::to_string);
    let slab_bytes = picker.pick("slab-bytes", None, file.slab_bytes, SLAB_BYTES, usize::to_string);
    if !(SLAB_BYTES..=SLAB_MAX_BYTES).contains(&slab_bytes) {
        let origin = picker.origin();
        return Err(Failure::usage(format!("{origin}: slab-bytes: {slab_bytes} is not from {SLAB_BYTES} to {SLAB_MAX_BYTES}")));
    }
    let sandbox = picker.pick("sandbox", None, file.sandbox, true, bool::to_string);
    let strict = picker.pick("strict", read.strict.then_some(true), file.strict, false, bool::to_string);
    let color = picker.pick("color", global.color, picker.valued("color", file.color.as_deref())?, When::Auto, name);
    let top = picker.pick("top", top, file.top, TOP, usize::to_string);
    let globs = |typed: &Vec<String>| (!typed.is_empty()).then(|| typed.clone());
    let list = |globs: &Vec<String>| globs.join(" ");
    let include = picker.pick("include", globs(&read.include), file.include.clone(), Vec::new(), list);
    let exclude = picker.pick("exclude", globs(&read.exclude), file.exclude.clone(), Vec::new(), list);
    let upload = picker.pick("upload", read.upload, picker.valued("upload", file.upload.as_deref())?, Upload::Auto, name);
    let encoding = picker.option("encoding", read.encoding, picker.parsed("encoding", file.encoding.as_deref())?, Encoding::to_string);
    let exclude_users = picker.option("exclude-users", exclude_users, file.exclude_users.clone(), show);

    let known = picker.option("known", None, file.known.clone(), show);
    let privacy_path = picker.option("privacy-path", None, file.privacy_path.clone(), String::clone);
    let kinds = |all: &Vec<Reach>| all.iter().map(|reach| reach.kind.as_str()).collect::<Vec<_>>().join(" ");
    let channels = picker.pick("channel", None, file.channel.clone(), Vec::new(), kinds);
    let help = help(known.as_deref(), privacy_path, channels)?;

    let targets = targets(&mut picker, file.targets.as_ref())?;

    for glob in include.iter().chain(&exclude) {
        globset::Glob::new(glob).map_err(|e| Failure::usage(format!("glob `{glob}`: {}", e.kind())))?;
    }
    let grouping = match upload {
        Upload::Auto => Grouping::Auto,
        Upload::File => Grouping::File,
        Upload::Dir => Grouping::Dir,
    };
    let settings = Settings {
        delayed_after_ms: delayed.ms,
        pending_after_ms: pending.ms,
        redact,
        time_zone: tz,
        jobs: jobs.clamp(1, JOBS_MAX),
        slab_bytes,
        strict,
        profiles_dir,
        source: Options { include, exclude, grouping, encoding, secrets: Arc::new(secrets), ..Options::default() },
        accounts_for_all: false,
        looks_around: false,
        cites_sent: true,
    };
    Ok(Resolved {
        settings,
        lang,
        zone: tz.unwrap_or(Tz::UTC),
        zone_is_given: tz.is_some(),
        color,
        top,
        sandbox,
        key_file,
        exclude_users,
        help,
        targets,
        shown: picker.shown,
    })
}

/// What the weekly report measures against.
fn targets(picker: &mut Picker<'_>, file: Option<&TargetsFile>) -> Result<Targets, Failure> {
    let mut pick = |name: &'static str, text: Option<&String>| -> Result<Option<f64>, Failure> {
        let percent: Option<Percent> = picker.parsed(name, text.map(String::as_str))?;
        Ok(picker.option(name, None, percent, Percent::to_string).map(|p| p.share))
    };
    Ok(Targets {
        unsent: pick("targets.unsent", file.and_then(|t| t.unsent.as_ref()))?,
        unsent_critical: pick("targets.unsent-critical", file.and_then(|t| t.unsent_critical.as_ref()))?,
        client: pick("targets.client", file.and_then(|t| t.client.as_ref()))?,
        client_critical: pick("targets.client-critical", file.and_then(|t| t.client_critical.as_ref()))?,
    })
}

/// What the team adds to advice.
fn help(known: Option<&Path>, privacy_path: Option<String>, channels: Vec<Reach>) -> Result<Help, Failure> {
    let read = |path: &Path| {
        let shown = path.display();
        let size = std::fs::metadata(path).map_err(|e| format!("{shown}: cannot read the known issues: {e}"))?.len();
        if size > KNOWN_BYTES_MAX {
            return Err(format!("{shown}: the known issues are larger than {KNOWN_BYTES_MAX} bytes"));
        }
        let text = std::fs::read_to_string(path).map_err(|e| format!("{shown}: cannot read the known issues: {e}"))?;
        Known::parse(&text).map_err(|e| format!("{shown}:{e}"))
    };
    let known = known.map_or(Ok(Vec::new()), read).map_err(Failure::usage)?;
    let help = Help { privacy_path, channels, known };
    help.check().map_err(Failure::usage)?;
    Ok(help)
}

/// What encrypted containers are opened with.
fn secrets(xlog: Option<&Path>, logan: Option<&Path>, passwords: Option<&Path>) -> Result<Secrets, Failure> {
    let mut secrets = Secrets::default();
    xlog.map_or(Ok(()), |path| secrets.read_xlog_keys(path)).map_err(|e| Failure::usage(format!("--xlog-key-file: {e}")))?;
    logan.map_or(Ok(()), |path| secrets.read_logan_keys(path)).map_err(|e| Failure::usage(format!("--logan-key-file: {e}")))?;
    passwords.map_or(Ok(()), |path| secrets.read_passwords(path)).map_err(|e| Failure::usage(format!("--password-file: {e}")))?;
    Ok(secrets)
}

fn name<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
}

fn zone(place: &str, text: Option<&str>) -> Result<Option<Tz>, Failure> {
    let parse = |text: &str| {
        let wrong = || {
            Failure::usage(format!(
                "{place}: time zone `{text}` is not known (a name of the IANA list, such as UTC, Asia/Shanghai or Europe/Berlin)"
            ))
        };
        chrono_tz::TZ_VARIANTS.iter().copied().find(|z| z.name().eq_ignore_ascii_case(text)).ok_or_else(wrong)
    };
    text.map(parse).transpose()
}

/// Picks values by precedence and notes where each comes from.
struct Picker<'f> {
    found: &'f Found,
    shown: Vec<Setting>,
}

impl<'f> Picker<'f> {
    fn new(found: &'f Found) -> Self {
        Self { found, shown: Vec::new() }
    }

    fn origin(&self) -> String {
        self.found.path.as_ref().map_or_else(|| "configuration".to_owned(), |path| path.display().to_string())
    }

    fn note(&mut self, name: &'static str, value: String, origin: String) {
        self.shown.push(Setting { name, value, origin });
    }

    fn pick<T>(&mut self, name: &'static str, flag: Option<T>, file: Option<T>, default: T, show: impl Fn(&T) -> String) -> T {
        let (value, origin) = match (flag, file) {
            (Some(value), _) => (value, format!("--{name}")),
            (None, Some(value)) => (value, self.origin()),
            (None, None) => (default, "default".to_owned()),
        };
        self.note(name, show(&value), origin);
        value
    }

    fn option<T>(&mut self, name: &'static str, flag: Option<T>, file: Option<T>, show: impl Fn(&T) -> String) -> Option<T> {
        self.pick(name, flag.map(Some), file.map(Some), None, |value| value.as_ref().map(&show).unwrap_or_default())
    }

    /// The language: flag, file, then the locale by the precedence of POSIX.
    fn lang(&mut self, flag: Option<Lang>, file: Option<Lang>) -> Lang {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value));
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        match locale.filter(|_| flag.is_none() && file.is_none()) {
            Some((variable, value)) => {
                let lang = Lang::of_locale(&value);
                self.note("lang", lang.to_string(), format!("environment {variable}={value}"));
                lang
            }
            None => self.pick("lang", flag, file, Lang::En, Lang::to_string),
        }
    }

    /// A value of the file by its `FromStr`.
    fn parsed<T: FromStr<Err: Display>>(&self, name: &str, text: Option<&str>) -> Result<Option<T>, Failure> {
        text.map(|text| text.parse().map_err(|e| Failure::usage(format!("{}: {name}: {e}", self.origin())))).transpose()
    }

    /// A value of the file by its possible values.
    fn valued<T: ValueEnum>(&self, setting: &str, text: Option<&str>) -> Result<Option<T>, Failure> {
        let parse = |text: &str| {
            let known: Vec<String> = T::value_variants().iter().map(name).collect();
            let wrong = |_| Failure::usage(format!("{}: {setting}: `{text}` is not known (known: {})", self.origin(), known.join(", ")));
            T::from_str(text, false).map_err(wrong)
        };
        text.map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_config(config: &str, read: &HowArgs) -> Result<Resolved, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("whyunsent.toml");
        std::fs::write(&path, config).unwrap();
        resolve(&Global { config: Some(path), ..Global::default() }, read, None, None)
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_beats_the_default() {
        let read = HowArgs { delayed_after: Some(Duration { ms: 1_000 }), ..HowArgs::default() };
        let resolved = with_config("delayed-after = \"9s\"\npending-after = \"1h\"\n", &read).unwrap();
        assert_eq!((resolved.settings.delayed_after_ms, resolved.settings.pending_after_ms, resolved.top), (1_000, 3_600_000, TOP));
        let origin = |name: &str| resolved.shown.iter().find(|s| s.name == name).map(|s| s.origin.clone()).unwrap();
        assert_eq!((origin("delayed-after").as_str(), origin("top").as_str()), ("--delayed-after", "default"));
        assert!(origin("pending-after").ends_with("whyunsent.toml"));
    }

    #[test]
    fn a_wrong_value_names_its_place_and_the_known_ones() {
        let error = |config: &str| with_config(config, &HowArgs::default()).unwrap_err().error.to_string();
        assert!(error("lang = \"fr\"").contains("known: en, zh"));
        assert!(error("color = \"red\"").contains("known: auto, always, never"));
        assert!(error("slab-bytes = 4096").contains("is not from 1048576 to 67108864"));
        assert!(error("tz = \"Mars/Base\"").contains("Asia/Shanghai"));
        assert!(error("exclude = [\"[\"]").contains("glob `[`"));
    }
}
