//! One-time codes of multi-factor authentication. This version knows no devices, so that no code can be right.

use bartizan_gate::Fault;

use crate::error;

/// Refuses a device or a code: no one is ever counted as authenticated by one that was not verified.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html>
///
/// # Errors
/// `AccessDenied` if either is given.
pub fn refuse(serial_number: Option<&str>, token_code: Option<&str>) -> Result<(), Fault> {
    match (serial_number, token_code) {
        (None, None) => Ok(()),
        // Two spaces, as AWS has them.
        (Some(_), Some(_)) => Err(error::access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
             valid and associated with this user.",
        )),
        _ => Err(error::access_denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}
