use super::*;

#[test]
fn nothing_said_is_awss_numbers() {
    for text in ["", " ", ",", " , ,"] {
        assert_eq!(text.parse(), Ok(Quotas::default()), "{text:?}");
    }
}

#[test]
fn what_is_said_is_taken_and_the_rest_kept() {
    let quotas: Quotas = "users=200000, roles = 20000".parse().unwrap();
    assert_eq!(quotas, Quotas { users: 200_000, roles: 20_000, ..Quotas::default() });
    let text =
        "users=1,groups=2,roles=3,policies=4,instance_profiles=5,accounts=6,anomaly_detectors=7,secrets=8,topics=9";
    let all = Quotas {
        users: 1,
        groups: 2,
        roles: 3,
        policies: 4,
        instance_profiles: 5,
        accounts: 6,
        anomaly_detectors: 7,
        secrets: 8,
        topics: 9,
    };
    assert_eq!(text.parse(), Ok(all));
}

#[test]
fn what_is_not_a_quota_is_refused_and_named() {
    for bad in
        ["user=1", "Users=1", "users", "users=", "users=-1", "users=1.5", "users=many", "=1", "users=1=2", "users:1"]
    {
        let refusal = format!("roles=2,{bad}").parse::<Quotas>().unwrap_err();
        assert!(refusal.to_string().contains(&format!("'{bad}'")), "{refusal}");
    }
}
