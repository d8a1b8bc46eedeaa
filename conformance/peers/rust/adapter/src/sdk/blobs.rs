//! Attachments: a file in an encrypted blob (spec/client/content.md, spec/services/blob.md).

use super::{
    error::{Class, Error, Result},
    session::Session,
};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use qpc_wire::{MethodId, v1};
use rand::{RngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

const VERSION: u8 = 0x01;
const NONCE_LEN: usize = 12;
const KEY_LEN: usize = 32;
/// Bytes that a blob has more than its file.
const OVERHEAD: usize = 1 + NONCE_LEN + 16;
const LARGEST_BLOB: usize = 52_428_800;
const CHUNK: usize = 4_000_000;

/// An uploaded file, as a message refers to it.
pub struct Attachment {
    pub blob_id: Vec<u8>,
    pub key: Vec<u8>,
    pub size: u64,
}

/// Encrypts `file` under a key of its own and uploads it.
pub async fn put(session: &mut Session, file: &[u8]) -> Result<Attachment> {
    if file.len() + OVERHEAD > LARGEST_BLOB {
        return Err(Error::local("the file is too large"));
    }
    let mut key = [0; KEY_LEN];
    OsRng.fill_bytes(&mut key);
    let blob = seal(&key, file)?;
    let blob_id = Sha256::digest(&blob).to_vec();
    let mut offset = 0;
    loop {
        let end = blob.len().min(offset + CHUNK);
        let request = v1::UploadBlobRequest {
            blob_id: blob_id.clone(),
            total_size: blob.len() as u64,
            offset: offset as u64,
            chunk: blob[offset..end].to_vec(),
            mime_type: "application/octet-stream".to_owned(),
        };
        let answer: v1::UploadBlobResponse = session.call(MethodId::UploadBlob, &request).await?;
        if answer.complete && answer.blob_id != blob_id {
            return Err(Error::new(Class::BlobHash, "the server holds another blob"));
        }
        if answer.complete {
            return Ok(Attachment { blob_id, key: key.to_vec(), size: file.len() as u64 });
        }
        // The server may hold more than was just sent, from an upload that broke off.
        let received = usize::try_from(answer.received).unwrap_or(usize::MAX);
        if received <= offset || received >= blob.len() {
            return Err(Error::local("the server holds another number of bytes than were sent"));
        }
        offset = received;
    }
}

/// Downloads and decrypts the file of `attachment`.
pub async fn get(session: &mut Session, attachment: &Attachment) -> Result<Vec<u8>> {
    let size = usize::try_from(attachment.size).unwrap_or(usize::MAX);
    let size = size.checked_add(OVERHEAD).filter(|size| *size <= LARGEST_BLOB);
    let size = size.ok_or_else(|| Error::local("no attachment is that large"))?;
    let mut blob = Vec::new();
    while blob.len() < size {
        let request = v1::DownloadBlobRequest {
            blob_id: attachment.blob_id.clone(),
            offset: blob.len() as u64,
            length: 0,
        };
        let answer: v1::DownloadBlobResponse =
            session.call(MethodId::DownloadBlob, &request).await?;
        if answer.total_size != size as u64 {
            return Err(Error::new(Class::BlobHash, "the blob has another size"));
        }
        if answer.chunk.is_empty() || answer.chunk.len() > size - blob.len() {
            return Err(Error::new(Class::BlobHash, "a chunk that is empty or goes past the end"));
        }
        blob.extend_from_slice(&answer.chunk);
    }
    open(&blob, &attachment.blob_id, &attachment.key)
}

/// The file in `blob`; the hash is checked before anything is decrypted.
pub fn open(blob: &[u8], blob_id: &[u8], key: &[u8]) -> Result<Vec<u8>> {
    let refuse = |stage, text: &str| Error { stage: Some(stage), ..Error::local(text) };
    if blob.len() < OVERHEAD || blob.len() > LARGEST_BLOB {
        return Err(refuse("size", "no size of an attachment"));
    }
    if Sha256::digest(blob).as_slice() != blob_id {
        return Err(Error::staged(Class::BlobHash, "blob-id", "the blob has another hash"));
    }
    let (head, sealed) = blob.split_at(1 + NONCE_LEN);
    let (version, nonce) = head.split_at(1);
    if version != [VERSION] {
        return Err(refuse("version", "another version"));
    }
    let cipher = ChaCha20Poly1305::new_from_slice(key);
    let cipher = cipher.map_err(|_| refuse("open", "a key of another length"))?;
    let payload = Payload { msg: sealed, aad: version };
    cipher.decrypt(nonce.into(), payload).map_err(|_| refuse("open", "the key does not open it"))
}

fn seal(key: &[u8; KEY_LEN], file: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    OsRng.fill_bytes(&mut nonce);
    let payload = Payload { msg: file, aad: &[VERSION] };
    let sealed = ChaCha20Poly1305::new(key.into()).encrypt(&nonce.into(), payload);
    let sealed = sealed.map_err(|_| Error::local("the file cannot be encrypted"))?;
    Ok([[VERSION].as_slice(), &nonce, &sealed].concat())
}
