//! Three-valued logic (Kleene's): what holds whatever the unknown condition keys turn out to be, what
//! does not, and what hangs on them.

use std::ops::Not;

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    /// It does not.
    No,
    /// It hangs on keys that nobody knows.
    Unknown,
    /// It does.
    Yes,
}

impl Truth {
    /// Whether any of them holds.
    pub(crate) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut any = Truth::No;
        for truth in truths {
            any = any.max(truth);
            if any == Truth::Yes {
                break;
            }
        }
        any
    }

    /// Whether all of them hold.
    pub(crate) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut all = Truth::Yes;
        for truth in truths {
            all = all.min(truth);
            if all == Truth::No {
                break;
            }
        }
        all
    }

    /// Whether it does not hold, if `negated`.
    pub(crate) fn negated_if(self, negated: bool) -> Truth {
        if negated { !self } else { self }
    }
}

impl Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}
