//! The audit trail as the store keeps it: CloudTrail records, one JSON text each, in batches.

use std::path::Path;

use jiff::Timestamp;

use crate::{OpenError, database::Database};

/// One audit record.
#[derive(Debug, Clone)]
pub struct Record {
    /// When the request came.
    pub time: Timestamp,
    /// The record in CloudTrail's format, without line breaks.
    pub json: String,
}

/// An access key was used.
#[derive(Debug, Clone)]
pub struct KeyUse {
    /// Which.
    pub access_key_id: String,
    /// When.
    pub time: Timestamp,
    /// The service that it was used with, such as `iam`.
    pub service: String,
    /// The Region that the request was signed for.
    pub region: String,
}

/// Reads the audit trail of a data directory, oldest first, also while a server runs on it. `since` leaves out
/// batches that are wholly earlier; the caller filters records. `each` is given one JSON text at a time and says
/// whether to go on.
///
/// # Errors
/// If there is no readable store.
pub fn read(data_dir: &Path, since: Option<Timestamp>, mut each: impl FnMut(&str) -> bool) -> Result<(), OpenError> {
    let path = data_dir.join(crate::store::DATABASE);
    if !path.exists() {
        return Err(OpenError::DatabaseMissing(path));
    }
    let connection = Database::read_only(&path)?;
    let mut statement = connection.prepare("SELECT records FROM audit WHERE last >= ? ORDER BY position")?;
    let mut rows = statement.query([since.map_or(i64::MIN, Timestamp::as_second)])?;
    while let Some(row) = rows.next()? {
        let records =
            row.get_ref(0)?.as_str().map_err(|_| OpenError::Damaged("an audit row is not text".to_owned()))?;
        if !records.lines().all(&mut each) {
            return Ok(());
        }
    }
    Ok(())
}
