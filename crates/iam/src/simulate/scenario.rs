//! Simulations that need resources of several types: `ResourceHandlingOption`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>

use bartizan_gate::{Arn, Fault};

use crate::error;

/// Each scenario, and the types of EC2 resources that it needs.
const SCENARIOS: &[(&str, &[&str])] = &[
    ("EC2-VPC-InstanceStore", &["instance", "image", "security-group", "network-interface"]),
    ("EC2-VPC-InstanceStore-Subnet", &["instance", "image", "security-group", "network-interface", "subnet"]),
    ("EC2-VPC-EBS", &["instance", "image", "security-group", "network-interface", "volume"]),
    ("EC2-VPC-EBS-Subnet", &["instance", "image", "security-group", "network-interface", "subnet", "volume"]),
];

/// Whether all that a scenario needs is among the resources.
///
/// # Errors
/// `InvalidInput` if something is not, or there is no such scenario.
pub fn check(scenario: &str, resources: &[&str]) -> Result<(), Fault> {
    let (_, needed) = SCENARIOS
        .iter()
        .find(|(name, _)| *name == scenario)
        .ok_or_else(|| error::invalid_input(format!("ResourceHandlingOption {scenario} is not valid.")))?;
    let is_of = |resource: &&str, wanted: &str| {
        Arn::parse(resource).is_some_and(|arn| arn.service == "ec2" && arn.resource.split('/').next() == Some(wanted))
    };
    match needed.iter().find(|wanted| !resources.iter().any(|resource| is_of(resource, wanted))) {
        None => Ok(()),
        Some(missing) => Err(error::invalid_input(format!(
            "ResourceArns must have a resource of the type {missing} for the ResourceHandlingOption {scenario}."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scenario_needs_all_its_resources() {
        for (scenario, needed) in SCENARIOS {
            let arns: Vec<String> =
                needed.iter().map(|of| format!("arn:aws:ec2:us-east-1:123456789012:{of}/x")).collect();
            let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
            assert!(check(scenario, &arns).is_ok());
            for left_out in 0..arns.len() {
                let mut fewer = arns.clone();
                fewer.remove(left_out);
                assert_eq!(check(scenario, &fewer).unwrap_err().code, "InvalidInput");
            }
        }
        assert!(check("EC2-Classic", &[]).is_err());
    }
}
