//! What a run still needs of the system -> everything else given up, for good and before the first byte of a stranger's file
//! is read: an upload that takes over its reader can then write to the outputs and to the directory of temporary files alone,
//! start no program, open no connection, and read nothing but the inputs. On Linux, by Landlock, as far as the kernel has it
//! (<https://docs.kernel.org/userspace-api/landlock.html>); nothing happens elsewhere.

use super::reading::warn;
use std::path::Path;

/// What is still needed.
#[derive(Debug)]
pub struct Needs<'a> {
    /// What is read, with all below it, or patterns of it; anything where the inputs are not known yet.
    pub reads: Option<Vec<&'a Path>>,
    /// What is written, whether it is there already or not.
    pub writes: Vec<&'a Path>,
}

/// Gives up what is not needed, in this thread and in those that it starts from now on: call it before there are others.
pub fn enter(needs: &Needs<'_>) {
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::enter(needs, &std::env::temp_dir()) {
        warn(&format!("what reading does not need could not be given up: {error}"));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = needs;
}

/// The directory that a file which will appear needs; what is there and no file is needed itself.
fn place(path: &Path) -> &Path {
    if path.exists() && !path.is_file() { path } else { above(path) }
}

/// What is read for a path: it, or where a pattern of paths begins to be one.
fn root(path: &Path) -> &Path {
    if path.exists() { path } else { above(path) }
}

/// The nearest directory above that is there.
fn above(path: &Path) -> &Path {
    let dirs = path.ancestors().skip(1).map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
    dirs.into_iter().find(|dir| dir.is_dir()).unwrap_or(Path::new("."))
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Needs, place, root};
    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
        RulesetError, RulesetStatus, Scope, make_bitflags, path_beneath_rules,
    };
    use std::path::Path;

    /// The newest version whose rights are asked for; a kernel with an older one grants what it knows of.
    const NEWEST: ABI = ABI::V7;
    /// For outputs, stores and temporary files: files and directories come and go, nothing else, and nothing is run.
    const WRITE: BitFlags<AccessFs> =
        make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer});
    const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    /// How many processors a control group leaves to this process is read there whenever a pool of threads is made.
    const SYSTEM: [&str; 2] = ["/proc/self", "/sys/fs/cgroup"];
    /// The terminal's width is asked of it.
    const TERMINAL: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev});

    pub(super) fn enter(needs: &Needs<'_>, temporary: &Path) -> Result<RulesetStatus, RulesetError> {
        let all = [Path::new("/")];
        let reads: Vec<&Path> = needs.reads.as_deref().unwrap_or(&all).iter().map(|path| root(path)).collect();
        let writes: Vec<&Path> = needs.writes.iter().map(|path| place(path)).chain([temporary]).collect();
        let rules = Ruleset::default()
            // Kernels before 5.19 would forbid all renames between directories, which stores need: nothing is given up there.
            .set_compatibility(CompatLevel::SoftRequirement)
            .handle_access(AccessFs::Refer)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?;
        let rules = allow(rules, &reads, READ)?;
        let rules = allow(rules, &writes, WRITE)?;
        let rules = allow(rules, &SYSTEM, READ)?;
        Ok(allow(rules, &["/dev/tty"], TERMINAL)?.restrict_self()?.ruleset)
    }

    /// What has no name, such as the pipe that is `/dev/stdin`, needs no rule and takes none.
    fn allow(rules: RulesetCreated, paths: &[impl AsRef<Path>], access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
        let named = paths.iter().map(AsRef::as_ref).filter(|path| path.canonicalize().is_ok());
        rules.add_rules(path_beneath_rules(named, access))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_needs_the_nearest_directory_that_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.json");
        assert_eq!(place(&file), dir.path());
        std::fs::write(&file, "").unwrap();
        assert_eq!(place(&file), dir.path());
        assert_eq!(place(&dir.path().join("new/store")), dir.path());
        assert_eq!(place(dir.path()), dir.path());
        assert_eq!(place(Path::new("report.json")), Path::new("."));
    }

    #[test]
    fn a_pattern_of_paths_needs_the_directory_where_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(root(&dir.path().join("*/a?.log")), dir.path());
        assert_eq!(root(dir.path()), dir.path());
        assert_eq!(root(Path::new("*.log")), Path::new("."));
    }

    /// Threads give up what they have for themselves alone, so that tests beside this one keep it.
    #[cfg(target_os = "linux")]
    #[test]
    fn inside_inputs_are_read_and_outputs_written_and_nothing_else_is_possible() {
        use landlock::RulesetStatus;
        use std::io::ErrorKind::PermissionDenied;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["in", "out", "else", "tmp"] {
            std::fs::create_dir(at(name)).unwrap();
            std::fs::write(at(name).join("a.log"), "text").unwrap();
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let [input, report, out] = ["in", "out/report.json", "out"].map(at);
                let needs = Needs { reads: Some(vec![&input]), writes: vec![&report, &out] };
                match linux::enter(&needs, &at("tmp")).unwrap() {
                    RulesetStatus::FullyEnforced => {}
                    less => {
                        assert!(!std::env::var("WHYUNSENT_REQUIRE").is_ok_and(|all| all.contains("landlock")), "{less:?}");
                        eprintln!("SKIPPED: this kernel's Landlock is {less:?}");
                        return;
                    }
                }
                assert_eq!(std::fs::read_to_string(at("in/a.log")).unwrap(), "text");
                assert_eq!(std::fs::read_dir(at("in")).unwrap().count(), 1);
                std::fs::write(at("out/report.json"), "{}").unwrap();
                std::fs::create_dir(at("out/new")).unwrap();
                std::fs::rename(at("out/report.json"), at("out/new/report.json")).unwrap();
                tempfile::tempfile_in(at("tmp")).unwrap();
                let denied = |result: std::io::Result<()>| assert_eq!(result.map_err(|e| e.kind()), Err(PermissionDenied));
                denied(std::fs::read(at("else/a.log")).map(drop));
                denied(std::fs::read_dir(at("else")).map(drop));
                denied(std::fs::write(at("in/a.log"), "other"));
                denied(std::fs::write(at("else/b.log"), "other"));
                denied(std::fs::remove_file(at("in/a.log")));
                denied(std::process::Command::new("/bin/sh").arg("-c").arg("true").status().map(drop));
                denied(std::net::TcpStream::connect(address).map(drop));
                std::thread::spawn(move || assert!(std::net::TcpStream::connect(address).is_err())).join().unwrap();
            });
        });
        assert!(std::fs::read(at("else/a.log")).is_ok());
    }
}
