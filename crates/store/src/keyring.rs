use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
    rand::{SecureRandom, SystemRandom},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a seal is for. Each purpose has a key of its own, so that what was sealed for one opens for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Secret access keys at rest.
    SecretAccessKey,
    /// Values of secrets at rest.
    SecretValue,
    /// Session tokens.
    SessionToken,
    /// Encoded authorization messages.
    AuthorizationMessage,
    /// Page markers and next tokens.
    Pagination,
}

/// The keys of an installation, all derived from its master key, which is random and kept in a file of its own.
pub struct Keyring {
    secret_access_keys: LessSafeKey,
    secret_values: LessSafeKey,
    session_tokens: LessSafeKey,
    authorization_messages: LessSafeKey,
    pagination: LessSafeKey,
    pub(crate) digests: hmac::Key,
    random: SystemRandom,
}

/// A secret in clear. It is wiped when dropped and has no `Debug`.
pub struct Secret(Zeroizing<String>);

/// A secret under authenticated encryption: nonce, ciphertext and tag, base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// The text was not sealed by this installation for this purpose and context, or the system has no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealable;

impl Keyring {
    pub(crate) const MASTER_KEY_LEN: usize = 32;

    pub(crate) fn generate_master_key() -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let mut key = Zeroizing::new(vec![0; Self::MASTER_KEY_LEN]);
        SystemRandom::new().fill(&mut key).map_err(|_| Unsealable)?;
        Ok(key)
    }

    pub(crate) fn new(master_key: &[u8]) -> Result<Self, Unsealable> {
        let master = hkdf::Salt::new(hkdf::HKDF_SHA256, b"bartizan keyring 1").extract(master_key);
        Ok(Self {
            secret_access_keys: cipher(&master, b"secret access keys")?,
            secret_values: cipher(&master, b"secret values")?,
            session_tokens: cipher(&master, b"session tokens")?,
            authorization_messages: cipher(&master, b"authorization messages")?,
            pagination: cipher(&master, b"pagination")?,
            digests: hmac::Key::new(hmac::HMAC_SHA256, &derive(&master, b"digests")?),
            random: SystemRandom::new(),
        })
    }

    /// Seals bytes. `context` is not in the sealed text but must be the same when it is opened.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn seal(&self, purpose: Purpose, context: &[u8], clear: &[u8]) -> Result<Sealed, Unsealable> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| Unsealable)?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + clear.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(clear);
        let (_, body) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .key(purpose)
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), body)
            .map_err(|_| Unsealable)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(Sealed(STANDARD.encode(sealed)))
    }

    /// How many bytes make a sealed text of at most so many characters.
    #[must_use]
    pub fn clear_len(characters: usize) -> usize {
        (characters / 4 * 3).saturating_sub(NONCE_LEN + AES_256_GCM.tag_len())
    }

    /// Opens what [`Keyring::seal`] made for the same purpose and context.
    ///
    /// # Errors
    /// For everything else.
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let mut bytes = Zeroizing::new(STANDARD.decode(sealed).map_err(|_| Unsealable)?);
        let (nonce, body) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let clear = self.key(purpose).open_in_place(nonce, Aad::from(context), body).map_err(|_| Unsealable)?;
        Ok(Zeroizing::new(clear.to_vec()))
    }

    /// Seals a secret access key for the access key id that it belongs to.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn seal_secret(&self, access_key_id: &str, secret: &Secret) -> Result<Sealed, Unsealable> {
        self.seal(Purpose::SecretAccessKey, access_key_id.as_bytes(), secret.expose().as_bytes())
    }

    /// Opens the secret of an access key id.
    ///
    /// # Errors
    /// If it was not sealed here for that id.
    pub fn open_secret(&self, access_key_id: &str, sealed: &Sealed) -> Result<Secret, Unsealable> {
        let clear = self.open(Purpose::SecretAccessKey, access_key_id.as_bytes(), sealed.as_str())?;
        Ok(Secret::new(std::str::from_utf8(&clear).map_err(|_| Unsealable)?.to_owned()))
    }

    /// Fills a buffer with random bytes.
    ///
    /// # Errors
    /// If the system's random generator fails.
    pub fn random(&self, buffer: &mut [u8]) -> Result<(), Unsealable> {
        self.random.fill(buffer).map_err(|_| Unsealable)
    }

    fn key(&self, purpose: Purpose) -> &LessSafeKey {
        match purpose {
            Purpose::SecretAccessKey => &self.secret_access_keys,
            Purpose::SecretValue => &self.secret_values,
            Purpose::SessionToken => &self.session_tokens,
            Purpose::AuthorizationMessage => &self.authorization_messages,
            Purpose::Pagination => &self.pagination,
        }
    }
}

