//! Encrypted xlog blocks: the app's private key and the client's public key come in, the payload as it
//! was before encryption goes out.
//!
//! From github.com/Tencent/mars at 6aa5b567, `log_crypt.cc`: both sides make a secp256k1 point; the first
//! 16 bytes of its x coordinate are the key of TEA with 16 rounds, on blocks of 8 bytes, the last
//! `length % 8` bytes left clear. TEA is Wheeler and Needham, "TEA, a Tiny Encryption Algorithm", 1994.

use std::fmt;

use k256::{PublicKey, SecretKey, ecdh};

/// Bytes of a public key in a block header: x and y.
pub(in crate::source) const PUBLIC_KEY_BYTES: usize = 64;
/// Hex digits of a private key.
const HEX_DIGITS: usize = 64;
/// Rounds of TEA, half of what its authors advise.
const ROUNDS: u32 = 16;
/// TEA's constant: 2³² over the golden ratio.
const DELTA: u32 = 0x9e37_79b9;

/// An app's private key.
#[derive(Clone)]
pub struct XlogKey(SecretKey);

impl fmt::Debug for XlogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("XlogKey(..)")
    }
}

impl XlogKey {
    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// What is wrong with them; the digits themselves are not repeated.
    pub(in crate::source) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix("0x").unwrap_or(text);
        if text.len() != HEX_DIGITS {
            return Err(format!("{} characters, a private key has {HEX_DIGITS} hex digits", text.chars().count()));
        }
        let bytes = hex(text).ok_or_else(|| "not hex digits throughout".to_owned())?;
        let key = SecretKey::from_slice(&bytes).map_err(|_| "not a private key of secp256k1".to_owned())?;
        Ok(Self(key))
    }

    /// The TEA key it shares with a client, if the client's key is one.
    pub(in crate::source) fn shared(&self, public: &[u8; PUBLIC_KEY_BYTES]) -> Option<TeaKey> {
        let mut point = vec![4];
        point.extend_from_slice(public);
        let public = PublicKey::from_sec1_bytes(&point).ok()?;
        let secret = ecdh::diffie_hellman(self.0.to_nonzero_scalar(), public.as_affine());
        let (words, _) = secret.raw_secret_bytes().as_slice().as_chunks::<4>();
        let word = |i: usize| words.get(i).map(|w| u32::from_le_bytes(*w));
        Some(TeaKey([word(0)?, word(1)?, word(2)?, word(3)?]))
    }
}

/// Bytes from hex digits.
pub(in crate::source) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    Some(digits?.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect())
}

/// A key of TEA.
#[derive(Clone, Copy)]
pub(in crate::source) struct TeaKey([u32; 4]);

impl TeaKey {
    /// Decrypts in place.
    pub(in crate::source) fn decrypt(&self, bytes: &mut [u8]) {
        for block in bytes.as_chunks_mut::<8>().0 {
            let (halves, _) = block.as_chunks::<4>();
            let (mut v0, mut v1) = (u32::from_le_bytes(halves[0]), u32::from_le_bytes(halves[1]));
            let mut sum = DELTA.wrapping_mul(ROUNDS);
            for _ in 0..ROUNDS {
                v1 = v1.wrapping_sub(mix(v0, sum, self.0[2], self.0[3]));
                v0 = v0.wrapping_sub(mix(v1, sum, self.0[0], self.0[1]));
                sum = sum.wrapping_sub(DELTA);
            }
            block[..4].copy_from_slice(&v0.to_le_bytes());
            block[4..].copy_from_slice(&v1.to_le_bytes());
        }
    }
}

fn mix(v: u32, sum: u32, k0: u32, k1: u32) -> u32 {
    (v << 4).wrapping_add(k0) ^ v.wrapping_add(sum) ^ (v >> 5).wrapping_add(k1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_wrong_ones_are_told_without_repeating_them() {
        assert!(XlogKey::parse(&"7f".repeat(32)).is_ok());
        let message = XlogKey::parse("secret").unwrap_err();
        assert!(message.contains("64 hex digits") && !message.contains("secret"));
        assert!(XlogKey::parse(&"0".repeat(64)).unwrap_err().contains("secp256k1"));
        assert!(XlogKey::parse(&"z".repeat(64)).is_err());
        assert_eq!(format!("{:?}", XlogKey::parse(&"7f".repeat(32)).unwrap()), "XlogKey(..)");
    }

    #[test]
    fn a_public_key_that_is_no_point_gives_nothing() {
        assert!(XlogKey::parse(&"7f".repeat(32)).unwrap().shared(&[0xa5; 64]).is_none());
    }
}
