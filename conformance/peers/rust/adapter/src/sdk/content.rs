//! What an application message holds (spec/client/content.md).

use super::error::{Class, Error, Result};
use qpc_wire::{
    Message,
    client::v1::{Content, File, content::Body},
};
use rand::{RngCore, rngs::OsRng};
use std::time::{SystemTime, UNIX_EPOCH};

const ID_LEN: usize = 16;
/// The last millisecond of the year 9999.
pub const LATEST_MS: u64 = 253_402_300_799_999;
const LARGEST_FILE: u64 = 52_428_771;

/// A text, ready to be padded and encrypted.
pub fn text(id: &[u8], text: &str) -> Result<Vec<u8>> {
    let content = Content {
        id: id.to_vec(),
        sent_at_ms: now_ms(),
        expire_secs: 0,
        body: Some(Body::Text(text.to_owned())),
    };
    check(&content)?;
    Ok(content.encode_to_vec())
}

/// Decodes a content and refuses what breaks a rule of the chapter.
pub fn read(bytes: &[u8]) -> Result<Content> {
    let content = Content::decode(bytes)
        .map_err(|error| Error::staged(Class::MessageDecode, "message", error.to_string()))?;
    check(&content)?;
    Ok(content)
}

/// Refuses a content that breaks a rule of the chapter.
pub fn check(content: &Content) -> Result<()> {
    let broken = |text: &str| Err(Error::staged(Class::MessageDecode, "rule", text));
    if content.id.len() != ID_LEN {
        return broken("id is not 16 bytes");
    }
    if content.sent_at_ms > LATEST_MS {
        return broken("sent_at_ms is after the year 9999");
    }
    let good = match &content.body {
        None => return broken("no body"),
        Some(Body::Text(text)) => !text.is_empty(),
        Some(Body::Reaction(reaction)) => {
            reaction.target_id.len() == ID_LEN && (1..=64).contains(&reaction.emoji.len())
        }
        Some(Body::Edit(edit)) => edit.target_id.len() == ID_LEN && !edit.text.is_empty(),
        Some(Body::Deletion(deletion)) => deletion.target_id.len() == ID_LEN,
        Some(Body::File(file)) => good_file(file),
        Some(Body::Timer(_)) => true,
    };
    if good { Ok(()) } else { broken("the body breaks a rule") }
}

fn good_file(file: &File) -> bool {
    file.blob_id.len() == 32
        && file.key.len() == 32
        && file.size <= LARGEST_FILE
        && good_file_name(&file.name)
        && good_mime_type(&file.mime_type)
}

fn good_file_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name != "."
        && name != ".."
        && !name.chars().any(|c| c == '/' || c == '\\' || c.is_control() || is_bidi_control(c))
}

/// Unicode's Bidi_Control.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A type and a subtype, each a restricted-name of RFC 6838 section 4.2.
fn good_mime_type(mime_type: &str) -> bool {
    let name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
    };
    mime_type.split_once('/').is_some_and(|(kind, subtype)| name(kind) && name(subtype))
}

/// A new UUIDv7 (RFC 9562 section 5.7).
pub fn fresh_id() -> [u8; ID_LEN] {
    let mut id = [0; ID_LEN];
    OsRng.fill_bytes(&mut id);
    id[..6].copy_from_slice(&now_ms().to_be_bytes()[2..]);
    id[6] = id[6] & 0x0f | 0x70;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
