//! Whose event is it? The share of each dimension value in a group's impact.

use std::collections::BTreeMap;

use super::Member;

/// The values of one dimension, the greatest share first.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The dimension.
    pub dimension: String,
    /// Each value that has a part in the group, with its share in per cent: whole numbers that make 100.
    pub values: Vec<(String, f64)>,
}

/// The shares by absolute impact: a dimension that does not discriminate spreads evenly by itself.
pub(super) fn contributions<D: AsRef<str>>(dimensions: &[D], members: &[Member]) -> Vec<Contribution> {
    let of = |(index, dimension): (usize, &D)| {
        let mut impacts: BTreeMap<&str, f64> = BTreeMap::new();
        for member in members {
            if let Some(value) = member.dimensions.get(index) {
                *impacts.entry(value).or_default() += member.impact.abs();
            }
        }
        Contribution { dimension: dimension.as_ref().to_owned(), values: shares(&impacts) }
    };
    dimensions.iter().enumerate().map(of).collect()
}

/// Impacts as whole per cents that make 100: what rounding leaves over goes to the largest remainders.
fn shares(impacts: &BTreeMap<&str, f64>) -> Vec<(String, f64)> {
    let all: f64 = impacts.values().sum();
    let even = 100.0 / impacts.len().max(1) as f64;
    let mut shares: Vec<(&str, f64, f64)> = impacts
        .iter()
        .map(|(value, impact)| {
            let share = if all > 0.0 { 100.0 * impact / all } else { even };
            (*value, share.floor(), share.fract())
        })
        .collect();
    let mut left = 100.0 - shares.iter().map(|(_, whole, _)| whole).sum::<f64>();
    shares.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    for (_, whole, _) in &mut shares {
        if left >= 1.0 {
            *whole += 1.0;
            left -= 1.0;
        }
    }
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    shares.into_iter().map(|(value, whole, _)| (value.to_owned(), whole)).collect()
}
