//! Whom a name leads to: the mirror of the transparency log and the pinned keys
//! (spec/crypto/key-transparency.md).

use super::{
    error::{Class, Error, Result},
    merkle::{self, Hash},
    session::Session,
};
use qpc_wire::{MethodId, RpcStatus, v1};
use std::collections::{HashMap, HashSet};

/// An identity key.
pub type IdentityKey = [u8; 32];

/// Most leaves taken from a server.
const MOST_LEAVES: u64 = 10_000_000;

/// What a user knows of the log of the server and of the keys of others.
#[derive(Default)]
pub struct Directory {
    leaves: Vec<Hash>,
    /// Size and root that the log of another domain had last.
    domains: HashMap<String, (u64, Hash)>,
    /// The first key that each name led to.
    pins: HashMap<String, IdentityKey>,
    verified: HashSet<IdentityKey>,
    revoked: HashSet<IdentityKey>,
}

/// An audit: the new leaves, and size and root of the log.
struct Audit {
    leaves: Vec<Hash>,
    size: u64,
    root: Hash,
}

fn mismatch(stage: &'static str, text: impl Into<String>) -> Error {
    Error::staged(Class::KeyTransparency, stage, text)
}

impl Directory {
    /// The key of `username`, after all steps of the verification. A refusal changes nothing but
    /// that a revocation is remembered.
    pub async fn verify(&mut self, session: &mut Session, username: &str) -> Result<IdentityKey> {
        let request = v1::ResolveUserRequest { username: username.to_owned() };
        let answer: v1::ResolveUserResponse = session.call(MethodId::ResolveUser, &request).await?;
        let key = identity_key(&answer.identity_key)?;
        let Some(proof) = answer.inclusion_proof else {
            return Err(mismatch("log-proof", "a key without a proof"));
        };
        let root = check_proof(username, &key, &proof)?;
        let mut audited = None;
        let mut domain_root = None;
        if let Some((_, domain)) = username.split_once('@') {
            let domain = domain.to_lowercase();
            self.check_domain(&domain, proof.tree_size, &root)?;
            domain_root = Some((domain, (proof.tree_size, root)));
        } else {
            audited = Some(self.audit(session, proof.tree_size, &root).await?);
        }
        if self.pins.get(username).is_some_and(|pinned| *pinned != key) {
            return Err(mismatch("key-changed", "the name led to another key before"));
        }
        if self.is_revoked(session, key).await? {
            return Err(mismatch("key-revoked", "the key is revoked"));
        }
        self.leaves.extend(audited.unwrap_or_default());
        self.domains.extend(domain_root);
        self.pins.insert(username.to_owned(), key);
        self.verified.insert(key);
        Ok(key)
    }

    /// Verifies the owner of `key` by the name that it goes by, unless that was done before.
    pub async fn verify_key(&mut self, session: &mut Session, key: &IdentityKey) -> Result<()> {
        if self.verified.contains(key) && !self.revoked.contains(key) {
            return Ok(());
        }
        let request = v1::ResolveIdentityRequest { identity_key: key.to_vec() };
        let answer: v1::ResolveIdentityResponse =
            session.call(MethodId::ResolveIdentity, &request).await?;
        if self.verify(session, &answer.username).await? == *key {
            return Ok(());
        }
        Err(mismatch("key-changed", "the name of the key leads to another one"))
    }

    /// The new leaves, if the log continues what is held and has `root` at the `size` of a proof.
    async fn audit(&self, session: &mut Session, size: u64, root: &Hash) -> Result<Vec<Hash>> {
        if size < self.leaves.len() as u64 {
            return Err(mismatch("log-shrunk", "the proof is against a log shorter than it was"));
        }
        let audit = self.read_log(session).await?;
        if audit.size < size {
            return Err(mismatch("log-shrunk", "the log is shorter than that of the proof"));
        }
        let all = [self.leaves.as_slice(), &audit.leaves].concat();
        let at_proof = usize::try_from(size).ok().and_then(|size| all.get(..size));
        let same = at_proof.is_some_and(|leaves| merkle::root(leaves) == *root);
        if same && merkle::root(&all) == audit.root {
            Ok(audit.leaves)
        } else {
            Err(mismatch("log-forked", "the leaves have another root"))
        }
    }

