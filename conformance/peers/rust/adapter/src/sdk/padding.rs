//! Padding of what is encrypted to one of a few sizes (spec/client/padding.md).

use super::error::{Error, Result};

const LENGTH_LEN: usize = 4;
const SMALLEST: usize = 256;
const DOUBLING_UP_TO: usize = 65_536;
const LARGEST: usize = 4_128_768;

/// The one padded form of `content`.
pub fn pad(content: &[u8]) -> Result<Vec<u8>> {
    let needed = content.len() + LENGTH_LEN;
    let length = u32::try_from(content.len()).ok().filter(|_| needed <= LARGEST);
    let length = length.ok_or_else(|| Error::local("the content is too large"))?;
    let mut padded = Vec::with_capacity(bucket(needed));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(bucket(needed), 0);
    Ok(padded)
}

/// The content of `padded`; the stages of a refusal are those of the vectors.
pub fn unpad(padded: &[u8]) -> Result<&[u8]> {
    let refuse = |stage, text: &str| Err(Error { stage: Some(stage), ..Error::local(text) });
    if padded.len() > LARGEST || padded.len() < SMALLEST || bucket(padded.len()) != padded.len() {
        return refuse("size", "no size of a padded content");
    }
    let (length, rest) = padded.split_first_chunk().expect("256 bytes at least");
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let Some((content, zeros)) = rest.split_at_checked(length) else {
        return refuse("length", "the length points past the end");
    };
    if bucket(LENGTH_LEN + length) != padded.len() {
        return refuse("bucket", "a smaller size holds the content");
    }
    if zeros.iter().any(|byte| *byte != 0) {
        return refuse("padding", "the padding is not zero");
    }
    Ok(content)
}

/// The smallest size that holds `needed` bytes.
fn bucket(needed: usize) -> usize {
    if needed > DOUBLING_UP_TO {
        return needed.next_multiple_of(DOUBLING_UP_TO);
    }
    needed.next_power_of_two().max(SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::{pad, unpad};

    #[test]
    fn sizes_of_the_chapter() {
        for (content, size) in
            [(0, 256), (252, 256), (253, 512), (65_532, 65_536), (65_533, 131_072)]
        {
            let padded = pad(&vec![7; content]).expect("fits");
            assert_eq!(padded.len(), size);
            assert_eq!(unpad(&padded).expect("just padded"), vec![7; content]);
        }
        assert!(pad(&vec![0; 4_128_764]).is_ok());
        assert!(pad(&vec![0; 4_128_765]).is_err());
    }
}
