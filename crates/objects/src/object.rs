//! Put, get, list, change and delete.

use std::io::Cursor;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::{
    Content, Error, Objects, Reader,
    content::{Place, Source},
    index::{discard, settle},
};

/// An object but for its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The tag of its bytes, without quotes.
    pub etag: String,
    /// When it was put, in milliseconds since the epoch.
    pub modified: i64,
    /// How many bytes it has.
    pub size: u64,
    /// What the service keeps of it, in the service's own form.
    pub head: String,
    /// Where its bytes are.
    pub content: Content,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// An object by its key.
    Object(String, Object),
    /// What the keys of one or more objects begin with, up to the delimiter.
    Prefix(String),
}

/// A part of a list.
#[derive(Debug, Default)]
pub struct Page {
    /// In the order of their bytes.
    pub items: Vec<Listed>,
    /// Whether there are more.
    pub is_truncated: bool,
}

/// What must be there for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Whatever is.
    #[default]
    Anything,
    /// No object of this key.
    Nothing,
    /// An object of this tag.
    Etag(String),
}

const COLUMNS: &str = "etag, modified, size, head, content";

impl Objects {
    /// Puts an object in the place of what was there.
    ///
    /// # Errors
    /// [`Error::Unmet`] if what is there is not what is wanted.
    pub fn put(&self, bucket: &str, key: &str, object: Object, wanted: Wanted) -> Result<(), Error> {
        let brought = object.content.blobs();
        let written = self.put_unless_closed(bucket, key, object, wanted);
        self.tidy(brought, written)
    }

    fn put_unless_closed(&self, bucket: &str, key: &str, object: Object, wanted: Wanted) -> Result<bool, Error> {
        if self.closed().contains(bucket) {
            return Err(Error::Closed);
        }
        let (bucket, key) = (bucket.to_owned(), key.as_bytes().to_owned());
        self.index.write(move |transaction| {
            meet(transaction, &bucket, &key, &wanted)?;
            let content = settle(transaction, object.content)?;
            let has_blobs = remove(transaction, &bucket, &key)?;
            transaction.prepare_cached("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?)")?.execute(params![
                bucket,
                key,
                object.etag,
                object.modified,
                object.size.cast_signed(),
                object.head,
                serde_json::to_string(&content)?
            ])?;
            Ok(has_blobs)
        })
    }

    /// What is there under a key.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, Error> {
        self.index.read(|connection| find(connection, bucket, key.as_bytes()))
    }

    /// Reads an object's bytes, from the byte `skip` on, so many.
    ///
    /// # Errors
    /// [`Error::Unmet`] if the object has been replaced or deleted meanwhile.
    pub fn read(&self, content: &Content, mut skip: u64, mut length: u64) -> Result<Reader, Error> {
        let mut reader = Reader { held: self.blobs.hold(content), ..Reader::default() };
        for piece in &content.0 {
            if skip >= piece.length {
                skip -= piece.length;
                continue;
            }
            let take = length.min(piece.length - skip);
            if take == 0 {
                break;
            }
            reader.sources.push_back(match &piece.place {
                Place::Memory(_) => return Err(Error::Failed("bytes that are not written yet".to_owned())),
                Place::Blob(name) => self.blobs.open(name, skip, take)?,
                Place::Row(id) => {
                    let bytes: Option<Vec<u8>> = self.index.read(|connection| {
                        let mut statement = connection.prepare_cached("SELECT bytes FROM bytes WHERE id = ?")?;
                        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
                    })?;
                    let mut bytes = bytes.ok_or(Error::Unmet)?;
                    bytes.truncate(usize::try_from(skip + take).unwrap_or(usize::MAX));
                    let mut bytes = Cursor::new(bytes);
                    bytes.set_position(skip);
                    Source::Memory(bytes)
                }
            });
            length -= take;
            skip = 0;
        }
        // What fails at once can be told; later the answer has begun.
        if let Some(Source::Outer(stream)) = reader.sources.front_mut() {
            stream.ask()?;
        }
        Ok(reader)
    }

    /// Changes what the service keeps of an object, if it is still the one of this tag and time.
    ///
    /// # Errors
    /// [`Error::Unmet`] if it is not.
    pub fn change(&self, bucket: &str, key: &str, object: &Object, head: String) -> Result<(), Error> {
        let (bucket, key, was) = (bucket.to_owned(), key.as_bytes().to_owned(), object.clone());
        self.index.write(move |transaction| {
            let changed = transaction
                .prepare_cached("UPDATE object SET head = ? WHERE bucket = ? AND key = ? AND etag = ? AND modified = ? AND head = ?")?
                .execute(params![head, bucket, key, was.etag, was.modified, was.head])?;
            if changed == 1 { Ok(()) } else { Err(Error::Unmet) }
        })
    }

    /// Deletes objects; what is not there is as good as deleted.
    ///
    /// # Errors
    /// If the index cannot be written; none is deleted then.
    pub fn delete(&self, bucket: &str, keys: Vec<String>) -> Result<(), Error> {
        let bucket = bucket.to_owned();
        let written = self.index.write(move |transaction| {
            let mut has_blobs = false;
            for key in keys {
                has_blobs |= remove(transaction, &bucket, key.as_bytes())?;
            }
            Ok(has_blobs)
        });
        self.tidy(Vec::new(), written)
    }

    /// A part of the list of a bucket: keys that begin with `prefix` and come after `after`, those that have the delimiter
    /// after the prefix rolled up.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn list(&self, bucket: &str, prefix: &str, after: &str, delimiter: &str, most: usize) -> Result<Page, Error> {
        self.index.read(|connection| {
            let mut page = Page::default();
            let mut from = if after < prefix { prefix.as_bytes().to_vec() } else { [after.as_bytes(), &[0]].concat() };
            // Who was told a rolled-up prefix has been told of all below it.
            if let Some(rolled) = rolled(after, prefix, delimiter).filter(|rolled| *rolled == after) {
                from = past(rolled);
            }
            let sql = format!("SELECT key, {COLUMNS} FROM object WHERE bucket = ?1 AND key >= ?2 ORDER BY key");
            let mut statement = connection.prepare_cached(&sql)?;
            'seek: loop {
                let mut rows = statement.query(params![bucket, from])?;
                while let Some(row) = rows.next()? {
                    let key = str::from_utf8(row.get_ref(0)?.as_blob().unwrap_or_default()).unwrap_or_default();
                    if !key.starts_with(prefix) {
                        return Ok(page);
                    }
                    if page.items.len() >= most {
                        page.is_truncated = true;
                        return Ok(page);
                    }
                    match rolled(key, prefix, delimiter) {
                        Some(rolled) => {
                            page.items.push(Listed::Prefix(rolled.to_owned()));
                            from = past(rolled);
                            continue 'seek;
                        }
                        None => page.items.push(Listed::Object(key.to_owned(), object(row, 1)?)),
                    }
                }
                return Ok(page);
            }
        })
    }
}

