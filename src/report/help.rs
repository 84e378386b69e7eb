//! What a team adds to advice: where its app keeps settings and feedback, how to reach support, and the
//! issues that it knows. Nothing of this is ever invented: without it, the texts do without.

use crate::event::EventRow;
use crate::stats::known::Known;
use crate::taxonomy::Channel;
use serde::Deserialize;

/// Longest text of a channel or a path, in characters: replies stay short.
pub const VALUE_CHARS_MAX: usize = 60;
/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// Menu path of the privacy settings, as the app names it.
    pub privacy_path: Option<String>,
    /// Ways to reach support, the preferred one first.
    pub channels: Vec<Reach>,
    /// Known issues; of several that fit, the first counts.
    pub known: Vec<Known>,
}

/// A way to reach support.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// What kind.
    pub kind: Channel,
    /// Number, address, link or menu path.
    pub value: String,
}

impl Help {
    /// The known issue of a row.
    #[must_use]
    pub fn known(&self, row: &EventRow) -> Option<&Known> {
        self.known.iter().find(|known| known.is_of(row))
    }

    /// What is wrong with its texts.
    ///
    /// # Errors
    /// Which text is empty or too long for a reply.
    pub fn check(&self) -> Result<(), String> {
        let texts = self.channels.iter().map(|c| ("channel", &c.value)).chain(self.privacy_path.iter().map(|p| ("privacy", p)));
        for (name, text) in texts {
            let chars = text.chars().count();
            if chars == 0 || chars > VALUE_CHARS_MAX {
                return Err(format!("{name} `{text}` has {chars} characters (1 to {VALUE_CHARS_MAX} fit into a reply)"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_a_reply_is_refused() {
        let help = Help { privacy_path: Some("x".repeat(61)), ..Help::default() };
        assert!(help.check().unwrap_err().contains("61 characters"));
    }
}
