//! Multipart uploads: parts that become one object, without a byte copied.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::{
    Content, Error, Object, Objects, Wanted,
    index::{discard, settle},
    object::{self, meet, remove},
};

/// An upload that is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What the object will be called.
    pub key: String,
    /// Its id.
    pub id: String,
    /// When it was begun, in milliseconds since the epoch.
    pub begun: i64,
    /// What the service keeps of it, in the service's own form.
    pub head: String,
}

/// A part of one: its number and, as of an object, the rest.
pub type Part = (u32, Object);

impl Objects {
    /// Begins an upload.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn begin(&self, bucket: &str, upload: Upload) -> Result<(), Error> {
        if self.closed().contains(bucket) {
            return Err(Error::Closed);
        }
        let bucket = bucket.to_owned();
        self.index.write(move |transaction| {
            transaction.prepare_cached("INSERT INTO upload VALUES (?, ?, ?, ?, ?)")?.execute(params![
                bucket,
                upload.key.as_bytes(),
                upload.id,
                upload.begun,
                upload.head
            ])?;
            Ok(())
        })
    }

    /// The upload of this id and key.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Option<Upload>, Error> {
        self.index.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT begun, head FROM upload WHERE bucket = ? AND key = ? AND id = ?")?;
            let found = statement.query_row(params![bucket, key.as_bytes(), id], |row| {
                Ok(Upload { key: key.to_owned(), id: id.to_owned(), begun: row.get(0)?, head: row.get(1)? })
            });
            Ok(found.optional()?)
        })
    }

    /// The uploads of a bucket whose keys begin with `prefix`, by key and id, after these.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn uploads(&self, bucket: &str, prefix: &str, after: (&str, &str), most: usize) -> Result<Vec<Upload>, Error> {
        self.index.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, id, begun, head FROM upload WHERE bucket = ?1 AND key >= ?2 AND (key, id) > (?3, ?4)
                 ORDER BY key, id",
            )?;
            let mut rows = statement.query(params![bucket, prefix.as_bytes(), after.0.as_bytes(), after.1])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let key = String::from_utf8(row.get(0)?).unwrap_or_default();
                if found.len() >= most || !key.starts_with(prefix) {
                    break;
                }
                found.push(Upload { key, id: row.get(1)?, begun: row.get(2)?, head: row.get(3)? });
            }
            Ok(found)
        })
    }

    /// Puts a part in the place of one of the same number.
    ///
    /// # Errors
    /// [`Error::Unmet`] if the upload is not going on.
    pub fn put_part(&self, bucket: &str, key: &str, id: &str, number: u32, part: Object) -> Result<(), Error> {
        let (bucket, key, id) = (bucket.to_owned(), key.as_bytes().to_owned(), id.to_owned());
        let brought = part.content.blobs();
        let written = self.index.write(move |transaction| {
            must_go_on(transaction, &bucket, &key, &id)?;
            let old: Option<String> = transaction
                .prepare_cached("DELETE FROM part WHERE upload = ? AND number = ? RETURNING content")?
                .query_row(params![id, number], |row| row.get(0))
                .optional()?;
            let has_blobs = old.map_or(Ok(false), |old| discard(transaction, &old))?;
            let content = serde_json::to_string(&settle(transaction, part.content)?)?;
            transaction.prepare_cached("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)")?.execute(params![
                id,
                number,
                part.etag,
                part.modified,
                part.size.cast_signed(),
                part.head,
                content
            ])?;
            Ok(has_blobs)
        });
        self.tidy(brought, written)
    }

    /// The parts of an upload by number, after this one.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn parts(&self, id: &str, after: u32, most: usize) -> Result<Vec<Part>, Error> {
        self.index.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, etag, modified, size, head, content FROM part WHERE upload = ? AND number > ?
                 ORDER BY number LIMIT ?",
            )?;
            let mut rows = statement.query(params![id, after, i64::try_from(most).unwrap_or(i64::MAX)])?;
            let mut parts = Vec::new();
            while let Some(row) = rows.next()? {
                parts.push((row.get(0)?, object::object(row, 1)?));
            }
            Ok(parts)
        })
    }

    /// Makes these parts, in their order, the object, and ends the upload. `object` has no content yet.
    ///
    /// # Errors
    /// [`Error::Unmet`] if the upload is not going on, a part is no longer the same, or what is there is not wanted.
    pub fn complete(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        parts: Vec<Part>,
        object: Object,
        wanted: Wanted,
    ) -> Result<(), Error> {
        if self.closed().contains(bucket) {
            return Err(Error::Closed);
        }
        let (bucket, key, id) = (bucket.to_owned(), key.as_bytes().to_owned(), id.to_owned());
        let written = self.index.write(move |transaction| {
            must_go_on(transaction, &bucket, &key, &id)?;
            meet(transaction, &bucket, &key, &wanted)?;
            let mut content = Content::default();
            for (number, part) in parts {
                let expected = serde_json::to_string(&part.content)?;
                let taken = transaction
                    .prepare_cached("DELETE FROM part WHERE upload = ? AND number = ? AND content = ?")?
                    .execute(params![id, number, expected])?;
                if taken != 1 {
                    return Err(Error::Unmet);
                }
                content.0.extend(part.content.0);
            }
            let has_blobs = end(transaction, &bucket, &key, &id)? | remove(transaction, &bucket, &key)?;
            transaction.prepare_cached("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?)")?.execute(params![
                bucket,
                key,
                object.etag,
                object.modified,
                content.length().cast_signed(),
                object.head,
                serde_json::to_string(&content)?
            ])?;
            Ok(has_blobs)
        });
        self.tidy(Vec::new(), written)
    }

    /// Gives an upload and its parts up.
    ///
    /// # Errors
    /// [`Error::Unmet`] if it is not going on.
    pub fn abort(&self, bucket: &str, key: &str, id: &str) -> Result<(), Error> {
        let (bucket, key, id) = (bucket.to_owned(), key.as_bytes().to_owned(), id.to_owned());
        let written = self.index.write(move |transaction| {
            must_go_on(transaction, &bucket, &key, &id)?;
            end(transaction, &bucket, &key, &id)
        });
        self.tidy(Vec::new(), written)
    }
}

fn must_go_on(transaction: &Transaction<'_>, bucket: &str, key: &[u8], id: &str) -> Result<(), Error> {
    let found = transaction
        .prepare_cached("SELECT 1 FROM upload WHERE bucket = ? AND key = ? AND id = ?")?
        .query_row(params![bucket, key, id], |_| Ok(()))
        .optional()?;
    found.ok_or(Error::Unmet)
}

/// Ends an upload, with the parts that are still its own.
fn end(transaction: &Transaction<'_>, bucket: &str, key: &[u8], id: &str) -> Result<bool, Error> {
    let mut has_blobs = false;
    let mut statement = transaction.prepare_cached("DELETE FROM part WHERE upload = ? RETURNING content")?;
    let left: Vec<String> = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for content in left {
        has_blobs |= discard(transaction, &content)?;
    }
    transaction
        .prepare_cached("DELETE FROM upload WHERE bucket = ? AND key = ? AND id = ?")?
        .execute(params![bucket, key, id])?;
    Ok(has_blobs)
}
