//! `profiles`: lists, shows and checks the profiles of apps.

use super::args::{Global, ProfilesArgs, ProfilesCommand, ReadArgs};
use super::exit::{BREACHED, DONE, Failure};
use super::listing;
use super::output::Output;
use super::reading::load_profiles;
use super::resolve::resolve;

/// Runs the command.
pub fn run(global: &Global, args: &ProfilesArgs) -> Result<u8, Failure> {
    let read = ReadArgs { profiles: args.profiles.clone(), ..ReadArgs::default() };
    let dir = resolve(global, &read, None, None)?.settings.profiles_dir;
    let profiles = load_profiles(dir.as_deref())?;
    match &args.command {
        ProfilesCommand::List { format } => {
            let rows: Vec<Vec<String>> = profiles
                .list()
                .into_iter()
                .map(|p| vec![p.id, p.name, p.kind.to_owned(), p.steps.to_string(), p.rules.to_string(), p.cases.to_string(), p.origin])
                .collect();
            listing::print(&["id", "name", "kind", "steps", "rules", "cases", "origin"], &rows, *format)?;
            Ok(DONE)
        }
        ProfilesCommand::Show { id } => {
            let known = || profiles.list().into_iter().map(|p| p.id).collect::<Vec<_>>().join(", ");
            let text = profiles.show(id).ok_or_else(|| Failure::usage(format!("profile `{id}` is not known (known: {})", known())))?;
            Output::Stdout.write_all(&text)?;
            Ok(DONE)
        }
        ProfilesCommand::Check => {
            let mut problems = profiles.check_examples();
            problems.extend(crate::check_cases(&profiles));
            let lines: String = problems.iter().map(|p| p.to_string() + "\n").collect();
            let list = profiles.list();
            let cases: usize = list.iter().map(|p| p.cases).sum();
            let told = format!("{lines}{} profiles, {cases} cases, {} problems\n", list.len(), problems.len());
            Output::Stdout.write_all(&told)?;
            Ok(if problems.is_empty() { DONE } else { BREACHED })
        }
    }
}
