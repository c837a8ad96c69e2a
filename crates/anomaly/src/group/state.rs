//! Groups as bytes and back.

use super::{Feedback, Group, Groups, Member};
use crate::bytes::{Damaged, Pass, Reader, Writer, seal, unseal};

/// What the bytes are, and the version of their fields.
const KIND: [u8; 4] = *b"BAg\x02";

impl Groups {
    /// The state as bytes, for a store between intervals.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::new());
        self.clone().pass(&mut writer);
        seal(KIND, &writer.0)
    }

    /// The state that was written with [`Groups::to_bytes`].
    ///
    /// # Errors
    /// If the bytes are of another version, or not those that were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(unseal(KIND, bytes)?);
        let mut groups = Self::new(&[]);
        groups.pass(&mut reader);
        if reader.is_done() { Ok(groups) } else { Err(Damaged) }
    }

    fn pass(&mut self, pass: &mut impl Pass) {
        pass.u64(&mut self.next);
        pass.i64(&mut self.last);
        pass.list(&mut self.dimensions, String::new, |pass, name| pass.text(name));
        let mut open: Vec<Group> = std::mem::take(&mut self.open).into_values().collect();
        pass.list(&mut open, Group::nothing, |pass, group| group.pass(pass));
        self.open = open.into_iter().map(|group| (group.measure.clone(), group)).collect();
        let mut feedback = Vec::from(std::mem::take(&mut self.feedback));
        pass.list(&mut feedback, Feedback::nothing, |pass, feedback| feedback.pass(pass));
        self.feedback = feedback.into();
    }
}

impl Group {
    fn nothing() -> Self {
        Self {
            number: 0,
            measure: String::new(),
            start: 0,
            end: 0,
            severity: 0.0,
            members: Vec::new(),
            series: 0,
            is_up: true,
        }
    }

    fn pass(&mut self, pass: &mut impl Pass) {
        pass.u64(&mut self.number);
        pass.text(&mut self.measure);
        pass.i64(&mut self.start);
        pass.i64(&mut self.end);
        pass.f64(&mut self.severity);
        pass.u32(&mut self.series);
        pass.bool(&mut self.is_up);
        let nothing = || Member { dimensions: Vec::new(), severity: 0.0, impact: 0.0 };
        pass.list(&mut self.members, nothing, |pass, member| {
            pass.list(&mut member.dimensions, String::new, |pass, value| pass.text(value));
            pass.f64(&mut member.severity);
            pass.f64(&mut member.impact);
        });
    }
}

impl Feedback {
    fn nothing() -> Self {
        Self { measure: String::new(), dimensions: Vec::new(), is_up: true, is_anomaly: true }
    }

    fn pass(&mut self, pass: &mut impl Pass) {
        pass.text(&mut self.measure);
        pass.list(&mut self.dimensions, String::new, |pass, value| pass.text(value));
        pass.bool(&mut self.is_up);
        pass.bool(&mut self.is_anomaly);
    }
}
