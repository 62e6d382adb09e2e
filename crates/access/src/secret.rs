use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::AccessError;

/// Something that is shown once and kept nowhere; it does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits in base64url, behind `prefix`.
    pub(crate) fn random(prefix: &str) -> Result<Self, AccessError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text, for whom it is made.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> Digest {
        digest(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What is kept of a secret.
///
/// A plain hash is enough: nobody guesses 256 random bits, however quickly guesses are checked. It is
/// also what makes looking one up safe: how long a comparison takes tells about hashes, from which no
/// secret can be made.
pub(crate) type Digest = [u8; 32];

/// Characters of 32 bytes in base64url without padding.
const LENGTH: usize = 43;

/// What to look up for a text that is said to be a secret; `None` if it can be none.
pub(crate) fn claimed(text: &str, prefix: &str) -> Option<Digest> {
    let random = text.strip_prefix(prefix)?;
    let well_formed = random.len() == LENGTH
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    well_formed.then(|| digest(text))
}

fn digest(text: &str) -> Digest {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_are_found_again_and_do_not_show_themselves() {
        let (a, b) = (Secret::random("x_").unwrap(), Secret::random("x_").unwrap());
        assert_ne!(a, b);
        assert_eq!(URL_SAFE_NO_PAD.decode(&a.expose()[2..]).unwrap().len(), 32);
        assert_eq!(claimed(a.expose(), "x_"), Some(a.digest()));
        assert_eq!(format!("{a:?}"), "Secret");
        for text in ["", "x_", &a.expose()[2..], &a.expose()[..44], &format!("{}=", a.expose())] {
            assert_eq!(claimed(text, "x_"), None, "{text}");
        }
        assert_eq!(claimed(&format!("x_{}", "é".repeat(21) + "a"), "x_"), None);
    }
}
