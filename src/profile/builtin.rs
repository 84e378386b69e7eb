//! The profiles that come with the program: what comes in is JSON that the build made of their TOML (`build.rs`), since every
//! run reads them before anything else and TOML takes longer.

use super::{Profile, ProfileError, parse};
use rayon::prelude::*;
use std::borrow::Cow;

macro_rules! builtin {
    ($($id:literal),+ $(,)?) => {
        /// The built-in profiles: id and text.
        pub const BUILTIN: &[(&str, &str)] = &[$(($id, include_str!(concat!("builtin/", $id, ".toml"))),)+];
        /// The same as JSON.
        const JSON: &[&str] = &[$(include_str!(concat!(env!("OUT_DIR"), "/", $id, ".json")),)+];
    };
}

builtin![
    "android",
    "network",
    "ios",
    "crash-reports",
    "signal-android",
    "mars",
    "openim",
    "openim-v2",
    "tokenim",
    "conversations",
    "monal",
    "dino",
    "gajim",
    "smack",
    "tim",
    "tdlib",
    "telegram-android",
    "signal-desktop",
    "signal-ios",
    "signal-cli",
    "element-x",
    "element-web",
    "element-android",
    "element-ios",
    "nim",
    "easemob",
    "rongcloud",
    "wire",
    "delta-chat",
    "mattermost",
    "rocket-chat",
    "zulip",
    "session-android",
    "nextcloud-talk",
    "threema",
    "sentry",
    "generic"
];

/// Reads all of them.
pub(super) fn read() -> Vec<Result<Profile, ProfileError>> {
    let one = |((id, text), json): (&(&str, &'static str), &&str)| {
        let origin = format!("builtin:{id}");
        // What is wrong with one is told by its TOML, which has lines.
        let file = serde_json::from_str(json).or_else(|_| parse(&origin, text))?;
        Ok(Profile { file, source: Cow::Borrowed(text), origin })
    };
    BUILTIN.par_iter().zip(JSON).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::syntax::File;

    #[test]
    fn a_profile_says_the_same_as_json() {
        for ((id, text), json) in BUILTIN.iter().zip(JSON) {
            let read: File = serde_json::from_str(json).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(format!("{read:?}"), format!("{:?}", parse(id, text).unwrap()), "{id}");
        }
    }
}
