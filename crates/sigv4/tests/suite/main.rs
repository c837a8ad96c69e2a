//! Signature Version 4 as a client and an attacker see it.

#[cfg(test)]
mod canonical;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod common;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tampering;
