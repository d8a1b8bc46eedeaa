//! Hashes and proofs of the transparency log (spec/crypto/key-transparency.md, RFC 9162 section 2.1).

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// The entry of a binding: a name leads to a key since a time.
pub fn binding(username: &str, identity_key: &[u8], time_ms: u64) -> Option<Vec<u8>> {
    let length = u16::try_from(username.len()).ok()?;
    let parts: [&[u8]; 5] =
        [&[1], &length.to_be_bytes(), username.as_bytes(), identity_key, &time_ms.to_be_bytes()];
    Some(parts.concat())
}

/// The entry of a revocation; reason is 1 compromised, 2 superseded, 3 user_revoked.
pub fn revocation(identity_key: &[u8], reason: u8, time_ms: u64) -> Vec<u8> {
    [&[2], identity_key, &[reason], time_ms.to_be_bytes().as_slice()].concat()
}

pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of `leaves`.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}

/// Whether `path` leads from the leaf at `index` to `expected` in a tree of `size` leaves (section
/// 2.1.3.2).
pub fn inclusion_holds(index: u64, size: u64, leaf: Hash, path: &[Hash], expected: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut first, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if first & 1 == 1 || first == last {
            hash = node_hash(sibling, &hash);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        first >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *expected
}

/// Whether the tree of `new_size` begins with that of `old_size` (section 2.1.4.2).
pub fn consistency_holds(
    (old_size, old_root): (u64, &Hash),
    (new_size, new_root): (u64, &Hash),
    path: &[Hash],
) -> bool {
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return path.is_empty() && old_root == new_root;
    }
    let whole = old_size.is_power_of_two().then_some(old_root);
    let mut path = whole.into_iter().chain(path);
    let Some(start) = path.next() else {
        return false;
    };
    let (mut first, mut last) = (old_size - 1, new_size - 1);
    while first & 1 == 1 {
        first >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if first & 1 == 1 || first == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        first >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use super::{Hash, binding, consistency_holds, inclusion_holds, leaf_hash, node_hash, root};
    use qpc_wire::hex;

    fn hash(text: &str) -> Hash {
        hex::decode(text).and_then(|bytes| bytes.try_into().ok()).expect("a hash")
    }

    /// Carol, as leaf 2 of the log in spec/crypto/key-transparency.md.
    #[test]
    fn example_of_the_chapter() {
        let entry = binding("carol", &[0xc3; 32], 1_700_000_060_000).expect("a short name");
        let leaf = leaf_hash(&entry);
        let expected = "ae540c222f983bd7af92e72a0a0cdbebc8824292e28b346e40fe7f0d5052d75d";
        assert_eq!(hex::encode(leaf), expected);
        let left = hash("b9df8b01e12db17f6a30a752c3e9ec21d48620121624735ccc4f8ec9ed9ff905");
        let top = hash("97a1fb1f19c2cdbed5b2123fde78764c03ebb73c95f797658db5fc16e353edb7");
        assert!(inclusion_holds(2, 3, leaf, &[left], &top));
        assert!(!inclusion_holds(1, 3, leaf, &[left], &top));
        assert!(!inclusion_holds(3, 3, leaf, &[left], &top));
        assert!(!inclusion_holds(2, 3, leaf, &[left, left], &top));
    }

    #[test]
    fn a_log_begins_with_the_one_before() {
        let leaves: Vec<Hash> = (0..3_u8).map(|byte| leaf_hash(&[byte])).collect();
        let (old, new) = (root(&leaves[..2]), root(&leaves));
        assert_eq!(new, node_hash(&old, &leaves[2]));
        assert!(consistency_holds((2, &old), (3, &new), &[leaves[2]]));
        assert!(!consistency_holds((2, &new), (3, &new), &[leaves[2]]));
        assert!(!consistency_holds((0, &root(&[])), (3, &new), &[]));
    }
}