/// The key up to and with the first delimiter after the prefix.
fn rolled<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    if delimiter.is_empty() {
        return None;
    }
    let found = key.strip_prefix(prefix)?.find(delimiter)?;
    key.get(..prefix.len() + found + delimiter.len())
}

/// What comes after all keys that begin so. No UTF-8 has the byte 0xFF.
fn past(prefix: &str) -> Vec<u8> {
    [prefix.as_bytes(), &[0xFF]].concat()
}

pub(crate) fn meet(transaction: &Transaction<'_>, bucket: &str, key: &[u8], wanted: &Wanted) -> Result<(), Error> {
    if *wanted == Wanted::Anything {
        return Ok(());
    }
    let found: Option<String> = transaction
        .prepare_cached("SELECT etag FROM object WHERE bucket = ? AND key = ?")?
        .query_row(params![bucket, key], |row| row.get(0))
        .optional()?;
    match (wanted, found) {
        (Wanted::Nothing, None) => Ok(()),
        (Wanted::Etag(wanted), Some(found)) if *wanted == found => Ok(()),
        _ => Err(Error::Unmet),
    }
}

/// Removes an object, and says whether blobs have become nobody's.
pub(crate) fn remove(transaction: &Transaction<'_>, bucket: &str, key: &[u8]) -> Result<bool, Error> {
    let content: Option<String> = transaction
        .prepare_cached("DELETE FROM object WHERE bucket = ? AND key = ? RETURNING content")?
        .query_row(params![bucket, key], |row| row.get(0))
        .optional()?;
    content.map_or(Ok(false), |content| discard(transaction, &content))
}

fn find(connection: &Connection, bucket: &str, key: &[u8]) -> Result<Option<Object>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM object WHERE bucket = ? AND key = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![bucket, key])?;
    rows.next()?.map(|row| object(row, 0)).transpose()
}

/// An object from a row whose columns begin there.
pub(crate) fn object(row: &Row<'_>, first: usize) -> Result<Object, Error> {
    let content = row.get_ref(first + 4)?.as_str().unwrap_or_default();
    Ok(Object {
        etag: row.get(first)?,
        modified: row.get(first + 1)?,
        size: row.get::<_, i64>(first + 2)?.cast_unsigned(),
        head: row.get(first + 3)?,
        content: serde_json::from_str(content)?,
    })
}
