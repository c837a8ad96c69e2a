//! Which table a dataset is in, and who reads it.

use std::fmt;

use bartizan_store::Secret;
use bartizan_wire::Value;
use serde::Deserialize;

use crate::{
    metric_source::{RdsSourceConfig, RedshiftSourceConfig},
    names::Arn,
};

/// A table, where it is, and what it is read with: an RDS or Redshift configuration with all that it must have. The
/// network that it is reached through (`VpcConfiguration`) is the installation's.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseSource {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The table, with its schema before a dot or without one.
    pub table: String,
    /// The ARN of the secret that has the user's name and password.
    pub secret: String,
    /// The ARN of the role that the secret is read as.
    pub role: String,
}

/// Who reads: a user of the database. It has no `Debug`.
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// What a secret says is no user name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSecret;

/// The members that both configurations have.
struct Members<'a> {
    host: Option<&'a String>,
    port: Option<i32>,
    database: Option<&'a String>,
    table: Option<&'a str>,
    secret: Option<&'a str>,
    role: Option<&'a Arn>,
}

impl DatabaseSource {
    /// The table of an RDS configuration.
    ///
    /// # Errors
    /// The names of the members that are missing.
    pub fn of_rds(source: &RdsSourceConfig) -> Result<Self, Vec<&'static str>> {
        Self::of(&Members {
            host: source.database_host.as_ref(),
            port: source.database_port,
            database: source.database_name.as_ref(),
            table: source.table_name.as_ref().map(|name| name.as_str()),
            secret: source.secret_manager_arn.as_ref().map(|arn| arn.as_str()),
            role: source.role_arn.as_ref(),
        })
    }

    /// The table of a Redshift configuration.
    ///
    /// # Errors
    /// The names of the members that are missing.
    pub fn of_redshift(source: &RedshiftSourceConfig) -> Result<Self, Vec<&'static str>> {
        Self::of(&Members {
            host: source.database_host.as_ref(),
            port: source.database_port,
            database: source.database_name.as_ref(),
            table: source.table_name.as_ref().map(|name| name.as_str()),
            secret: source.secret_manager_arn.as_ref().map(|arn| arn.as_str()),
            role: source.role_arn.as_ref(),
        })
    }

    fn of(members: &Members<'_>) -> Result<Self, Vec<&'static str>> {
        let port = members.port.and_then(|port| u16::try_from(port).ok());
        if let (Some(host), Some(port), Some(secret), Some(database), Some(table), Some(role)) =
            (members.host, port, members.secret, members.database, members.table, members.role)
        {
            return Ok(Self {
                host: host.clone(),
                port,
                database: database.clone(),
                table: table.to_owned(),
                secret: secret.to_owned(),
                role: role.as_str().to_owned(),
            });
        }
        let missing = [
            ("DatabaseHost", members.host.is_none()),
            ("DatabasePort", port.is_none()),
            ("SecretManagerArn", members.secret.is_none()),
            ("DatabaseName", members.database.is_none()),
            ("TableName", members.table.is_none()),
            ("RoleArn", members.role.is_none()),
        ];
        Err(missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| name).collect())
    }
}

impl Login {
    /// Reads the answer of GetSecretValue.
    ///
    /// # Errors
    /// If the secret has no text, or that is no user's name and password.
    pub fn of(answer: Value) -> Result<Self, InvalidSecret> {
        let Value::Structure(members) = answer else { return Err(InvalidSecret) };
        match members.into_iter().find(|(name, _)| name == "SecretString") {
            Some((_, Value::String(text))) => Self::read(Secret::new(text).expose()),
            _ => Err(InvalidSecret),
        }
    }

    /// Reads what a secret of a database says: a JSON object with `username` and `password`, and whatever else.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>
    ///
    /// # Errors
    /// If it is none.
    pub fn read(secret: &str) -> Result<Self, InvalidSecret> {
        #[derive(Deserialize)]
        struct Structure {
            username: String,
            password: String,
        }
        let Structure { username, password } = serde_json::from_str(secret).map_err(|_| InvalidSecret)?;
        let is_text = |text: &str| !text.is_empty() && !text.contains('\0');
        let password = Secret::new(password);
        if is_text(&username) && is_text(password.expose()) {
            Ok(Self { username, password })
        } else {
            Err(InvalidSecret)
        }
    }
}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The secret must be a JSON object with username and password.")
    }
}

impl std::error::Error for InvalidSecret {}

#[cfg(test)]
mod tests {
    use bartizan_wire::{Shape as _, json};

    use super::*;
    use crate::metric_source::MetricSource;

    const MEMBERS: [(&str, &str); 6] = [
        ("DatabaseHost", r#""db.example.com""#),
        ("DatabasePort", "5432"),
        ("SecretManagerArn", r#""arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonLookoutMetrics-x""#),
        ("DatabaseName", r#""shop""#),
        ("TableName", r#""public.orders""#),
        ("RoleArn", r#""arn:aws:iam::123456789012:role/reader""#),
    ];

    fn source(kind: &str, without: &str) -> Result<DatabaseSource, Vec<&'static str>> {
        let members = MEMBERS.iter().filter(|(name, _)| *name != without && without != "*");
        let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let body = format!("{{\"{kind}\":{{{}}}}}", members.join(","));
        let source = MetricSource::read(json::decode(body.as_bytes()).unwrap()).unwrap();
        match (source.rds_source_config, source.redshift_source_config) {
            (Some(rds), None) => DatabaseSource::of_rds(&rds),
            (None, Some(redshift)) => DatabaseSource::of_redshift(&redshift),
            _ => panic!("{kind}"),
        }
    }

    #[test]
    fn a_table_is_named_whole_or_not_at_all() {
        for kind in ["RDSSourceConfig", "RedshiftSourceConfig"] {
            let found = source(kind, "").unwrap();
            assert_eq!((found.host.as_str(), found.port), ("db.example.com", 5432));
            assert_eq!((found.database.as_str(), found.table.as_str()), ("shop", "public.orders"));
            assert!(found.secret.ends_with("AmazonLookoutMetrics-x") && found.role.ends_with("role/reader"));
            for (missing, _) in MEMBERS {
                assert_eq!(source(kind, missing), Err(vec![missing]));
            }
            assert_eq!(source(kind, "*"), Err(MEMBERS.map(|(name, _)| name).into()));
        }
    }

    #[test]
    fn a_secret_is_a_user_s_name_and_password() {
        let whole = r#"{"engine":"postgres","host":"h","username":"lookout","password":"a\"b","port":5432}"#;
        let login = Login::read(whole).unwrap();
        assert_eq!((login.username.as_str(), login.password.expose()), ("lookout", "a\"b"));
        for none in [
            "",
            "lookout",
            "[]",
            r#"{"username":"lookout"}"#,
            r#"{"password":"x"}"#,
            r#"{"username":"","password":"x"}"#,
            r#"{"username":"lookout","password":""}"#,
            r#"{"username":"lookout","password":1}"#,
            r#"{"username":"lookout","password":"a\u0000b"}"#,
        ] {
            assert!(Login::read(none).is_err(), "{none}");
        }
    }
}
