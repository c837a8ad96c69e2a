use bartizan_store::{Keyring, Secret, Unsealable};

/// The kinds of unique ids, by their prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UniqueId {
    /// `AIDA`: an IAM user.
    User,
    /// `AROA`: a role.
    Role,
    /// `AGPA`: a group.
    Group,
    /// `ANPA`: a managed policy.
    Policy,
    /// `AIPA`: an instance profile.
    InstanceProfile,
    /// `AKIA`: a long-term access key.
    AccessKey,
    /// `ASIA`: a temporary access key.
    TemporaryAccessKey,
}

impl UniqueId {
    const fn prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Role => "AROA",
            Self::Group => "AGPA",
            Self::Policy => "ANPA",
            Self::InstanceProfile => "AIPA",
            Self::AccessKey => "AKIA",
            Self::TemporaryAccessKey => "ASIA",
        }
    }

    /// Ids of access keys are one character shorter than the others, as AWS's are.
    const fn random_length(self) -> usize {
        match self {
            Self::User | Self::Role | Self::Group | Self::Policy | Self::InstanceProfile => 17,
            Self::AccessKey | Self::TemporaryAccessKey => 16,
        }
    }

    /// A new id: the prefix and 16 or 17 characters of base 32, so at least 80 random bits.
    pub(crate) fn generate(self, keyring: &Keyring) -> Result<String, Unsealable> {
        let random = text(keyring, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", self.random_length())?;
        Ok(format!("{}{random}", self.prefix()))
    }
}

/// Random characters of an alphabet of 16, 32 or 64.
pub(crate) fn text(keyring: &Keyring, alphabet: &[u8], length: usize) -> Result<String, Unsealable> {
    let mut bytes = vec![0; length];
    keyring.random(&mut bytes)?;
    Ok(bytes
        .into_iter()
        .filter_map(|byte| {
            alphabet.get(usize::from(byte).checked_rem(alphabet.len())?).map(|letter| char::from(*letter))
        })
        .collect())
}

/// Random UUIDs (version 4), as request ids and event ids are; drawn at once, for each draw has its price.
pub(crate) fn uuids<const N: usize>(keyring: &Keyring) -> Result<[String; N], Unsealable> {
    let mut bytes = [[0; 16]; N];
    keyring.random(bytes.as_flattened_mut())?;
    Ok(bytes.map(uuid))
}

/// <https://www.rfc-editor.org/rfc/rfc9562#section-5.4>
fn uuid(random: [u8; 16]) -> String {
    let bits = u128::from_be_bytes(random) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let mut text = String::with_capacity(36);
    for (position, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}

/// A new long-term access key: its id and secret. For the root user's at the first start; all others are made by
/// operations.
///
/// # Errors
/// Only if the system's random generator fails.
pub fn new_access_key(keyring: &Keyring) -> Result<(String, Secret), Unsealable> {
    Ok((UniqueId::AccessKey.generate(keyring)?, new_secret(keyring)?))
}

/// A new secret access key: 40 characters of base 64, 240 random bits.
pub(crate) fn new_secret(keyring: &Keyring) -> Result<Secret, Unsealable> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Ok(Secret::new(text(keyring, ALPHABET, 40)?))
}

#[cfg(test)]
#[path = "id_tests.rs"]
mod tests;
