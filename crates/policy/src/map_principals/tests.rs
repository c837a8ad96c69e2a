use super::*;

fn to_ids(text: &str) -> Result<String, MapError<String>> {
    map_principals(text, &mut |principal| match principal {
        "arn:aws:iam::123456789012:user/bob" => Ok(Some("AIDAEXAMPLE\"BOB".to_owned())),
        "arn:aws:iam::123456789012:user/gone" => Err("gone".to_owned()),
        _ => Ok(None),
    })
}

#[test]
fn replaces_principals_and_nothing_else() {
    let text = r#" {"Version" : "2012-10-17", "Id":"arn:aws:iam::123456789012:user/bob",
      "Statement":[ {"Sid":"ü", "Principal": {"AWS" : [ "arn:aws:iam::123456789012:user\/bob" , "*"],
        "Service":"arn:aws:iam::123456789012:user/bob"}},
       {"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/bob"}, "Condition":{"ArnLike":{"a:b":
        "arn:aws:iam::123456789012:user/bob"}}} ] } "#;
    let expected = text
        .replace(r#""arn:aws:iam::123456789012:user\/bob""#, r#""AIDAEXAMPLE\"BOB""#)
        .replace(r#"{"AWS":"arn:aws:iam::123456789012:user/bob"}"#, r#"{"AWS":"AIDAEXAMPLE\"BOB"}"#);
    assert_eq!(to_ids(text).as_deref(), Ok(&*expected));
}

#[test]
fn leaves_the_text_alone_when_nothing_changes() {
    for text in [r#"{"Statement":{"Principal":"*"}}"#, "[]", " 1 ", r#"{"Statement":{"Principal":{"AWS":7}}}"#] {
        assert_eq!(to_ids(text).as_deref(), Ok(text));
    }
}

#[test]
fn offers_every_aws_principal() {
    let text = r#"{"Statement":[{"Principal":{"AWS":["*","123456789012"]}},{"Principal":"*"},
        {"Principal":{"AWS":"arn:aws:iam::123456789012:root","Federated":"x.y"}}]}"#;
    let mut offered = Vec::new();
    let kept = map_principals(text, &mut |principal| {
        offered.push(principal.to_owned());
        Ok::<_, ()>(None)
    });
    assert_eq!(kept.as_deref(), Ok(text));
    assert_eq!(offered, ["*", "123456789012", "arn:aws:iam::123456789012:root"]);
}

#[test]
fn passes_on_refusals() {
    let text = r#"{"Statement":{"Principal":{"AWS":"arn:aws:iam::123456789012:user/gone"}}}"#;
    assert_eq!(to_ids(text), Err(MapError::Refused("gone".to_owned())));
    assert!(matches!(to_ids("{"), Err(MapError::Malformed(_))));
}
