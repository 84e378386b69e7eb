//! The words every stage shares: causes, outcomes, trust and life-cycle phases.
//!
//! Nothing comes in; what goes out are closed enums with one stable spelling each. Sentences for
//! people live in [`crate::words`]; how a cause is inferred lives in [`crate::cause`].

use std::fmt;

/// Whether a new build of the app can remove a cause, as agreed for the client-attributable rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// A build can fix it: counts in the client-attributable rate.
    Build,
    /// Not a build's fault by itself, but a jump between versions is worth a look.
    Watch,
    /// Outside the app.
    Outside,
    /// Nothing is known.
    Unknown,
}

/// The class of a cause: the part before the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Between the phone and the server.
    Network,
    /// The sender's or the recipient's account.
    Account,
    /// Somebody or something did not allow it.
    Permission,
    /// The app, its storage or its process.
    Software,
    /// The server answered with a fault or a limit.
    Service,
    /// What was sent.
    Content,
    /// Nothing in the log says why.
    Unknown,
}

impl Class {
    /// Every class, in order.
    pub const ALL: [Class; Class::Unknown as usize + 1] =
        [Class::Network, Class::Account, Class::Permission, Class::Software, Class::Service, Class::Content, Class::Unknown];
}

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $label:literal, $class:ident, $blame:ident, [$($remedy:ident),*];)+) => {
        /// Why a message was not sent (or was late), or what an incident was: `class.reason`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause { $($(#[$doc])* $variant,)+ }

        impl Cause {
            /// Every cause, in the order of the taxonomy.
            pub const ALL: &'static [Cause] = &[$(Cause::$variant,)+];

            /// The stable label, `class.reason`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Cause::$variant => $label,)+ }
            }

            /// The class of the cause.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Cause::$variant => Class::$class,)+ }
            }

            /// Whether a build can fix it.
            #[must_use]
            pub const fn blame(self) -> Blame {
                match self { $(Cause::$variant => Blame::$blame,)+ }
            }

            /// What to try, cheapest first.
            #[must_use]
            pub const fn remedies(self) -> &'static [Remedy] {
                match self { $(Cause::$variant => &[$(Remedy::$remedy),*],)+ }
            }
        }
    };
}

causes! {
    /// No connectivity at all: airplane mode, no carrier, Wi-Fi off, no route.
    NetworkOffline = "network.offline", Network, Outside, [NetCheck, NetReconnect, NetSwitch];
    /// Link up but poor: weak signal, loss, flapping, hand-over.
    NetworkWeak = "network.weak", Network, Outside, [NetSwitch, NetReconnect, NetSpeed];
    /// Link up, something timed out, nothing says why.
    NetworkTimeout = "network.timeout", Network, Watch, [NetSwitch, AppWait, NetSpeed];
    /// The host name did not resolve while a link was up.
    NetworkDns = "network.dns", Network, Outside, [NetReconnect, NetSwitch, NetIsp];
    /// TLS or certificate failure, interception, wrong device clock.
    NetworkTls = "network.tls", Network, Outside, [NetCheck, NetSwitch, NetOpen];
    /// Refused, reset or filtered: firewall, proxy, captive portal, data saver.
    NetworkBlocked = "network.blocked", Network, Outside, [NetOpen, NetSwitch, NetIsp];
    /// Session or token expired or revoked, device unlinked.
    AccountSignedOut = "account.signed_out", Account, Watch, [AcctRelogin, AcctCheck, HelpChannel];
    /// Disabled for breaking the terms, or with no reason given.
    AccountDisabledPolicy = "account.disabled_policy", Account, Outside, [AcctAppeal, AcctCheck, HelpChannel];
    /// Locked after an abnormal login or suspected theft.
    AccountDisabledSecurity = "account.disabled_security", Account, Outside, [AcctSecure, AcctDevices, HelpChannel];
    /// Disabled after other users' reports.
    AccountDisabledComplaint = "account.disabled_complaint", Account, Outside, [AcctAppeal, AcctCheck, HelpChannel];
    /// Kicked because the account signed in elsewhere, or too many devices.
    AccountDeviceConflict = "account.device_conflict", Account, Outside, [AcctDevices, AcctRelogin, AcctSecure];
    /// The own account was cancelled.
    AccountDeleted = "account.deleted", Account, Outside, [AcctCheck, HelpChannel];
    /// The recipient's account does not exist any more.
    AccountRecipientGone = "account.recipient_gone", Account, Outside, [PeerAsk];
    /// The recipient does not accept messages of the sender.
    PermissionRecipientBlocked = "permission.recipient_blocked", Permission, Outside, [PeerAsk];
    /// The sender is not on an allow list: not a contact, privacy setting.
    PermissionNotAllowed = "permission.not_allowed", Permission, Outside, [PermSelf, PeerAsk, PermTest];
    /// Not in the group or room, or may not write there.
    PermissionNotMember = "permission.not_member", Permission, Outside, [PermGroup, PermTest];
    /// Muted, forbidden to speak for a time.
    PermissionMuted = "permission.muted", Permission, Outside, [PermGroup, AppWait];
    /// The operating system refused.
    PermissionOsDenied = "permission.os_denied", Permission, Watch, [PermOs, DevBackground, PermTest];
    /// The app crashed between enqueue and acknowledgement.
    SoftwareCrash = "software.crash", Software, Build, [AppRestart, AppUpdate, HelpLog, AppReinstall];
    /// Hang of the main thread, deadlock.
    SoftwareUnresponsive = "software.unresponsive", Software, Build, [AppRestart, AppUpdate, HelpLog];
    /// The system killed the process.
    SoftwareKilled = "software.killed", Software, Watch, [DevBackground, AppRestart, HelpLog];
    /// The system or device lacks something that this version needs.
    SoftwareIncompatible = "software.incompatible", Software, Build, [OsUpdate, AppUpdate, HelpLog];
    /// The server refuses this client version.
    SoftwareOutdated = "software.outdated", Software, Watch, [AppUpdate, HelpChannel];
    /// Local database corrupt or locked, disk full, file missing.
    SoftwareStorage = "software.storage", Software, Build, [DevStorage, AppRestart, HelpLog];
    /// End-to-end session or key failure.
    SoftwareCrypto = "software.crypto", Software, Build, [AppRestart, HelpLog];
    /// The send queue is blocked or the job never runs.
    SoftwareStuck = "software.stuck", Software, Build, [AppRestart, HelpLog];
    /// Unhandled exception or invalid state in the send path.
    SoftwareBug = "software.bug", Software, Build, [AppRestart, AppUpdate, HelpLog];
    /// Server fault, outage.
    ServiceError = "service.error", Service, Outside, [AppWait, HelpChannel];
    /// Too many requests, quota, spam challenge.
    ServiceRateLimited = "service.rate_limited", Service, Watch, [AppWait];
    /// The server refused a request for a reason that fits nothing else.
    ServiceRejected = "service.rejected", Service, Watch, [HelpLog, HelpChannel];
    /// Message or attachment too large.
    ContentTooLarge = "content.too_large", Content, Outside, [PermTest];
    /// Moderation, sensitive words, anti-spam.
    ContentRejected = "content.rejected", Content, Outside, [PermTest, HelpChannel];
    /// Message type or media not supported.
    ContentUnsupported = "content.unsupported", Content, Watch, [PermTest, AppUpdate];
    /// Nothing in the log says why.
    Unknown = "unknown", Unknown, Unknown, [HelpLog, HelpChannel];
}

macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $label:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The stable spelling in rows, JSON and profiles.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $label,)+ }
            }
        }

        $crate::taxonomy::parse_by_label!($name);
    };
}
pub(crate) use words;

macro_rules! parse_by_label {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::taxonomy::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::taxonomy::UnknownWord> {
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or_else(|| $crate::taxonomy::UnknownWord {
                    found: text.to_owned(),
                    known: Self::ALL.iter().map(|v| v.as_str()).collect(),
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use parse_by_label;

parse_by_label!(Cause);

/// A spelling that no value of a closed set has; the message lists the known ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    pub(crate) found: String,
    pub(crate) known: Vec<&'static str>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not known (known: {})", self.found, self.known.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// A piece of advice; its sentences are in [`crate::words`].
    Remedy {
        /// Look at the connection.
        NetCheck = "net.check",
        /// Swap Wi-Fi and mobile data.
        NetSwitch = "net.switch",
        /// Turn the link off and on.
        NetReconnect = "net.reconnect",
        /// Measure the speed.
        NetSpeed = "net.speed",
        /// Ask the provider.
        NetIsp = "net.isp",
        /// Try a network without filter.
        NetOpen = "net.open",
        /// Check the account's state.
        AcctCheck = "acct.check",
        /// Sign out and in.
        AcctRelogin = "acct.relogin",
        /// Appeal.
        AcctAppeal = "acct.appeal",
        /// Verify identity, change the password.
        AcctSecure = "acct.secure",
        /// Review the signed-in devices.
        AcctDevices = "acct.devices",
        /// Ask the recipient.
        PeerAsk = "peer.ask",
        /// Change one's own privacy settings.
        PermSelf = "perm.self",
        /// Ask the group's admin.
        PermGroup = "perm.group",
        /// Grant the permission in the system settings.
        PermOs = "perm.os",
        /// Send a test message.
        PermTest = "perm.test",
        /// Wait and try later.
        AppWait = "app.wait",
        /// Close and reopen the app.
        AppRestart = "app.restart",
        /// Update the app; printed only where data show a better version.
        AppUpdate = "app.update",
        /// Reinstall, after a backup.
        AppReinstall = "app.reinstall",
        /// Update the operating system.
        OsUpdate = "os.update",
        /// Free storage.
        DevStorage = "dev.storage",
        /// Allow background activity.
        DevBackground = "dev.background",
        /// Attach a log.
        HelpLog = "help.log",
        /// Contact support.
        HelpChannel = "help.channel",
    }
}

words! {
    /// A way to reach support; addresses come from the configuration alone.
    Channel {
        /// Hotline.
        Phone = "phone",
        /// Feedback inside the app.
        Feedback = "feedback",
        /// Social media.
        Social = "social",
        /// Mail.
        Mail = "mail",
        /// User community.
        Forum = "forum",
    }
}

words! {
    /// What became of a message.
    Outcome {
        /// Acknowledged in time.
        Sent = "sent",
        /// Acknowledged later than `--delayed-after`.
        Delayed = "delayed",
        /// Failed for good, or silence where an acknowledgement must have shown.
        Unsent = "unsent",
        /// Neither acknowledged nor known to have failed.
        Pending = "pending",
    }
}

words! {
    /// What a row is about.
    Kind {
        /// A user message.
        Message = "message",
        /// Reaction, edit, deletion, vote: never in `attempted`.
        Action = "action",
        /// The app's process crashed.
        Crash = "crash",
        /// The app hung.
        Anr = "anr",
        /// The system ended the process.
        Kill = "kill",
        /// A notification did not show.
        NotificationMissed = "notification_missed",
        /// The system or device lacked something.
        Incompatibility = "incompatibility",
        /// A function was missing.
        FeatureMissing = "feature_missing",
        /// What stands around a message that nothing explains, or around one that was sent, to compare it with.
        Neighbourhood = "neighbourhood",
        /// The receipt that closes an upload.
        Upload = "upload",
    }
}

words! {
    /// How a verdict was tied to its message, weakest first.
    Trust {
        /// No tie at all.
        None = "none",
        /// Near in time.
        Coincident = "coincident",
        /// A state that held at that time.
        Implied = "implied",
        /// The same key, job or thread.
        Correlated = "correlated",
        /// The app says so for this message.
        Stated = "stated",
    }
}

words! {
    /// A step in the life of a message.
    Phase {
        /// Handed to the send queue.
        Enqueue = "enqueue",
        /// Prepared: compressed, resolved, checked.
        Prepare = "prepare",
        /// Encrypted.
        Encrypt = "encrypt",
        /// Its attachment is uploaded.
        Upload = "upload",
        /// A try to hand it to the server.
        Transmit = "transmit",
        /// Waits for a condition.
        Wait = "wait",
        /// A try failed and will be repeated.
        Retry = "retry",
        /// The server took it.
        Ack = "ack",
        /// Failed for good.
        Fail = "fail",
        /// Withdrawn by the user.
        Withdraw = "withdraw",
        /// Restored from storage after a restart.
        Restore = "restore",
    }
}

words! {
    /// What a cited line does for a verdict.
    Role {
        /// The line that proves the verdict.
        Proves = "proves",
        /// A line that agrees with it.
        Supports = "supports",
        /// A state that held.
        State = "state",
        /// The acknowledgement.
        Ack = "ack",
    }
}

words! {
    /// How sure the time stamps of a row are.
    Clock {
        /// The log states the zone.
        Zoned = "zoned",
        /// The zone was assumed.
        AssumedZone = "assumed_zone",
        /// The year (and the zone) was assumed.
        AssumedYear = "assumed_year",
        /// Time since boot or start only.
        Uptime = "uptime",
        /// No time at all.
        None = "none",
    }
}

words! {
    /// How an upload was read.
    Status {
        /// Read to its end.
        Ok = "ok",
        /// Read, with loss.
        Partial = "partial",
        /// Nothing in it.
        Empty = "empty",
        /// Set aside.
        Quarantined = "quarantined",
        /// Of no known form.
        Unsupported = "unsupported",
        /// Could not be read.
        Unreadable = "unreadable",
        /// Its worker died.
        Crashed = "crashed",
        /// Its worker took too long.
        Timeout = "timeout",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_parses_back_to_its_cause() {
        for cause in Cause::ALL {
            assert_eq!(cause.as_str().parse::<Cause>().as_ref(), Ok(cause));
        }
        assert_eq!(Cause::ALL.len(), 34);
    }

    #[test]
    fn an_unknown_label_lists_the_known_ones() {
        let message = "network.slow".parse::<Cause>().unwrap_err().to_string();
        assert!(message.contains("network.slow") && message.contains("network.weak"), "{message}");
    }

    #[test]
    fn the_class_is_the_part_before_the_dot() {
        for cause in Cause::ALL {
            let class = format!("{:?}", cause.class()).to_lowercase();
            assert_eq!(cause.as_str().split('.').next(), Some(class.as_str()));
        }
    }

    #[test]
    fn trust_is_ordered_from_none_to_stated() {
        assert!(Trust::None < Trust::Coincident && Trust::Correlated < Trust::Stated);
    }
}
