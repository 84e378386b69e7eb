//! Encrypted members of zip archives: stored bytes come in, the member as it was before encryption goes out.
//!
//! Layouts: PKWARE APPNOTE 6.3.10, section 6.1 (the traditional cipher), and "AES Encryption Information:
//! Encryption Specification AE-1 and AE-2" (winzip.com, 2009).

use std::fmt;

use aes::cipher::{KeyIvInit, StreamCipher};
use aes::{Aes128, Aes192, Aes256};
use ctr::Ctr128LE;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::stage::{Notes, Stage, pull};

/// Bytes before the data of a member with the traditional cipher.
pub(in crate::source) const CLASSIC_HEADER_BYTES: usize = 12;
/// Bytes behind the salt that tell most wrong passwords.
const VERIFIER_BYTES: usize = 2;
/// Bytes of the authentication code behind the data.
const CODE_BYTES: usize = 10;
/// Rounds of PBKDF2.
const ROUNDS: u32 = 1_000;

/// How a member is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Scheme {
    /// The traditional cipher; the last byte of its header is one of these.
    Classic([u8; 2]),
    /// AES with keys of so many bytes.
    Aes(usize),
}

/// What opens one member.
#[derive(Clone)]
pub(in crate::source) enum Lock {
    /// The state of the traditional cipher once the password is in it.
    Classic(Classic),
    /// Keys of the cipher and of the authentication code.
    Aes {
        /// Of the cipher.
        cipher_key: Vec<u8>,
        /// Of the code.
        code_key: Vec<u8>,
        /// Salt and verifier before the data.
        head_bytes: usize,
    },
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock(..)")
    }
}

impl Scheme {
    /// How many bytes stand before the data.
    pub(in crate::source) fn head_bytes(self) -> usize {
        match self {
            Self::Classic(_) => CLASSIC_HEADER_BYTES,
            Self::Aes(key_bytes) => key_bytes / 2 + VERIFIER_BYTES,
        }
    }

    /// The lock of a member if a password seems to open it: the traditional cipher lets one wrong password
    /// in 128 pass, AES one in 65,536.
    pub(in crate::source) fn open(self, head: &[u8], password: &str) -> Option<Lock> {
        let head = head.get(..self.head_bytes())?;
        match self {
            Self::Classic(checks) => {
                let fresh = Classic::new(password.as_bytes());
                let mut state = fresh.clone();
                let last = head.iter().map(|b| state.decrypt(*b)).last()?;
                checks.contains(&last).then_some(Lock::Classic(fresh))
            }
            Self::Aes(key_bytes) => {
                let (salt, verifier) = head.split_at(key_bytes / 2);
                let mut derived = vec![0; 2 * key_bytes + VERIFIER_BYTES];
                pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, ROUNDS, &mut derived);
                let (keys, expected) = derived.split_at(2 * key_bytes);
                let (cipher_key, code_key) = keys.split_at(key_bytes);
                let (cipher_key, code_key) = (cipher_key.to_vec(), code_key.to_vec());
                (expected == verifier).then_some(Lock::Aes { cipher_key, code_key, head_bytes: head.len() })
            }
        }
    }
}

/// The traditional cipher.
#[derive(Clone)]
pub(in crate::source) struct Classic([u32; 3]);

impl Classic {
    fn new(password: &[u8]) -> Self {
        let mut state = Self([0x1234_5678, 0x2345_6789, 0x3456_7890]);
        for byte in password {
            state.update(*byte);
        }
        state
    }

    fn update(&mut self, byte: u8) {
        let [k0, k1, k2] = &mut self.0;
        *k0 = crc_step(*k0, byte);
        *k1 = k1.wrapping_add(*k0 & 0xff).wrapping_mul(134_775_813).wrapping_add(1);
        *k2 = crc_step(*k2, k1.to_be_bytes()[0]);
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let low = (self.0[2] & 0xffff) | 2;
        let clear = byte ^ (low.wrapping_mul(low ^ 1) >> 8).to_le_bytes()[0];
        self.update(clear);
        clear
    }
}

/// One byte of a CRC-32 without its inversions.
fn crc_step(crc: u32, byte: u8) -> u32 {
    #[allow(clippy::cast_possible_truncation)] // below 256
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut at = 0;
        while at < 256 {
            let mut crc = at as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
                bit += 1;
            }
            table[at] = crc;
            at += 1;
        }
        table
    };
    crc >> 8 ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)]
}

