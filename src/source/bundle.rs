//! The id of an upload: names and content hashes come in, 16 hex digits go out, the same for a zip,
//! a tar and a folder of the same files.

/// Hex digits of an id.
const ID_DIGITS: usize = 16;

/// The id of an upload from the name (relative to the upload's own root) and the BLAKE3 hash of the
/// decoded text of each of its members, metadata included, in any order.
pub fn bundle_id(members: &mut [(String, [u8; 32])]) -> String {
    members.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, content) in members.iter() {
        hasher.update(name.as_bytes());
        // No name holds a zero byte, so no two lists read alike.
        hasher.update(&[0]);
        hasher.update(content);
    }
    hasher.finalize().to_hex()[..ID_DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_depends_on_names_and_contents_but_not_on_their_order() {
        let a = ("a.log".to_owned(), [1; 32]);
        let b = ("b.log".to_owned(), [2; 32]);
        let id = bundle_id(&mut [a.clone(), b.clone()]);
        assert_eq!(id.len(), 16);
        assert_eq!(id, bundle_id(&mut [b.clone(), a.clone()]));
        assert_ne!(id, bundle_id(&mut [a.clone()]));
        assert_ne!(id, bundle_id(&mut [a, ("c.log".to_owned(), [2; 32])]));
    }
}
