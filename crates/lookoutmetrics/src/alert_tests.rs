use super::*;
use bartizan_wire::json;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/AlertRole";

fn sns() -> Value {
    json!({"RoleArn": ROLE, "SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:topic"})
}

fn lambda() -> Value {
    json!({"RoleArn": ROLE, "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f"})
}

fn read(configuration: Value) -> Configuration {
    Configuration::read(json::decode(configuration.to_string().as_bytes()).unwrap()).unwrap()
}

fn places(configuration: Value) -> Vec<String> {
    read(configuration).check().iter().map(|fault| fault.place.clone()).collect()
}

#[test]
fn there_is_exactly_one_channel_of_its_own_service() {
    for (action, expected) in [
        (json!({"SNSConfiguration": sns()}), vec![]),
        (json!({"LambdaConfiguration": lambda()}), vec![]),
        (json!({}), vec!["action"]),
        (json!({"SNSConfiguration": sns(), "LambdaConfiguration": lambda()}), vec!["action"]),
        (
            json!({"SNSConfiguration": {"RoleArn": ROLE, "SnsTopicArn": lambda()["LambdaArn"]}}),
            vec!["action.sNSConfiguration.snsTopicArn"],
        ),
        (
            json!({"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": sns()["SnsTopicArn"]}}),
            vec!["action.lambdaConfiguration.lambdaArn"],
        ),
    ] {
        assert_eq!(places(json!({"Action": action})), expected, "{action}");
    }
}

#[test]
fn filters_are_complete_and_name_a_dimension_once() {
    let filters = json!([
        {"DimensionName": "platform", "DimensionValueList": ["pc", "tv"]},
        {"DimensionName": "platform", "DimensionValueList": ["phone"]},
        {"DimensionValueList": ["x"]},
        {"DimensionName": "marketplace"},
    ]);
    let configuration = json!({
        "Action": {"SNSConfiguration": sns()},
        "AlertFilters": {"MetricList": ["views"], "DimensionFilterList": filters},
    });
    assert_eq!(
        places(configuration),
        [
            "alertFilters.dimensionFilterList.2.member.dimensionName",
            "alertFilters.dimensionFilterList.3.member.dimensionName",
            "alertFilters.dimensionFilterList.4.member.dimensionValueList",
        ]
    );
}

#[test]
fn the_type_and_the_format_follow_from_the_action() {
    let of = |action: Value| read(json!({"Action": action})).action.completed();
    let to_topic = of(json!({"SNSConfiguration": sns()}));
    assert_eq!(to_topic.alert_type(), Some(AlertType::Sns));
    assert_eq!(to_topic.sns_configuration.and_then(|channel| channel.sns_format), Some(SnsFormat::Json));
    assert_eq!(of(json!({"LambdaConfiguration": lambda()})).alert_type(), Some(AlertType::Lambda));
    let mut short = sns();
    short["SnsFormat"] = json!("SHORT_TEXT");
    let short = of(json!({"SNSConfiguration": short}));
    assert_eq!(short.sns_configuration.and_then(|channel| channel.sns_format), Some(SnsFormat::ShortText));
}

#[test]
fn what_is_kept_is_what_was_given() {
    let given = json!({
        "AlertDescription": "d", "AlertSensitivityThreshold": 0, "Action": {"LambdaConfiguration": lambda()},
        "AlertFilters": {"DimensionFilterList": [{"DimensionName": "a", "DimensionValueList": ["x", ""]}]},
    });
    let kept = configuration::to_json(read(given.clone()), "arn").unwrap();
    assert_eq!(kept, given);
    assert_eq!(configuration::of_json::<Configuration>(&kept, "arn").unwrap(), read(given));
}