enum Cipher {
    Classic(Classic),
    Aes(Box<dyn StreamCipher + Send>, Hmac<Sha1>),
}

/// The stage that decrypts a member.
pub(in crate::source) struct Decrypt {
    below: Box<dyn Stage>,
    cipher: Option<Cipher>,
    /// Bytes before the data that are left.
    head_bytes: usize,
    /// Bytes of the data that are left; the authentication code stands behind them.
    data_bytes: u64,
}

impl Decrypt {
    /// Opens a member of so many stored bytes.
    pub(in crate::source) fn new(below: Box<dyn Stage>, lock: &Lock, stored_bytes: u64) -> Self {
        let (cipher, head_bytes, code_bytes) = match lock {
            Lock::Classic(state) => (Some(Cipher::Classic(state.clone())), CLASSIC_HEADER_BYTES, 0),
            Lock::Aes { cipher_key, code_key, head_bytes } => {
                let code = <Hmac<Sha1> as KeyInit>::new_from_slice(code_key).ok();
                let cipher = ctr_of(cipher_key).zip(code).map(|(cipher, code)| Cipher::Aes(cipher, code));
                (cipher, *head_bytes, CODE_BYTES)
            }
        };
        let data_bytes = stored_bytes.saturating_sub((head_bytes + code_bytes) as u64);
        Self { below, cipher, head_bytes, data_bytes }
    }

    fn drop_head(&mut self, notes: &mut Notes) {
        let mut head = [0; 64];
        while self.head_bytes > 0 {
            let want = self.head_bytes.min(head.len());
            let n = pull(self.below.as_mut(), &mut head[..want], notes);
            if n == 0 {
                self.data_bytes = 0;
                return;
            }
            self.head_bytes -= n;
            // The traditional cipher runs through its header.
            if let Some(Cipher::Classic(state)) = &mut self.cipher {
                head[..n].iter().for_each(|b| {
                    state.decrypt(*b);
                });
            }
        }
    }

    fn check(&mut self, notes: &mut Notes) {
        let Some(Cipher::Aes(_, code)) = self.cipher.take() else { return };
        let mut stored = Vec::new();
        let mut rest = [0; CODE_BYTES];
        while stored.len() < CODE_BYTES {
            match pull(self.below.as_mut(), &mut rest[stored.len()..], notes) {
                0 => break,
                n => stored.extend_from_slice(&rest[stored.len()..stored.len() + n]),
            }
        }
        let right = stored.len() == CODE_BYTES && code.verify_truncated_left(&stored).is_ok();
        if !right && !notes.cut {
            notes.damaged(notes.raw_bytes, "authentication code is another one than announced", "read as it is");
            notes.cut = true;
        }
    }
}

/// AES as the keystream of a zip: a little-endian counter from 1.
fn ctr_of(key: &[u8]) -> Option<Box<dyn StreamCipher + Send>> {
    let iv = 1u128.to_le_bytes();
    Some(match key.len() {
        16 => Box::new(Ctr128LE::<Aes128>::new_from_slices(key, &iv).ok()?),
        24 => Box::new(Ctr128LE::<Aes192>::new_from_slices(key, &iv).ok()?),
        _ => Box::new(Ctr128LE::<Aes256>::new_from_slices(key, &iv).ok()?),
    })
}

impl Stage for Decrypt {
    fn read(&mut self, out: &mut [u8], notes: &mut Notes) -> usize {
        self.drop_head(notes);
        let room = out.len().min(usize::try_from(self.data_bytes).unwrap_or(usize::MAX));
        let n = pull(self.below.as_mut(), &mut out[..room], notes);
        self.data_bytes -= n as u64;
        match &mut self.cipher {
            Some(Cipher::Classic(state)) => out[..n].iter_mut().for_each(|b| *b = state.decrypt(*b)),
            Some(Cipher::Aes(cipher, code)) => {
                code.update(&out[..n]);
                cipher.apply_keystream(&mut out[..n]);
            }
            None => {}
        }
        if n == 0 && !out.is_empty() {
            self.check(notes);
        }
        n
    }

    fn expands(&self) -> bool {
        false
    }
}
