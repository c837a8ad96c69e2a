//! The store as its owner meets it: what it refuses to open, what it opens, and what a commit means.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod commits;
#[cfg(test)]
mod common;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod openings;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod volume;
