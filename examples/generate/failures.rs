//! Why messages of the apps without a profile of their own fail, in the words that platforms and
//! servers use. Sources: Android's and Java's exception texts, RFC 6585 and RFC 9110 (status codes),
//! `SQLite`'s result codes.

/// One way to fail for good.
pub struct Failure {
    pub cause: &'static str,
    pub text: &'static str,
}

/// What an app prints beside the id of a message that it gives up.
pub const FAILURES: &[(u64, Failure)] = &[
    of(6, "network.timeout", "java.net.SocketTimeoutException: timeout"),
    of(
        3,
        "network.tls",
        "javax.net.ssl.SSLHandshakeException: java.security.cert.CertPathValidatorException: Trust anchor for certification path not found.",
    ),
    of(
        3,
        "network.blocked",
        "java.net.ConnectException: Failed to connect to chat.example/203.0.113.9:443: ECONNREFUSED (Connection refused)",
    ),
    of(3, "account.signed_out", "HTTP 401 Unauthorized: token expired"),
    of(3, "permission.recipient_blocked", "rejected: recipient has blocked you"),
    of(3, "service.rate_limited", "HTTP 429 Too Many Requests"),
    of(4, "service.error", "HTTP 503 Service Unavailable"),
    of(3, "content.too_large", "HTTP 413 Request Entity Too Large"),
    of(3, "software.storage", "android.database.sqlite.SQLiteFullException: database or disk is full (code 13 SQLITE_FULL)"),
];

const fn of(weight: u64, cause: &'static str, text: &'static str) -> (u64, Failure) {
    (weight, Failure { cause, text })
}

/// How a message goes on, per 1,000.
pub const SENT_PER_MILLE: u64 = 930;
/// Late by a retry that succeeds, per 1,000.
pub const LATE_PER_MILLE: u64 = 30;