    /// Reads the log from the end of what is held to the size that the first answer tells.
    async fn read_log(&self, session: &mut Session) -> Result<Audit> {
        let held = self.leaves.len() as u64;
        let mut audit: Option<Audit> = None;
        loop {
            let start = held + audit.as_ref().map_or(0, |audit| audit.leaves.len() as u64);
            let end = audit.as_ref().map_or(0, |audit| audit.size);
            let page = audit_page(session, start, end).await?;
            if page.tree_size < held.max(end) {
                return Err(mismatch("log-shrunk", "the log is shorter than it was"));
            }
            let audit = match &mut audit {
                Some(audit) => audit,
                none => none.insert(Audit {
                    leaves: Vec::new(),
                    size: page.tree_size,
                    root: hash(&page.root)?,
                }),
            };
            if audit.size > MOST_LEAVES {
                return Err(Error::local("the log is too long"));
            }
            take_page(audit, start, &page.entries)?;
            if held + audit.leaves.len() as u64 == audit.size {
                break;
            }
        }
        audit.ok_or_else(|| Error::local("unreachable: the loop begins with an answer"))
    }

    fn check_domain(&self, domain: &str, size: u64, root: &Hash) -> Result<()> {
        match self.domains.get(domain) {
            Some((known, _)) if size < *known => {
                Err(mismatch("log-shrunk", "the log of the domain is shorter than it was"))
            }
            Some((known, known_root)) if size == *known && root != known_root => {
                Err(mismatch("log-forked", "the log of the domain has another root"))
            }
            _ => Ok(()),
        }
    }

    /// Whether `key` is revoked, now or ever before.
    async fn is_revoked(&mut self, session: &mut Session, key: IdentityKey) -> Result<bool> {
        let request = v1::CheckRevocationRequest { identity_key: key.to_vec() };
        let answer: v1::CheckRevocationResponse =
            session.call(MethodId::CheckRevocation, &request).await?;
        if answer.revoked {
            self.revoked.insert(key);
        }
        Ok(self.revoked.contains(&key))
    }
}

/// The root that the proof of a binding leads to.
pub fn check_proof(username: &str, key: &[u8], proof: &v1::InclusionProof) -> Result<Hash> {
    let wrong = |text: &str| mismatch("log-proof", text);
    let name = username.split_once('@').map_or(username, |(name, _)| name);
    let entry = merkle::binding(name, key, proof.timestamp_ms).ok_or_else(|| wrong("the name"))?;
    let leaf = merkle::leaf_hash(&entry);
    if proof.leaf_hash != leaf {
        return Err(wrong("the leaf is not that of the binding"));
    }
    let path: Result<Vec<Hash>> = proof.audit_path.iter().map(|bytes| hash(bytes)).collect();
    let root = hash(&proof.root)?;
    if merkle::inclusion_holds(proof.leaf_index, proof.tree_size, leaf, &path?, &root) {
        Ok(root)
    } else {
        Err(wrong("the path does not lead to the root"))
    }
}

async fn audit_page(
    session: &mut Session,
    start: u64,
    end: u64,
) -> Result<v1::AuditKeyTransparencyResponse> {
    const BAD_REQUEST: Option<u8> = Some(RpcStatus::BadRequest as u8);
    let request = v1::AuditKeyTransparencyRequest { start, end };
    session.call(MethodId::AuditKeyTransparency, &request).await.map_err(|error| {
        if error.status == BAD_REQUEST {
            mismatch("log-shrunk", "the log ends before the leaves that are held")
        } else {
            error
        }
    })
}

/// Appends the leaves of a page that begins at `start`.
fn take_page(audit: &mut Audit, start: u64, entries: &[v1::LogEntry]) -> Result<()> {
    let forked = |text: &str| mismatch("log-forked", text);
    if entries.is_empty() && start < audit.size {
        return Err(forked("a page without leaves"));
    }
    for (entry, index) in entries.iter().zip(start..) {
        if entry.index != index || index >= audit.size {
            return Err(forked("a page with other leaves than were asked for"));
        }
        audit.leaves.push(hash(&entry.leaf_hash)?);
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map_err(|_| mismatch("log-proof", "a hash of another length"))
}

/// `bytes` as an identity key.
pub fn identity_key(bytes: &[u8]) -> Result<IdentityKey> {
    bytes.try_into().map_err(|_| Error::new(Class::MessageDecode, "an identity key has 32 bytes"))
}
