use argon2::password_hash::{Error, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{AccessError, WeakPassword};

/// One of the settings that OWASP's Password Storage Cheat Sheet gives as equally strong (19 MiB, two
/// passes, one lane): the one with which a small machine can still check a few at a time.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;

/// Characters, NIST SP 800-63B s5.1.1.2 asks for 8.
const LEAST_CHARACTERS: usize = 10;
const MOST_BYTES: usize = 1024;
const LEAST_DIFFERENT: usize = 4;

/// What is compared with when nobody is called so, so that this takes as long. Nobody knows a password
/// that hashes to it, and a match would not be believed.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bmV0bW9uc2VjLWRlY295IQ\
                     $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses what would soon be guessed.
pub(crate) fn check(name: &str, password: &str) -> Result<(), WeakPassword> {
    let characters = password.chars().count();
    if characters < LEAST_CHARACTERS {
        return Err(WeakPassword::Short(characters));
    }
    if password.len() > MOST_BYTES {
        return Err(WeakPassword::Long(password.len()));
    }
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < LEAST_DIFFERENT {
        return Err(WeakPassword::Monotonous);
    }
    // Without the name, too little would be left.
    if lower.replace(&name.to_lowercase(), "").chars().count() < 4 {
        return Err(WeakPassword::Name);
    }
    Ok(())
}

/// What is kept of a password: a PHC string.
pub(crate) fn hash(password: &str) -> Result<String, AccessError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(AccessError::Random)?;
    let hash = hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(AccessError::Hash)?.to_string())
}

/// The password is the one that `kept` was made of; false, after as long, if there is nothing kept.
pub(crate) fn verify(password: &str, kept: Option<&str>) -> Result<bool, AccessError> {
    // Nobody has one as long, so nothing is told by refusing it at once.
    if password.len() > MOST_BYTES {
        return Ok(false);
    }
    let parsed = PasswordHash::new(kept.unwrap_or(DECOY)).map_err(|error| AccessError::Hash(error.into()))?;
    match hasher()?.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => Ok(kept.is_some()),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(AccessError::Hash(error)),
    }
}

fn hasher() -> Result<Argon2<'static>, AccessError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES))
        .map_err(|error| AccessError::Hash(error.into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_is_right() {
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse").unwrap());
        assert!(verify("correct horse", Some(&kept)).unwrap());
        for wrong in ["correct hors", "correct horse ", "Correct horse", "", &"x".repeat(MOST_BYTES + 1)] {
            assert!(!verify(wrong, Some(&kept)).unwrap(), "{wrong}");
        }
        assert!(verify("correct horse", Some("$argon2id$")).is_err());
    }

    #[test]
    fn the_decoy_costs_what_a_user_costs_and_lets_nobody_in() {
        let kept = hash("correct horse").unwrap();
        let (kept, decoy) = (PasswordHash::new(&kept).unwrap(), PasswordHash::new(DECOY).unwrap());
        assert_eq!((kept.algorithm, kept.version), (decoy.algorithm, decoy.version));
        assert_eq!(kept.params.to_string(), decoy.params.to_string());
        assert_eq!(kept.salt.unwrap().len(), decoy.salt.unwrap().len());
        assert_eq!(kept.hash.unwrap().len(), decoy.hash.unwrap().len());
        for password in ["", "correct horse"] {
            assert!(!verify(password, None).unwrap());
        }
    }

    #[test]
    fn what_would_be_guessed_is_refused() {
        let cases = [
            ("123456789", Some(WeakPassword::Short(9))),
            ("äöüäöüäöü", Some(WeakPassword::Short(9))),
            ("1234567890", None),
            ("aaaaaaaaaaaa", Some(WeakPassword::Monotonous)),
            ("AaBaAaBaAaBc", Some(WeakPassword::Monotonous)),
            ("Administrator1", Some(WeakPassword::Name)),
            ("administrator, my friend", None),
        ];
        for (password, refusal) in cases {
            assert_eq!(check("administrator", password).err(), refusal, "{password}");
        }
        assert_eq!(check("a", &"abcd".repeat(257)), Err(WeakPassword::Long(1028)));
    }
}
