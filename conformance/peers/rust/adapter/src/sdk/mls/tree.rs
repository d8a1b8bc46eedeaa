//! Parent hashes of a ratchet tree (RFC 9420 section 7.9.2). openmls looks for a descendant that has
//! the hash of a parent node, and not at what else is in the resolution of that side.

use sha2::{Digest, Sha256};

/// A node as it stands in the tree.
enum Node<'a> {
    Leaf { encoded: &'a [u8], parent_hash: Option<&'a [u8]> },
    Parent { encryption_key: &'a [u8], parent_hash: &'a [u8], unmerged: Vec<usize> },
}

/// The nodes of a full tree, in the order of their indices: leaf i is node 2i.
struct Tree<'a>(Vec<Option<Node<'a>>>);

/// Whether the parent node of every set of leaves is one that a member made for them: what it was
/// made from is, but for the leaves that it lists, alone in the resolution of its side.
pub fn parent_hashes_hold(ratchet_tree: &[u8]) -> bool {
    Tree::read(ratchet_tree)
        .is_some_and(|tree| (1..tree.0.len()).step_by(2).all(|index| tree.parent_hash_holds(index)))
}

impl<'a> Tree<'a> {
    /// Reads the extension `ratchet_tree`, without which blank nodes at the end are left out.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut nodes = Vec::new();
        let mut rest = Reader(bytes).vector()?;
        while !rest.0.is_empty() {
            nodes.push(if rest.number::<1>()? == 0 { None } else { Some(rest.node()?) });
        }
        let leaves = nodes.len().div_ceil(2).next_power_of_two();
        nodes.resize_with(2 * leaves - 1, || None);
        Some(Self(nodes))
    }

    fn parent_hash_holds(&self, index: usize) -> bool {
        let Some(Node::Parent { encryption_key, parent_hash, unmerged }) = &self.0[index] else {
            return true;
        };
        let [left, right] = children(index);
        [(left, right), (right, left)].into_iter().any(|(side, sibling)| {
            let mut input = opaque(encryption_key);
            input.extend(opaque(parent_hash));
            input.extend(opaque(&self.tree_hash(sibling, unmerged)));
            let expected = Sha256::digest(input);
            let resolution = self.resolution(side);
            let listed = |node: &usize| node.is_multiple_of(2) && unmerged.contains(&(node / 2));
            let mut others = resolution.iter().filter(|node| !listed(node));
            let made_from = others.next();
            others.next().is_none()
                && made_from.is_some_and(|node| {
                    self.parent_hash(*node).is_some_and(|hash| hash == expected.as_slice())
                })
        })
    }

    fn parent_hash(&self, index: usize) -> Option<&[u8]> {
        match self.0[index].as_ref()? {
            Node::Leaf { parent_hash, .. } => *parent_hash,
            Node::Parent { parent_hash, .. } => Some(parent_hash),
        }
    }

    /// The nodes that together hold the keys of all leaves below (section 4.1.1).
    fn resolution(&self, index: usize) -> Vec<usize> {
        match &self.0[index] {
            Some(Node::Leaf { .. }) => vec![index],
            Some(Node::Parent { unmerged, .. }) => {
                let leaves = unmerged.iter().map(|leaf| 2 * leaf);
                std::iter::once(index).chain(leaves).collect()
            }
            None if index.is_multiple_of(2) => Vec::new(),
            None => children(index).into_iter().flat_map(|child| self.resolution(child)).collect(),
        }
    }

    /// The tree hash (section 7.8) of a subtree as it was before `without` were added.
    fn tree_hash(&self, index: usize, without: &[usize]) -> Vec<u8> {
        let mut input = Vec::new();
        if index.is_multiple_of(2) {
            input.push(1);
            input.extend((index as u32 / 2).to_be_bytes());
            match &self.0[index] {
                Some(Node::Leaf { encoded, .. }) if !without.contains(&(index / 2)) => {
                    input.push(1);
                    input.extend_from_slice(encoded);
                }
                _ => input.push(0),
            }
        } else {
            input.push(2);
            match &self.0[index] {
                Some(Node::Parent { encryption_key, parent_hash, unmerged }) => {
                    let leaves = unmerged.iter().filter(|leaf| !without.contains(leaf));
                    let leaves: Vec<u8> =
                        leaves.flat_map(|leaf| (*leaf as u32).to_be_bytes()).collect();
                    input.push(1);
                    for field in [encryption_key, parent_hash, leaves.as_slice()] {
                        input.extend(opaque(field));
                    }
                }
                _ => input.push(0),
            }
            for child in children(index) {
                input.extend(opaque(&self.tree_hash(child, without)));
            }
        }
        Sha256::digest(input).to_vec()
    }
}