fn derive(master: &hkdf::Prk, purpose: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let mut key = Zeroizing::new(vec![0; 32]);
    master.expand(&[purpose], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).map_err(|_| Unsealable)?;
    Ok(key)
}

fn cipher(master: &hkdf::Prk, purpose: &[u8]) -> Result<LessSafeKey, Unsealable> {
    let key = UnboundKey::new(&AES_256_GCM, &derive(master, purpose)?).map_err(|_| Unsealable)?;
    Ok(LessSafeKey::new(key))
}

impl Secret {
    /// Takes a secret in.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The secret itself, where it is needed: to derive a signing key, to show it once to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Sealed {
    /// The sealed text, which tells nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text was not sealed by this installation for this purpose")
    }
}

impl std::error::Error for Unsealable {}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(byte: u8) -> Keyring {
        Keyring::new(&[byte; Keyring::MASTER_KEY_LEN]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_purpose_and_context_only() {
        let keys = keyring(1);
        let sealed = keys.seal(Purpose::SessionToken, b"here", b"clear").unwrap();
        assert_eq!(*keys.open(Purpose::SessionToken, b"here", sealed.as_str()).unwrap(), b"clear");
        assert!(keys.open(Purpose::SessionToken, b"there", sealed.as_str()).is_err());
        assert!(keys.open(Purpose::AuthorizationMessage, b"here", sealed.as_str()).is_err());
        assert!(keyring(2).open(Purpose::SessionToken, b"here", sealed.as_str()).is_err());
    }

    #[test]
    fn a_secret_cannot_be_shown_or_compared() {
        // No Rust as soon as `Secret` has one of the traits: which `IsNot` is meant would be ambiguous.
        trait IsNot<Trait> {
            fn holds() -> bool {
                true
            }
        }
        struct Debug;
        struct Display;
        struct Compared;
        struct Serialized;
        impl<T> IsNot<()> for T {}
        impl<T: std::fmt::Debug> IsNot<Debug> for T {}
        impl<T: std::fmt::Display> IsNot<Display> for T {}
        impl<T: PartialEq> IsNot<Compared> for T {}
        impl<T: Serialize> IsNot<Serialized> for T {}
        assert!(<Secret as IsNot<_>>::holds());
    }

    #[test]
    fn a_sealed_text_is_as_long_as_foretold() {
        let keys = keyring(1);
        for characters in [40, 41, 43, 44, 48, 10_240] {
            let clear = vec![b'x'; Keyring::clear_len(characters)];
            let sealed = |clear: &[u8]| keys.seal(Purpose::SessionToken, b"", clear).unwrap().as_str().len();
            assert!(sealed(&clear) <= characters, "{characters}");
            assert!(sealed(&[clear.as_slice(), b"xxx"].concat()) > characters, "{characters}");
        }
        assert_eq!(Keyring::clear_len(8), 0);
    }

    #[test]
    fn a_changed_or_cut_text_does_not_open() {
        let keys = keyring(1);
        let sealed = keys.seal(Purpose::SessionToken, b"", b"clear").unwrap();
        let bytes = STANDARD.decode(sealed.as_str()).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert!(keys.open(Purpose::SessionToken, b"", &STANDARD.encode(&changed)).is_err(), "{position}");
            assert!(keys.open(Purpose::SessionToken, b"", &STANDARD.encode(&bytes[..position])).is_err());
        }
        assert!(keys.open(Purpose::SessionToken, b"", "not base64!").is_err());
    }
}
