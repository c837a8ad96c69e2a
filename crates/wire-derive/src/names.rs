//! AWS's names from Rust's.

/// `kms_key_arn` -> `KmsKeyArn`.
pub fn pascal(field: &str) -> String {
    field.split('_').map(capitalised).collect()
}

/// `KmsKeyArn` -> `kmsKeyArn`.
pub fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
}

/// `BackTestActive` -> `BACK_TEST_ACTIVE`.
pub fn screaming(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    for (position, letter) in variant.chars().enumerate() {
        if letter.is_ascii_uppercase() && position > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_members() {
        for (field, member) in [
            ("user_name", "UserName"),
            ("kms_key_arn", "KmsKeyArn"),
            ("s3_source_config", "S3SourceConfig"),
            ("path", "Path"),
            ("", ""),
        ] {
            assert_eq!(pascal(field), member);
        }
    }

    #[test]
    fn members_become_camels_and_variants_scream() {
        assert_eq!(camel("KmsKeyArn"), "kmsKeyArn");
        assert_eq!(camel(""), "");
        assert_eq!(screaming("BackTestActive"), "BACK_TEST_ACTIVE");
        assert_eq!(screaming("Active"), "ACTIVE");
    }
}