/// The two children of a parent node (Appendix C).
fn children(index: usize) -> [usize; 2] {
    let half = 1 << (index.trailing_ones() - 1);
    [index - half, index + half]
}

/// `bytes` after their length, in its shortest form (section 2.1.2).
fn opaque(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u32;
    let head = match length {
        0..0x40 => vec![length as u8],
        0x40..0x4000 => (length as u16 | 0x4000).to_be_bytes().to_vec(),
        _ => (length | 0x8000_0000).to_be_bytes().to_vec(),
    };
    [head.as_slice(), bytes].concat()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number<const BYTES: usize>(&mut self) -> Option<usize> {
        let bytes = self.take(BYTES)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// What follows its length.
    fn vector(&mut self) -> Option<Self> {
        let length = match self.0.first()? >> 6 {
            0 => self.number::<1>()?,
            1 => self.number::<2>()? & 0x3fff,
            _ => self.number::<4>()? & 0x3fff_ffff,
        };
        self.take(length).map(Self)
    }

    fn node(&mut self) -> Option<Node<'a>> {
        if self.number::<1>()? == 2 {
            let encryption_key = self.vector()?.0;
            let parent_hash = self.vector()?.0;
            let mut leaves = self.vector()?;
            let mut unmerged = Vec::new();
            while !leaves.0.is_empty() {
                unmerged.push(leaves.number::<4>()?);
            }
            return Some(Node::Parent { encryption_key, parent_hash, unmerged });
        }
        let start = self.0;
        let parent_hash = self.leaf()?;
        Some(Node::Leaf { encoded: &start[..start.len() - self.0.len()], parent_hash })
    }

    /// Skips a leaf (section 7.2); its parent hash, if a commit made it.
    fn leaf(&mut self) -> Option<Option<&'a [u8]>> {
        const KEY_PACKAGE: usize = 1;
        const COMMIT: usize = 3;
        const CAPABILITIES: usize = 5;
        const LIFETIME_LEN: usize = 16;
        self.vector()?;
        self.vector()?;
        self.number::<2>()?;
        self.vector()?;
        for _ in 0..CAPABILITIES {
            self.vector()?;
        }
        let parent_hash = match self.number::<1>()? {
            KEY_PACKAGE => self.take(LIFETIME_LEN).map(|_| None)?,
            COMMIT => Some(self.vector()?.0),
            _ => None,
        };
        self.vector()?;
        self.vector()?;
        Some(parent_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::{children, opaque, parent_hashes_hold};

    #[test]
    fn children_of_appendix_c() {
        assert_eq!(children(1), [0, 2]);
        assert_eq!(children(3), [1, 5]);
        assert_eq!(children(5), [4, 6]);
        assert_eq!(children(7), [3, 11]);
    }

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(opaque(&[0; 63])[..1], [63]);
        assert_eq!(opaque(&[0; 64])[..2], [0x40, 64]);
        assert_eq!(opaque(&[0; 0x4000])[..4], [0x80, 0, 0x40, 0]);
    }

    #[test]
    fn bytes_that_are_no_tree() {
        assert!(!parent_hashes_hold(&[]));
        assert!(!parent_hashes_hold(&[2, 1, 1]));
    }
}
