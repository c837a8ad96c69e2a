use std::{fmt, sync::Arc};

use serde::Serialize;

use crate::{AccountId, Entity, Kind, Snapshot, delivery::Message, volume::RowChange};

/// What one operation changes, in order, and what it wants to be delivered. Nothing happens until
/// [`crate::Store::commit`] takes them.
#[derive(Default)]
pub struct Changes {
    entities: Vec<Change>,
    messages: Vec<Message>,
    rows: Vec<RowChange>,
}

/// One entity put or deleted.
pub struct Change {
    pub(crate) kind: Kind,
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    /// The new document; `None` deletes.
    pub(crate) document: Option<Serialized>,
    apply: Box<dyn Fn(&mut Snapshot) + Send + Sync>,
}

pub(crate) type Serialized = Result<String, Arc<serde_json::Error>>;

impl Changes {
    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.messages.is_empty() && self.rows.is_empty()
    }

    /// Has the message delivered to its subscriptions, from the commit on.
    pub fn deliver(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Makes the volume row be so, whether or not it was there before.
    pub fn put_row(&mut self, owner: &Arc<str>, kind: &'static str, key: Vec<u8>, value: Arc<[u8]>) {
        self.rows.push(RowChange::Put { owner: Arc::clone(owner), kind, key, value });
    }

    /// Makes the volume row be gone.
    pub fn delete_row(&mut self, owner: &Arc<str>, kind: &'static str, key: Vec<u8>) {
        self.rows.push(RowChange::Delete { owner: Arc::clone(owner), kind, key });
    }

    /// Makes all volume rows of the owner be gone.
    pub fn delete_rows(&mut self, owner: &Arc<str>) {
        self.rows.push(RowChange::DeleteAll { owner: Arc::clone(owner) });
    }

    /// Makes the entity be so, whether or not it was there before.
    pub fn put<E: Entity>(&mut self, entity: E) {
        let entity = Arc::new(entity);
        self.entities.push(Change {
            kind: E::KIND,
            account: entity.account(),
            id: entity.id().to_owned(),
            name: entity.name().map(str::to_owned),
            document: Some(serialize(&*entity)),
            apply: Box::new(move |snapshot| snapshot.put(Arc::clone(&entity))),
        });
    }

    /// Makes the entity be gone.
    pub fn delete<E: Entity>(&mut self, entity: &E) {
        let (account, id) = (entity.account(), entity.id().to_owned());
        self.entities.push(Change {
            kind: E::KIND,
            account,
            id: id.clone(),
            name: None,
            document: None,
            apply: Box::new(move |snapshot| snapshot.remove::<E>(account, &id)),
        });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Change> {
        self.entities.iter()
    }

    /// Whether there is work in it for whoever does jobs.
    pub(crate) fn has_jobs(&self) -> bool {
        self.entities.iter().any(|change| change.kind == Kind::Job && change.document.is_some())
    }

    pub(crate) fn rows(&self) -> &[RowChange] {
        &self.rows
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn apply(&self, snapshot: &mut Snapshot) {
        for change in &self.entities {
            (change.apply)(snapshot);
        }
    }
}

fn serialize<E: Serialize>(entity: &E) -> Serialized {
    serde_json::to_string(entity).map_err(Arc::new)
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(
                self.entities.iter().map(|change| (change.kind, change.account, &change.id, change.document.is_some())),
            )
            .finish()
    }
}
