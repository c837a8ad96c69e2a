//! Values to try for an unknown key: at least one for each way in which conditions on it can fall out.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

use super::values::Number;
use super::{ArnPattern, Condition, Operands};
use crate::Context;
use crate::pattern::{Pattern, Resolved};

/// What the conditions on one key compare it with.
#[derive(Default)]
pub(crate) struct Witnesses {
    texts: BTreeSet<String>,
    numbers: Vec<Number>,
    dates: Vec<Timestamp>,
    networks: Vec<IpNet>,
    /// How many patterns have wildcards: two of them may overlap in ways that are not tried.
    wild: usize,
    folds_case: bool,
    has_sets: bool,
    /// How many conditions there are.
    conditions: usize,
    /// Something compares the key in a way that values cannot be made for.
    incomplete: bool,
}

impl Condition {
    /// Adds what the condition says of a key.
    pub(crate) fn witnesses(&self, key: &str, context: &dyn Context, witnesses: &mut Witnesses) {
        if self.operands.patterns().flat_map(Pattern::keys).any(|of_variable| of_variable == key) {
            // What the variable is compared with hangs on another key.
            witnesses.incomplete = true;
            let values = context.values(&self.key);
            witnesses.texts.extend(values.iter().map(str::to_owned));
        }
        if &*self.key != key {
            return;
        }
        witnesses.conditions += 1;
        witnesses.has_sets |= self.set.is_some();
        match &self.operands {
            Operands::Strings(patterns) => patterns.iter().for_each(|pattern| witnesses.pattern(pattern, context)),
            Operands::StringsIgnoringCase(patterns) => {
                witnesses.folds_case = true;
                patterns.iter().for_each(|pattern| witnesses.pattern(pattern, context));
            }
            Operands::Numbers(_, numbers) => witnesses.numbers.extend(numbers),
            Operands::Dates(_, dates) => witnesses.dates.extend(dates),
            Operands::Bools(_) => witnesses.texts.extend(["true".to_owned(), "false".to_owned()]),
            Operands::Binaries(_) => witnesses.incomplete = true,
            Operands::Networks(networks) => witnesses.networks.extend(networks),
            Operands::Arns(patterns) => {
                for pattern in patterns {
                    witnesses.arn(pattern, context);
                }
            }
            Operands::Absent(_) => {}
        }
    }
}

impl Witnesses {
    /// A variable in a resource: what the resource has in its place decides.
    pub(crate) fn resource(&mut self, resource: &str) {
        self.incomplete = true;
        self.texts.extend(resource.split([':', '/']).map(str::to_owned));
    }

    fn pattern(&mut self, pattern: &Pattern, context: &dyn Context) {
        match pattern.resolve(context) {
            Resolved::Bytes(bytes) => {
                let (example, wild) = crate::pattern::example(&bytes);
                self.wild += usize::from(wild);
                self.texts.extend(example);
            }
            Resolved::Valueless => {}
            Resolved::AtMost(_) => self.incomplete = true,
        }
    }

    fn arn(&mut self, pattern: &ArnPattern, context: &dyn Context) {
        let segments = match pattern {
            ArnPattern::Whole(pattern) if pattern.is_any() => return self.wild += 1,
            ArnPattern::Whole(pattern) => return self.pattern(pattern, context),
            ArnPattern::Segments(segments) => segments,
        };
        let mut arn = Vec::with_capacity(segments.len());
        let mut is_wild = false;
        for segment in segments.iter() {
            let Resolved::Bytes(bytes) = segment.resolve(context) else {
                self.incomplete = true;
                return;
            };
            let (example, wild) = crate::pattern::example(&bytes);
            is_wild |= wild;
            arn.extend(example);
        }
        self.wild += usize::from(is_wild);
        self.texts.insert(arn.join(":"));
    }

    /// What the key may be: lists of values, the empty one for an absent key; and whether the conditions
    /// can fall out in no other way.
    pub(crate) fn states(mut self) -> (Vec<Vec<String>>, bool) {
        self.ordered();
        if self.folds_case {
            let folded = self.texts.iter().flat_map(|text| [text.to_lowercase(), text.to_uppercase()]);
            self.texts = folded.chain(self.texts.iter().cloned()).collect();
        }
        // Values that nothing compares equal with, and the null data set.
        let others = ["\u{1}", "arn:\u{1}:\u{1}:\u{1}:\u{1}:\u{1}", ""];
        self.texts.extend(others.map(str::to_owned));
        let singles = self.texts.iter().map(|text| vec![text.clone()]);
        let mut states: Vec<Vec<String>> = std::iter::once(Vec::new()).chain(singles).collect();
        for (index, first) in self.texts.iter().enumerate() {
            // Without a set operator all lists of several values fall out alike.
            let pairs = if self.has_sets { usize::MAX } else { usize::from(index == 0) };
            let seconds = self.texts.iter().skip(index + 1).take(pairs);
            states.extend(seconds.map(|second| vec![first.clone(), second.clone()]));
        }
        let sets_are_tried = !self.has_sets || self.conditions <= 1;
        let complete =
            !self.incomplete && self.wild <= 1 && !(self.folds_case && self.conditions > 1) && sets_are_tried;
        (states, complete)
    }

    /// Adds values at, between and beyond the numbers, dates and networks.
    fn ordered(&mut self) {
        match Number::around(&self.numbers) {
            Some(around) => self.texts.extend(around),
            None => self.incomplete = true,
        }
        for date in &self.dates {
            let moments = [
                date.checked_sub(SignedDuration::from_nanos(1)),
                Ok(*date),
                date.checked_add(SignedDuration::from_nanos(1)),
            ];
            self.texts.extend(moments.into_iter().flatten().map(|moment| moment.to_string()));
        }
        if !self.networks.is_empty() {
            self.texts.extend(
                [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)].map(|ip| ip.to_string()),
            );
        }
        for network in &self.networks {
            let behind = match network.broadcast() {
                IpAddr::V4(last) => u32::from(last).checked_add(1).map(|next| IpAddr::V4(next.into())),
                IpAddr::V6(last) => u128::from(last).checked_add(1).map(|next| IpAddr::V6(next.into())),
            };
            self.texts.extend([Some(network.network()), behind].into_iter().flatten().map(|ip| ip.to_string()));
        }
    }
}
